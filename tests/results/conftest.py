"""States and sweep folders as a controller would have left them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.model import Attempt, Cause, Outcome
from sweeper.core.records import Added, Ended, Launched, Launching, Record
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.core.state import State
from sweeper.results.table import RowSource, table_of
from sweeper.results.tabular import Table
from sweeper.store.folder import SweepFolder
from tests.builders import make_sweep, make_trial, write_down


def make_table(state: State) -> Table:
    """The table of a sweep of which only its journal is known."""
    return table_of(RowSource(state))


class Make:
    """Builders: each makes one valid thing, and takes what should differ."""

    @staticmethod
    def added(*params: Mapping[str, Any]) -> list[Record]:
        return [Added(make_trial(index, one, key=f"{index:012x}")) for index, one in enumerate(params)]

    @staticmethod
    def ran(index: int, cause: Cause = Cause.COMPLETED, number: int = 1, **facts: Any) -> list[Record]:
        """A whole attempt; `again` and `delay` are the record's, all else is the outcome's."""
        attempt, again = Attempt(index, number), facts.pop("again", False)
        outcome = Outcome(cause, **({"seconds": 2.0, "ended_at": 0.0, "host": "node-a"} | facts))
        return [Launching(attempt, 0.0), Launched(attempt, "uid"), Ended(attempt, "uid", outcome, again)]

    @classmethod
    def state(cls, params: Sequence[Mapping[str, Any]], *records: Record) -> State:
        return State().apply_all([*cls.added(*params), *records])

    @classmethod
    def results(cls, *metrics: Mapping[str, Any]) -> State:
        """One completed trial each, which left these metrics."""
        ended = [record for index, one in enumerate(metrics) for record in cls.ran(index, metrics=one)]
        return cls.state([{"seed": index} for index in range(len(metrics))], *ended)

    @staticmethod
    def curve(folder: SweepFolder, index: int, *rows: Mapping[str, Any], number: int = 1) -> Path:
        """Leave these rows as metrics.jsonl of an attempt."""
        trial = folder.state().trials[index].trial
        out = Path(folder.paths.trial(trial).attempt(Attempt(index, number)))
        out.mkdir(parents=True, exist_ok=True)
        file = out / "metrics.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return file

    @classmethod
    def folder(
        cls,
        root: Path,
        params: Sequence[Mapping[str, Any]],
        *records: Record,
        choices: Sequence[Mapping[str, str]] = (),
        **results: Any,
    ) -> SweepFolder:
        """A sweep called s, made at 1000.0; `results` are its settings of that name."""
        settings = Settings(results=ResultsSettings(**results))
        trials = [
            make_trial(index, one, key=f"{index:012x}", choices=chosen)
            for index, (one, chosen) in enumerate(zip_longest(params, choices, fillvalue={}))
        ]
        made = make_sweep(root, trials, settings=settings, name="s", created_at=1000.0, code=".", swept=())
        write_down(made, records)
        return made


@pytest.fixture(scope="session")
def make() -> type[Make]:
    """The builders of this folder."""
    return Make
