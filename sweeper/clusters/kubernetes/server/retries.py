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
"""Seconds after which a denial is believed: a server that has just started denies everything to everybody."""


def may_pass(error: BaseException) -> bool:
    """Is this a trouble of the moment, after which the same request may go through?"""
    return isinstance(error, Unreachable) or (isinstance(error, ApiError) and error.passes)


REST = Backoff(0.2, 30.0, chance=1.0)


def rest_after(tries: int, error: BaseException | None) -> float:
    """Seconds until the next try: growing, at random, and never less than the server asked for."""
    wait = error.retry_after if isinstance(error, Trouble) else 0.0
    return max(wait, REST.rest(tries))


class after_what_was_said(tenacity.wait.wait_base):
    """The same, for tenacity."""

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
    """Call `do` until troubles of the moment have passed; for `seconds` (None: until `giving_up`).

    For `denied` seconds a denial counts as one of them.
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
