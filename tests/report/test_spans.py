"""When attempts ran, and how they fit into lanes."""

from __future__ import annotations

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned, Collected, Launched, Launching, Offered
from sweeper.report.spans import Span, in_lanes, live_counts, make_offers, make_spans
from tests.report.sweeps import ran


def test_a_span_is_from_the_launch_over_the_start_to_the_end():
    """An ended attempt began its run time before its end; one that was abandoned has never been."""
    records = [
        *ran(0, at=10.0, ended_at=20.0, seconds=6.0),
        Launching(Attempt(1, 1), 11.0),
        Abandoned(Attempt(1, 1)),
        *ran(2, Cause.UNSCHEDULABLE, at=5.0, ended_at=9.0, seconds=0.0, host=""),
    ]
    records[-2] = Launched(Attempt(2, 1), "uid", pending=True)
    assert make_spans(records) == [
        Span(Attempt(2, 1), 5.0, None, 9.0, Cause.UNSCHEDULABLE, ""),
        Span(Attempt(0, 1), 10.0, 14.0, 20.0, Cause.COMPLETED, "node-a"),
    ]


def test_a_live_attempt_has_no_end_and_begins_when_it_is_seen_to_run():
    """What waits has not begun; what runs began when it was first seen to."""
    pending = [Launching(Attempt(0, 1), 1.0), Launched(Attempt(0, 1), "u", pending=True, at=2.0)]
    assert make_spans(pending) == [Span(Attempt(0, 1), 1.0)]
    assert make_spans([*pending, Launched(Attempt(0, 1), "u", "n", at=7.0)]) == [
        Span(Attempt(0, 1), 1.0, 7.0, host="n")
    ]


def test_no_end_is_before_its_launch():
    """Where clocks disagree a span is empty, never turned round."""
    (span,) = make_spans(ran(0, at=10.0, ended_at=5.0, seconds=2.0))
    assert (span.began, span.ended) == (10.0, 10.0)


def test_what_overlaps_on_a_host_has_lanes_of_its_own():
    """Attempts that overlap stand in different lanes of their host, and a lane that is free is used again."""
    spans = [
        Span(Attempt(0, 1), 0.0, 0.0, 5.0, host="a"),
        Span(Attempt(1, 1), 1.0, 1.0, None, host="a"),
        Span(Attempt(2, 1), 2.0, 2.0, 9.0, host="b"),
        Span(Attempt(3, 1), 6.0, 6.0, 7.0, host="a"),
    ]
    assert in_lanes(spans, now=10.0) == [("a", 0), ("a", 1), ("b", 0), ("a", 0)]
    assert live_counts(spans, 10.0) == [
        (0.0, 1), (1.0, 2), (2.0, 3), (5.0, 2), (6.0, 3), (7.0, 2), (9.0, 1), (10.0, 1),
    ]  # fmt: skip


def test_offers_are_reported_when_they_change():
    """What two controllers in a row have noted comes in the order of time, and the same twice is one."""
    records = [Offered(2, 5.0), *ran(0), Offered(2, 6.0), Offered(0, 9.0), Offered(4, 7.0)]
    assert make_offers(records) == [(5.0, 2), (7.0, 4), (9.0, 0)]
    assert make_offers([]) == []


def test_a_span_has_the_cause_that_was_read_last():
    """Reading again changes the cause of a program that ended well, and nothing else."""
    records = [
        *ran(0, Cause.BAD_RESULT, at=1.0, ended_at=4.0, seconds=3.0),
        Collected(Attempt(0, 1), Cause.COMPLETED, {"acc": 1}),
        Collected(Attempt(0, 1), Cause.NO_RESULT, {}, kept="gone"),
        Collected(Attempt(7, 1), Cause.COMPLETED, {}),
        *ran(1, Cause.ERROR, at=2.0, ended_at=4.0, seconds=1.0),
        Collected(Attempt(1, 1), Cause.COMPLETED, {}),
    ]
    assert [span.cause for span in make_spans(records)] == [Cause.COMPLETED, Cause.ERROR]
