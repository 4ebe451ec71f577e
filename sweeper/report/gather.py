"""Reads everything that the page shows from the folder of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sweeper.core.model import Attempt, Trial
from sweeper.core.state import State
from sweeper.report.facts import ReportFacts, make_facts
from sweeper.report.failures import Failure, make_failures
from sweeper.report.spans import Span, make_offers, make_spans
from sweeper.report.tally import Tally
from sweeper.results.curve import Curve
from sweeper.results.curves import read_curves
from sweeper.results.table import source
from sweeper.snapshot import code
from sweeper.store import attempts
from sweeper.store.folder import SweepFolder

_MOST_POINTS = 200
"""Values kept of every metric of a curve: a picture shows no more, and all values may not fit into memory."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the page shows.

    Attributes:
        facts: the facts of the sweep.
        spans: its attempts.
        curves: curves by the index of their trial, reduced to few values.
        failures: the failures.
        offers: how many attempts might be live, by time; see `spans.make_offers`.
    """

    facts: ReportFacts
    spans: Sequence[Span]
    curves: Mapping[int, Curve]
    failures: Sequence[Failure]
    offers: Sequence[tuple[float, int]]


def gather(folder: SweepFolder, now: float) -> Gathered:
    """Read the current state of a sweep, finished or not; `now` is the wall time."""
    records = folder.read().records
    state = State().apply_all(records)
    one = source(folder, state)
    tally = Tally(gpus=one.gpus).take(records)

    def read_log(trial: Trial, attempt: Attempt) -> str:
        return attempts.read_log_tail(folder.paths, trial, attempt)

    return Gathered(
        make_facts(
            one, folder.paths.folder, folder.settings.results, tally, now, code.describe_commit(folder.paths)
        ),
        make_spans(records),
        {index: curve.thinned(_MOST_POINTS) for index, curve in read_curves(folder, state=state)},
        make_failures(state, read_log),
        make_offers(records),
    )
