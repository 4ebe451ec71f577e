"""The identity of a pod: its name, its labels, the hash of the requested spec, and the request's mark.

Any user can copy a pod's YAML, so labels and annotations alone prove nothing. But the mark contains a hash of
the requested name, and no two requests have the same mark: a copy under another name has a mark that does not
fit its name, and a copy under the same name has the mark of a pod that existed before.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from sweeper.clusters.kubernetes.raw import Json, Raw, part, text
from sweeper.core.model import Attempt, canonical_json
from sweeper.core.patterns import lazy

SPEC_HASH = "cvsweep/spec-hash"
REQUEST = "cvsweep/request"
_LONGEST_NAME = 63
_NUMBER = lazy(r"[0-9]{1,9}")


class SweepLabel(NamedTuple):
    """The sweep of a pod: its id, stored as a label, and its name (any text), stored as an annotation."""

    id: str
    name: str


def pod_name(user: str, sweep_id: str, suffix: str) -> str:
    """Return `<user>-<sweep>-<suffix>`; the user's name is cut, so that the result fits a host name, too."""
    rest = f"-{sweep_id}-{suffix}"
    first = re.sub(r"[^a-z0-9]+", "-", user.lower()).strip("-") or "user"
    return first[: _LONGEST_NAME - len(rest)].rstrip("-") + rest


def attempt_suffix(attempt: Attempt) -> str:
    """Return the suffix of the name of an attempt's pod."""
    return f"{attempt.trial:05d}-{attempt.number}"


def labels(sweep: SweepLabel) -> dict[str, str]:
    """Return the labels of all objects of a sweep. They prove nothing: copies have them, too."""
    return {
        "app.kubernetes.io/name": "cvsweep",
        "app.kubernetes.io/managed-by": "cvsweep",
        "app.kubernetes.io/instance": sweep.id,
        "cvsweep/sweep": sweep.id,
    }


def attempt_labels(attempt: Attempt) -> dict[str, str]:
    return {"cvsweep/trial": str(attempt.trial), "cvsweep/attempt": str(attempt.number)}


def remarks(sweep: SweepLabel) -> dict[str, str]:
    """Return the annotations of all pods of a sweep. Unlike labels, they may hold any text."""
    return {"cvsweep/sweep-name": sweep.name}


def selector(sweep_id: str) -> str:
    """Return the label selector of all pods of a sweep, including its probe."""
    return f"app.kubernetes.io/managed-by=cvsweep,cvsweep/sweep={sweep_id}"


def is_ours(pod: Raw, sweep_id: str) -> bool:
    """Whether a pod has the labels of this sweep, as its pods and copies of them have."""
    found = _metadata(pod, "labels")
    wanted = ("cvsweep", sweep_id)
    return (found.get("app.kubernetes.io/managed-by"), found.get("cvsweep/sweep")) == wanted


def attempt_of(pod: Raw) -> Attempt | None:
    """Return the attempt in a pod's labels; None if they contain no attempt, as those of our probe."""
    found = _metadata(pod, "labels")
    numbers = [str(found.get(key, "")) for key in ("cvsweep/trial", "cvsweep/attempt")]
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        return None
    return Attempt(int(numbers[0]), int(numbers[1]))


def spec_hash_of(pod: Raw) -> str:
    """Return the spec hash that is stored in a pod; empty if it has none."""
    return str(_metadata(pod, "annotations").get(SPEC_HASH, ""))


def hash_of(pod: Raw) -> str:
    """Return the spec hash of a pod that is about to be created."""
    return hashlib.blake2b(canonical_json(dict(pod)).encode(), digest_size=8).hexdigest()


class Requests:
    """Marks the pods that one controller requests, and recognizes them. Safe to use from any thread."""

    def __init__(self) -> None:
        self._controller = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def marked(self, pod: Json) -> Json:
        """Return the pod to send, with a mark that no other request has."""
        metadata = pod["metadata"]
        mark = f"{self._start(metadata['name'])}{next(self._numbers)}"
        annotations = {**metadata.get("annotations", {}), REQUEST: mark}
        return {**pod, "metadata": {**metadata, "annotations": annotations}}

    def made(self, pod: Raw) -> bool:
        """Whether this pod was made by a request of this controller, under its present name."""
        return request_of(pod).startswith(self._start(name_of(pod)))

    def _start(self, name: str) -> str:
        return f"{_digest(name)}-{self._controller}-"


def name_of(pod: Raw) -> str:
    return text(part(pod, "metadata"), "name")


def request_of(pod: Raw) -> str:
    """Return the mark of the request that made a pod; empty if it has none, as pods of older versions."""
    return text(_metadata(pod, "annotations"), REQUEST)


def is_original(pod: Raw) -> bool:
    """Whether the mark was made for a pod of this name; False for a copy under another name, or no mark."""
    return request_of(pod).startswith(f"{_digest(name_of(pod))}-")


def is_copy(pod: Raw) -> bool:
    """Whether a pod is certainly a copy of another pod's YAML; False if it has no mark (older versions)."""
    return bool(request_of(pod)) and not is_original(pod)


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()


def _metadata(pod: Raw, key: str) -> Mapping[str, Any]:
    return part(part(pod, "metadata"), key)
