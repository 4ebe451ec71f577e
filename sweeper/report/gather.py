"""Everything that a page shows, read from a sweep's folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sweeper.core.model import Attempt, Trial
from sweeper.core.state import State
from sweeper.report.facts import Facts, make_facts
from sweeper.report.failures import Failure, make_failures
from sweeper.report.spans import Span, make_spans
from sweeper.report.tally import Tally
from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve
from sweeper.store import attempts
from sweeper.store.folder import SweepFolder


@dataclass(frozen=True, slots=True)
class Gathered:
    """`slots` is how many attempts may be live at once as of the last look, 0 where nobody can tell."""

    facts: Facts
    spans: Sequence[Span]
    curves: Mapping[int, Curve]
    failures: Sequence[Failure]
    slots: int


def gather(folder: SweepFolder, now: float) -> Gathered:
    """Read a sweep, finished or not, as it stands at wall time `now`."""
    records = folder.read().records
    state = State().apply_all(records)
    facts = make_facts(
        folder.name, folder.paths.folder, folder.settings.results, state, Tally().take(records), now
    )

    def read_log(trial: Trial, attempt: Attempt) -> str:
        return attempts.read_log_tail(folder.paths, trial, attempt)

    status = folder.read_status()
    return Gathered(
        facts,
        make_spans(records),
        dict(_curves(folder, state)),
        make_failures(state, read_log),
        status.slots if status else 0,
    )


def _curves(folder: SweepFolder, state: State) -> Iterable[tuple[int, Curve]]:
    for one in state.trials:
        if one.number:
            out = folder.paths.trial(one.trial).attempt(Attempt(one.trial.index, one.number))
            yield one.trial.index, read_curve(out, folder.settings.results)[0]
