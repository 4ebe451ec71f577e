"""Tells a sweep's own pods from others with its labels, by name, UID and the mark of the request. No I/O.

Anybody may copy a pod's YAML, including labels and annotations. A copy is never adopted, counted or deleted.
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
    """The UID of an attempt's pod and the mark of its request, each empty if unknown."""

    uid: str = ""
    request: str = ""

    @classmethod
    def of(cls, uid: str, pod: Json) -> Known:
        return cls(uid, request_of(pod))


class Ownership:
    """Decides for one controller which pods belong to its sweep.

    Attributes:
        requests: the requests of this controller.
        asked: returns the attempts for which earlier controllers requested a pod, with its UID (empty if
            unknown). It is called only if a pod appears that this controller did not request.
    """

    def __init__(self, sweep_id: str) -> None:
        self.requests = Requests()
        self.asked: Asked = dict
        self._sweep_id = sweep_id
        self._earlier: Mapping[Attempt, str] | None = None
        self._dropped: dict[Attempt, Known] = {}

    def is_asked_for(self, pod: Json, attempt: Attempt) -> bool:
        """Return True if a request of this controller, answered or not, created this pod for the attempt."""
        return self._has_name(pod, attempt) and self.requests.made(pod)

    def is_intended(self, pod: Json, attempt: Attempt, wanted: Json) -> bool:
        """Return True if this is the pod of an attempt of which only an earlier controller's intent is known.

        Pods of older versions have no request mark; the hash of the requested spec, `wanted`, is compared.
        """
        if not self._has_name(pod, attempt):
            return False
        return is_original(pod) if request_of(pod) else spec_hash_of(pod) == spec_hash_of(wanted)

    def is_foreign(self, pod: Json, attempt: Attempt) -> bool:
        """Return True if this pod, whose labels name the attempt, was certainly not created for it."""
        return not self._has_name(pod, attempt) or is_copy(pod)

    def drop(self, attempt: Attempt, uid: str, pod: Json) -> None:
        """Keep what is known of the pod of an attempt that is no longer followed."""
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
        """Return True if the pod is a leftover of this sweep, or the pod of a dropped attempt."""
        uid = pod["metadata"]["uid"]
        attempt = attempt_of(pod)
        dropped = self._dropped.get(attempt) if attempt else None
        return (dropped is not None and dropped.uid == uid) or self.is_leftover(pod, followed)

    def _has_name(self, pod: Json, attempt: Attempt) -> bool:
        """Return True if the pod has this attempt's name; settings may change the prefix with the user."""
        return name_of(pod).endswith(f"-{self._sweep_id}-{attempt_suffix(attempt)}")


def _is_of(pod: Json, known: Known) -> bool:
    """Return True for the known pod, and for one that another request made; a copy has the known mark."""
    if pod["metadata"]["uid"] == known.uid:
        return True
    return is_original(pod) and bool(known.request) and request_of(pod) != known.request
