"""Retries of requests to the API server: which errors are retried, and after which wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import tenacity

from sweeper.backoff import Backoff
from sweeper.clusters.kubernetes.api_errors import ApiError, Forbidden, Trouble, Unreachable
from sweeper.clusters.kubernetes.refusals import BELIEVED_AFTER, Refusal

T = TypeVar("T")

LATE = 65.0
"""Seconds after which no request that was sent can still take effect: the server's own limit is 60."""

DENIED = BELIEVED_AFTER[Refusal.DENIED]
"""Seconds after which a denial is believed: a server that has just started denies all requests."""


def may_pass(error: BaseException) -> bool:
    """Return True if the error is temporary, so that the same request may succeed later."""
    return isinstance(error, Unreachable) or (isinstance(error, ApiError) and error.passes)


REST = Backoff(0.2, 30.0, chance=1.0)


def rest_after(tries: int, error: BaseException | None) -> float:
    """Return the seconds until the next try: they grow, are random, and respect the server's Retry-After."""
    wait = error.retry_after if isinstance(error, Trouble) else 0.0
    return max(wait, REST.rest(tries))


class after_what_was_said(tenacity.wait.wait_base):
    """`rest_after` as a wait strategy of tenacity."""

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return rest_after(retry_state.attempt_number, error)


def retried(
    do: Callable[[], T],
    *,
    seconds: float | None,
    giving_up: threading.Event | None = None,
    report: Callable[[str], None] | None = None,
    denied: float = 0.0,
) -> T:
    """Call `do` until it succeeds or fails with an error that is not temporary, and return its result.

    Args:
        do: the function to call.
        seconds: how long to retry; None for no limit.
        giving_up: ends the retries when it is set.
        report: called with the message of each error that is retried.
        denied: for how many seconds from now Forbidden counts as temporary.

    Raises:
        Exception: the last error of `do`.
    """
    event = giving_up or threading.Event()
    believed_from = time.monotonic() + denied
    stop: Any = tenacity.stop_when_event_set(event)
    if seconds is not None:
        stop |= tenacity.stop_before_delay(seconds)

    def is_passing(error: BaseException) -> bool:
        is_denied = isinstance(error, Forbidden)
        return may_pass(error) or (is_denied and time.monotonic() < believed_from)

    def report_retry(state: tenacity.RetryCallState) -> None:
        if report and state.outcome:
            report(str(state.outcome.exception()))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_passing),
        wait=after_what_was_said(),
        stop=stop,
        sleep=tenacity.sleep_using_event(event),
        before_sleep=report_retry,
        reraise=True,
    )
    return retrying(do)
