"""Streams a pod's log from the API server: the shared volume may show the same bytes a minute later."""

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
"""Seconds between two checks whether the pod has started."""

_AGAIN = 1 << 20
"""After a timeout, a log is requested again only if no more bytes than this have been shown."""


def follow(pods: Pods, attempt: Attempt, uid: str, shown: Shown, ended: Callable[[], bool], say: Say) -> bool:
    """Show the pod's log as it is written, until it ends.

    Args:
        pods: the pods of the sweep.
        attempt: the attempt.
        uid: the pod's UID; see `Pods.find`.
        shown: prints the log.
        ended: returns True once the attempt has ended.
        say: gets messages for the user.

    Returns:
        True if the pod does not run any more: then only the log file can have more output. False if the pod
        never started or still seems to run.

    Raises:
        BackendError: the log, or the rest of it, cannot be read.
    """
    report = _report_unreadable(say)
    try:
        if not _has_begun(pods, attempt, uid, ended, say):
            return False
        _show(pods, attempt, uid, shown, report)
        # If it still runs, the stream broke off, or the server does not know the end yet: the log file has
        # the rest.
        return not _runs(pods, attempt, uid)
    except (ApiError, Unreachable, CvsweepError) as error:
        raise BackendError(f"the pod's log cannot be read: {error}") from error


def copy(pods: Pods, attempt: Attempt, uid: str, shown: Shown, say: Say) -> None:
    """Show the log of a pod that was kept after its end.

    Raises:
        BackendError: the log cannot be read.
    """
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

    A silent program cannot be distinguished from a dead connection. So after a timeout the log is requested
    again, and the bytes that were shown already are skipped.
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
    """Yield what follows in a stream after the bytes that were shown.

    Raises:
        Unreachable: the stream begins with other bytes, or times out before their end.
    """
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
    """Wait until the pod starts; return False if it will not: the attempt has ended, or its pod is gone."""
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
