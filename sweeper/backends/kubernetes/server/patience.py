"""Who asks again, and when: troubles of the moment pass, and what is refused for good is not repeated."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import tenacity

from sweeper.backends.kubernetes.refusals import NOT_READY, PASSING
from sweeper.backends.kubernetes.server.api import ApiError, Unreachable

T = TypeVar("T")

LATE = 65.0
"""Seconds after which no request that was sent can still take effect: the server's own limit is 60."""

DENIED = 30.0
"""Seconds after which a denial is believed: a server that has just started denies everything to everybody."""


def may_pass(error: BaseException) -> bool:
    """Is this a trouble of the moment, after which the same request may go through?"""
    if isinstance(error, Unreachable):
        return True
    if not isinstance(error, ApiError):
        return False
    return error.status in PASSING or error.status >= 500 or NOT_READY in error.message


class after_what_was_said(tenacity.wait.wait_base):
    """Exponential with jitter, and never earlier than the server's Retry-After."""

    def __init__(self, first: float = 0.2, most: float = 30.0) -> None:
        self._growing = tenacity.wait_random_exponential(multiplier=first, max=most)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        said = error.retry_after if isinstance(error, ApiError) else 0.0
        return max(said, self._growing(retry_state))


def patiently(
    do: Callable[[], T],
    *,
    seconds: float | None,
    giving_up: threading.Event | None = None,
    told: Callable[[str], None] | None = None,
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
        is_denied = isinstance(error, ApiError) and error.status == 403
        return may_pass(error) or (is_denied and time.monotonic() < believed_from)

    def tell(state: tenacity.RetryCallState) -> None:
        if told and state.outcome:
            told(str(state.outcome.exception()))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_passing),
        wait=after_what_was_said(),
        stop=stop,
        sleep=tenacity.sleep_using_event(event),
        before_sleep=tell,
        reraise=True,
    )
    return retrying(do)
