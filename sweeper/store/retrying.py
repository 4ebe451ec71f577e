"""Retries file operations for some minutes while the volume is in trouble, with a message."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import tenacity

from sweeper.core.errors import TransientStorageError

T = TypeVar("T")

LONGEST = 600.0
"""Seconds for which an operation is retried. A server that is rebooted is back sooner."""

_FIRST, _MOST = 0.1, 2.0
"""Seconds between two tries, growing."""

Meanwhile = Callable[[str], object]
"""Gets the problem before each pause. If it raises an error, the operation is not tried again."""


def line(problem: str) -> str:
    """Return a message about the problem."""
    return f"the volume is in trouble, trying again: {problem}"


def say_once(report: Callable[[str], object]) -> Meanwhile:
    """Return a callback that reports each problem only once."""
    reported: set[str] = set()

    def meanwhile(problem: str) -> None:
        if problem not in reported:
            reported.add(problem)
            report(line(problem))

    return meanwhile


class Retrier:
    """Calls a function until it does not fail with TransientStorageError, for `longest` seconds at most.

    The function must be safe to repeat: it only reads, or creates what may exist already. It is never a write
    into the journal. Calls that `meanwhile` itself makes through this object are not retried.
    """

    def __init__(self, meanwhile: Meanwhile = lambda problem: None, longest: float = LONGEST) -> None:
        self.meanwhile = meanwhile
        self._longest = longest
        self._pausing = False

    def __call__(self, do: Callable[[], T]) -> T:
        """Return the result of `do`; TransientStorageError if it still fails after `longest` seconds."""
        try:
            return do()
        except TransientStorageError:
            if self._pausing:
                raise
            return self._again(do)

    def _again(self, do: Callable[[], T]) -> T:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientStorageError),
            wait=tenacity.wait_exponential(multiplier=_FIRST, max=_MOST),
            stop=tenacity.stop_after_delay(self._longest),
            before_sleep=self._report_retry,
            sleep=time.sleep,
        )
        try:
            return retrying(do)
        except tenacity.RetryError as error:
            problem = error.last_attempt.exception()
            minutes = self._longest / 60
            raise TransientStorageError(
                f"{problem} (tried again for {minutes:.0f} min); resume the sweep once the volume works again"
            ) from problem

    def _report_retry(self, state: tenacity.RetryCallState) -> None:
        assert state.outcome
        self._pausing = True
        try:
            self.meanwhile(str(state.outcome.exception()))
        finally:
            self._pausing = False
