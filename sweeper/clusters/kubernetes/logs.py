"""What a pod prints, as it prints it: the shared volume may show the same bytes a minute later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from sweeper.clusters.kubernetes import attempt_pods
from sweeper.clusters.kubernetes.api_errors import ApiError, TimedOut, Unreachable
from sweeper.clusters.kubernetes.attempt_pods import Pods
from sweeper.clusters.kubernetes.kubelet_errors import programs_own
from sweeper.clusters.shown import Shown
from sweeper.core.errors import BackendError, CvsweepError
from sweeper.core.formatting import escape
from sweeper.core.model import Attempt

Say = Callable[[str], object]

EVERY = 1.0
"""Seconds between two looks whether the pod has started."""

_AGAIN = 1 << 20
"""Bytes of a log that are worth reading once more where its connection may be dead."""


def follow(pods: Pods, attempt: Attempt, uid: str, shown: Shown, ended: Callable[[], bool], say: Say) -> bool:
    """Show what the pod prints, until its log ends.

    Args:
        ended: says whether the attempt has ended.

    Returns:
        True if the pod does not run any more: then only the log file can have more output. False if the pod
        never started or still seems to run.

    Raises:
        BackendError: the log cannot be read, or its rest cannot.
    """
    report = _report_unreadable(say)
    try:
        if not _has_begun(pods, attempt, uid, ended, say):
            return False
        _show(pods, attempt, uid, shown, report)
        # Else either it broke off, or the server has not heard of the end yet: the file knows the rest.
        return not _runs(pods, attempt, uid)
    except (ApiError, Unreachable, CvsweepError) as error:
        raise BackendError(f"the pod's log cannot be read: {error}") from error


def copy(pods: Pods, attempt: Attempt, uid: str, shown: Shown, say: Say) -> None:
    """Show what a pod that was kept has printed. BackendError where that cannot be read."""
    try:
        pod = pods.find(attempt, uid)
        if pod is None or not attempt_pods.begun(pod):
            return
        for data in programs_own(pods.log(attempt, follow=False), _report_unreadable(say)):
            shown.show(data)
    except (ApiError, Unreachable, CvsweepError) as error:
        raise BackendError(f"the pod's log cannot be read: {error}") from error


def _show(pods: Pods, attempt: Attempt, uid: str, shown: Shown, report: Say) -> None:
    """Show the stream to its end, over as many connections as that takes.

    A program that says nothing and a connection that is dead look alike. So after some silence the log is
    asked for again, and what was shown already is passed over.
    """
    while True:
        try:
            for data in programs_own(_behind(shown, pods.log(attempt, follow=True)), report):
                shown.show(data)
            return
        except TimedOut:
            if shown.count > _AGAIN:
                raise
            if not _runs(pods, attempt, uid):
                return


def _behind(shown: Shown, stream: Iterable[bytes]) -> Iterator[bytes]:
    """What a stream has behind the bytes that were shown; Unreachable where it does not come so far."""
    before, passed = shown.count, 0
    try:
        for data in stream:
            known = shown.head[passed : passed + len(data)]
            if passed < before and not data.startswith(known):
                raise Unreachable("its node has begun a new log")
            skipped = min(len(data), before - passed)
            passed += skipped
            if data[skipped:]:
                yield data[skipped:]
    except TimedOut as error:
        if passed < before:
            raise Unreachable(str(error)) from error
        raise


def _report_unreadable(say: Say) -> Say:
    return lambda message: say(f"the node cannot read more of the pod's log: {escape(message)}")


def _has_begun(pods: Pods, attempt: Attempt, uid: str, ended: Callable[[], bool], say: Say) -> bool:
    """Wait for the pod to start. False where nothing comes: the attempt has ended, or its pod is gone."""
    reported = ""
    while True:
        pod = pods.find(attempt, uid)
        if pod is None and uid:
            return False
        if pod is not None and attempt_pods.begun(pod):
            return True
        standing = attempt_pods.standing(pod) if pod else "not there yet"
        if standing != reported:
            reported = standing
            say(f"the pod of trial {attempt.trial} is {standing}")
        if ended():
            return False
        time.sleep(EVERY)


def _runs(pods: Pods, attempt: Attempt, uid: str) -> bool:
    pod = pods.find(attempt, uid)
    return pod is not None and attempt_pods.runs(pod)
