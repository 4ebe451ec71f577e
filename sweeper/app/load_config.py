"""The project's configuration, composed with overrides: what a run and some verbs begin with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.app.observers import Observers
from sweeper.app.spec import Source, SweepSpec
from sweeper.core.errors import UsageError
from sweeper.core.formatting import escape
from sweeper.snapshot.configs import changed_configs

if TYPE_CHECKING:
    from sweeper.compose import Composed

_NAMED = 3

See = Callable[[int, int], None]
"""Called after each point that is composed, with the number of points so far and that of all."""


def ignore(done: int, total: int) -> None:
    """Show nothing of how far composing is."""


def load(source: Source, project: Path, see: See = ignore) -> SweepSpec:
    """The sweep that a command line means in a project. Nothing is created.

    Raises:
        UsageError: the configuration or the overrides are wrong; the message says where.
    """
    return _spec(_composed(source, project, see), project, source)


def _composed(source: Source, project: Path, see: See) -> Composed:
    from sweeper.compose import compose

    return compose(
        source.overrides,
        config_dir=source.config_dir,
        config_name=source.config_name,
        multirun=source.multirun,
        project=project,
        see=see,
    )


def _spec(composed: Composed, project: Path, source: Source) -> SweepSpec:
    return SweepSpec(
        trials=composed.trials,
        settings=composed.settings,
        project=project,
        config=composed.config,
        swept=composed.swept,
        repeated=composed.repeated,
        excluded=composed.excluded,
        experiment=composed.experiment,
        programs=composed.programs,
        commands=composed.commands,
        warning=composed.warning,
        remarks=composed.remarks,
        former_keys=composed.former_keys,
        source=source,
    )


def load_from_copy(spec: SweepSpec, copy: Path, observers: Observers, see: See = ignore) -> SweepSpec:
    """The same points, composed from a sweep's copy of the project: that is what its trials run.

    Settings are those of the project as it is now. UsageError if the copy cannot have such points.
    """
    source, project = spec.source, spec.project
    if source is None:
        return spec
    folder = project / (source.config_dir or "configs")
    inside = [one for one in {project / "configs", folder} if one.is_relative_to(project) and one.is_dir()]
    places = [one.relative_to(project) for one in inside]
    if not places or not all((copy / place).is_dir() for place in places):
        return spec  # this configuration is no part of the copy
    config_dir = copy / folder.relative_to(project) if folder in inside else source.config_dir
    frozen_source = replace(source, config_dir=config_dir if source.config_dir else None)
    try:
        frozen = _spec(_composed(frozen_source, copy, see), project, source)
    except UsageError as error:
        raise UsageError(f"{error} (in {_where(copy)})") from error
    unknown = _groups(spec) - _groups(frozen)
    if unknown:  # to a configuration that does not have it, `+model=vit` is a parameter
        raise UsageError(f"there is no config group {min(unknown)} in {_where(copy)}")
    if {one.key for one in frozen.trials} != {one.key for one in spec.trials}:
        observers.warn(
            f"the project's configuration has changed since this sweep was made"
            f"{_names(changed_configs(project, copy, places))}: its points are composed from the sweep's own"
            " copy; for the new configuration use a new sweep.name"
        )
    return replace(frozen, settings=spec.settings)


def _names(files: Sequence[str]) -> str:
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f" ({escape(', '.join(files[:_NAMED]))}{more})" if files else ""


def _groups(spec: SweepSpec) -> set[str]:
    return {group for one in spec.trials for group in one.choices}


def _where(copy: Path) -> str:
    return f"the sweep's copy of the project, {copy}: what is new in the project needs a new sweep.name"
