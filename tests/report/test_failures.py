"""Failures as the page shows them."""

from __future__ import annotations

from sweeper.core.model import Cause
from sweeper.report.failures import make_failures, traceback
from tests.report import sweeps


def test_failures_alike_are_one_with_the_traceback_of_the_first():
    """Trials with the same error are one failure, with the log of the first one's last attempt."""
    facts = sweeps.facts(
        [{"x": index} for index in range(3)],
        sweeps.ran(0, Cause.ERROR, error="ValueError: 1", again=True),
        sweeps.ran(0, Cause.ERROR, number=2, error="ValueError: 1"),
        sweeps.ran(1, Cause.ERROR, error="ValueError: 2"),
    )
    asked = []

    def read_log(trial, attempt):
        asked.append(attempt)
        return "hello\nTraceback (most recent call last):\n  f()\nValueError: 1\n"

    (found,) = make_failures(facts.state, read_log)
    assert (found.trials, found.cause, found.error) == ((0, 1), "error", "ValueError: 1")
    assert found.log == ("Traceback (most recent call last):", "  f()", "ValueError: 1")
    assert asked == [(0, 2)]


def test_of_several_tracebacks_the_last_counts():
    """The last traceback is shown; without one, the last ten lines."""
    log = "Traceback (most recent call last):\nA\nTraceback (most recent call last):\nB\n"
    assert traceback(log) == ["Traceback (most recent call last):", "B"]
    assert traceback("\n".join(map(str, range(30)))) == [str(number) for number in range(20, 30)]
