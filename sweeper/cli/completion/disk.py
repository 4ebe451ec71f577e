"""Reads completion candidates from disk. Each method imports only what it needs: a TAB must be quick."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from sweeper.core.completion.command import Wanted
from sweeper.core.completion.facts import Candidate, Columns, TrialFact
from sweeper.core.errors import CvsweepError


class Disk:
    """The sweeps and the project of the current folder."""

    def sweeps(self, root: str | None) -> Iterable[Candidate]:
        from sweeper.app.where import where
        from sweeper.store import sweep_index

        return [Candidate(paths.name) for paths in reversed(sweep_index.all_sweeps(where(root).root))]

    def is_sweep(self, word: str, root: str | None) -> bool:
        from sweeper.app.where import where
        from sweeper.store import sweep_index

        return any(map(sweep_index.is_sweep, (os.path.join(where(root).root, word), word)))

    def trials(self, sweep: str | None, root: str | None) -> Iterable[TrialFact]:
        from sweeper.app.where import where
        from sweeper.core.state import State
        from sweeper.core.values import flatten, render_value
        from sweeper.store import journal, sweep_index

        try:
            place = where(root)
            paths = sweep_index.find(place.root, place.sweep if sweep is None else sweep)
            state = State().apply_all(journal.Scan(paths))
        except CvsweepError:
            return  # there is no trial to offer, but perhaps something else
        for one in state.trials:
            shown = " ".join(
                f"{key}={render_value(value)}"
                for key, value in flatten(one.trial.params, ".")
                if key not in one.trial.secrets
            )
            yield TrialFact(
                one.trial.index, one.trial.key, one.status.value, bool(one.number), f"{one.status}: {shown}"
            )

    def columns(self, sweeps: Sequence[str], root: str | None) -> Columns:
        from sweeper.cli.common import find_sweeps
        from sweeper.results.table import joined, source, table_of

        sources = [source(folder) for folder in find_sweeps(sweeps, root, quiet=True)]
        table = table_of(sources[0]) if len(sources) == 1 else joined(sources)
        return Columns(tuple(table.columns), tuple(table.parameters), tuple(table.metrics))

    def settings(self, sweep: str | None, root: str | None) -> Mapping[str, Sequence[str]]:
        from sweeper.app.where import where
        from sweeper.clusters import registry
        from sweeper.core.setting_changes import changeable
        from sweeper.store import sweep_index
        from sweeper.store.folder import SweepFolder

        try:
            place = where(root)
            folder = SweepFolder(sweep_index.find(place.root, place.sweep if sweep is None else sweep).folder)
        except CvsweepError:
            return {}
        known = changeable(registry.live(folder.settings.cluster))
        return {name: one.choices for name, one in known.items()}

    def configs(self, folder: str | None) -> Iterable[str]:
        from pathlib import Path

        from sweeper.app.where import project_of

        project = Path(project_of(folder or None, None).folder)
        names = {
            file.stem
            for place in ("configs", *((folder,) if folder else ()))
            for file in (project / place).glob("*.yaml")
        }
        return sorted(names)

    def overrides(self, place: Wanted) -> Iterable[Candidate]:
        from pathlib import Path

        from sweeper.app.where import project_of
        from sweeper.compose.candidates import override_candidates

        folder, name = place.value("--config-dir"), place.value("--config-name")
        config_dir = Path(folder) if folder else None
        return override_candidates(
            Path(project_of(config_dir, name).folder),
            config_dir,
            name,
            place.positionals,
            place.text,
        )
