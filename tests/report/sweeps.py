"""Sweeps as their journals tell them, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import Added, Ended, Launched, Launching, Record
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.core.state import State
from sweeper.report.facts import ReportFacts, make_facts
from sweeper.report.tally import Tally
from sweeper.results.table import RowSource
from sweeper.store.folder import SweepFolder
from tests.builders import make_sweep, make_trial, write_down


def trial(index: int, params: Mapping[str, Any]) -> Trial:
    return make_trial(index, params, f"exec python train.py --index={index}")


def ran(
    index: int, cause: Cause = Cause.COMPLETED, number: int = 1, at: float = 0.0, **facts: Any
) -> list[Record]:
    """A whole attempt, launched at `at` and ended two seconds after it; all else is the outcome's."""
    attempt, again = Attempt(index, number), facts.pop("again", False)
    outcome = Outcome(cause, **({"seconds": 2.0, "ended_at": at + 2.0, "host": "node-a"} | facts))
    return [
        Launching(attempt, at),
        Launched(attempt, "uid", "node-a", at=at),
        Ended(attempt, "uid", outcome, again),
    ]


def facts(
    params: Sequence[Mapping[str, Any]],
    *attempts: Sequence[Record],
    metric: str | None = "acc",
    mode: str | None = "max",
    now: float = 100.0,
    name: str = "digits-x",
) -> ReportFacts:
    """The facts of a sweep of such trials and attempts."""
    records: list[Record] = [Added(trial(index, one)) for index, one in enumerate(params)]
    records += [record for one in attempts for record in one]
    source = RowSource(State().apply_all(records), name)
    return make_facts(source, f"/sweeps/{name}", ResultsSettings(metric, mode), Tally().take(records), now)


def results(rows: Sequence[tuple[Mapping[str, Any], Any]], **options: Any) -> ReportFacts:
    """A sweep in which every trial has completed with its `acc`; None: it has left nothing."""
    attempts = [
        ran(index, metrics={} if value is None else {"acc": value}) for index, (_, value) in enumerate(rows)
    ]
    return facts([params for params, _ in rows], *attempts, **options)


def folder(
    root: Path,
    params: Sequence[Mapping[str, Any]],
    *attempts: Sequence[Record],
    name: str = "digits-x",
    metric: str | None = "acc",
) -> SweepFolder:
    """The same on disk, with the folders of the attempts that were launched."""
    settings = Settings(results=ResultsSettings(metric))
    trials = [trial(index, one) for index, one in enumerate(params)]
    made = make_sweep(root, trials, settings=settings, name=name, code=".", swept=())
    records = [record for one in attempts for record in one]
    write_down(made, records)
    for attempt in (one.attempt for one in records if isinstance(one, Launching)):
        out(made, attempt.trial, params[attempt.trial], attempt.number).mkdir(parents=True)
    return made


def out(made: SweepFolder, index: int, params: Mapping[str, Any], number: int = 1) -> Path:
    """The folder of a trial's attempt."""
    return Path(made.paths.trial(trial(index, params)).attempt(Attempt(index, number)))
