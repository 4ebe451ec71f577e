"""Which pods with a sweep's labels are its own: by name, UID and the mark of the request. No I/O.

Anybody may copy a pod's YAML, labels and annotations included. A copy is never adopted, counted or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sweeper.clusters.base import Asked
from sweeper.clusters.kubernetes.pods.identity import (
    Requests,
    attempt_of,
    attempt_suffix,
    is_copy,
    is_original,
    name_of,
    request_of,
    spec_hash_of,
)
from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.model import Attempt


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the pod of an attempt: its UID and the mark of its request, empty if unknown."""

    uid: str = ""
    request: str = ""

    @classmethod
    def of(cls, uid: str, pod: Json) -> Known:
        return cls(uid, request_of(pod))


class Ownership:
    """The pods of one sweep, as one of its controllers can tell them.

    `requests` are this controller's own; `asked` gives what earlier ones asked for. It is called only
    when a pod turns up that this controller did not ask for.
    """

    def __init__(self, sweep_id: str) -> None:
        self.requests = Requests()
        self.asked: Asked = dict
        self._sweep_id = sweep_id
        self._earlier: Mapping[Attempt, str] | None = None
        self._dropped: dict[Attempt, Known] = {}

    def is_asked_for(self, pod: Json, attempt: Attempt) -> bool:
        """Is this what our own request, which may not have been answered yet, has made?"""
        return self._has_name(pod, attempt) and self.requests.made(pod)

    def is_intended(self, pod: Json, attempt: Attempt, wanted: Json) -> bool:
        """Is this the pod of an attempt of which only an earlier controller's intent is known?

        The pods of older versions have no mark, but the hash of what was asked for.
        """
        if not self._has_name(pod, attempt):
            return False
        return is_original(pod) if request_of(pod) else spec_hash_of(pod) == spec_hash_of(wanted)

    def is_foreign(self, pod: Json, attempt: Attempt) -> bool:
        """Is it certain that this pod, which claims to be the attempt, was not made for it?"""
        return not self._has_name(pod, attempt) or is_copy(pod)

    def drop(self, attempt: Attempt, uid: str, pod: Json) -> None:
        """The attempt is followed no more; what is known of its pod is kept."""
        self._dropped[attempt] = Known.of(uid, pod)

    def is_leftover(self, pod: Json, followed: Callable[[Attempt], Known | None]) -> bool:
        """Whether this sweep made a pod that belongs to no tracked attempt, so that it must be deleted.

        Such a pod belongs to an attempt that has ended or was abandoned, or the server carried out one of our
        requests late, or it is left over from a probe.

        Args:
            pod: a pod that no tracked attempt has.
            followed: returns what is known of the pod of a tracked attempt; None if it is not tracked.
        """
        attempt = attempt_of(pod)
        if attempt is None:
            return f"-{self._sweep_id}-probe-" in name_of(pod) and is_original(pod)
        if not self._has_name(pod, attempt):
            return False
        own = followed(attempt) or self._dropped.get(attempt)
        if own is not None:
            return self.requests.made(pod) if not own.uid else _is_of(pod, own)
        if self._earlier is None:
            self._earlier = self.asked()
        uid = self._earlier.get(attempt)
        if uid is None:
            return False
        return _is_of(pod, Known(uid)) if uid else is_original(pod)

    def is_ours(self, pod: Json, followed: Callable[[Attempt], Known | None]) -> bool:
        """Is it one of ours that has to go, or the pod of an attempt that was dropped?"""
        uid = pod["metadata"]["uid"]
        attempt = attempt_of(pod)
        dropped = self._dropped.get(attempt) if attempt else None
        return (dropped is not None and dropped.uid == uid) or self.is_leftover(pod, followed)

    def _has_name(self, pod: Json, attempt: Attempt) -> bool:
        """Is the pod called as the one of this attempt? The user's name in front may change with settings."""
        return name_of(pod).endswith(f"-{self._sweep_id}-{attempt_suffix(attempt)}")


def _is_of(pod: Json, known: Known) -> bool:
    """Is it the known pod, or one that another request for it made? A copy has the known one's mark."""
    if pod["metadata"]["uid"] == known.uid:
        return True
    return is_original(pod) and bool(known.request) and request_of(pod) != known.request
