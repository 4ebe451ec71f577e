"""How a pod is known: its name, its labels, and the hash of what was asked for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sweeper.backends.kubernetes.raw import Raw
from sweeper.core.model import Attempt, canonical_json

SPEC_HASH = "cvsweep/spec-hash"
_LONGEST_NAME = 63
_NUMBER = re.compile(r"[0-9]{1,9}")


class SweepLabel(NamedTuple):
    """What a pod says of its sweep: the id on a label, the name, which may be any text, beside it."""

    id: str
    name: str


def pod_name(user: str, sweep_id: str, suffix: str) -> str:
    """`<user>-<sweep>-<suffix>`: the user's name is cut so that it also fits a host's name."""
    rest = f"-{sweep_id}-{suffix}"
    first = re.sub(r"[^a-z0-9]+", "-", user.lower()).strip("-") or "user"
    return first[: _LONGEST_NAME - len(rest)].rstrip("-") + rest


def labels(sweep: SweepLabel) -> dict[str, str]:
    """On everything of a sweep; what lacks them is not touched."""
    return {
        "app.kubernetes.io/name": "cvsweep",
        "app.kubernetes.io/managed-by": "cvsweep",
        "app.kubernetes.io/instance": sweep.id,
        "cvsweep/sweep": sweep.id,
    }


def attempt_labels(attempt: Attempt) -> dict[str, str]:
    return {"cvsweep/trial": str(attempt.trial), "cvsweep/attempt": str(attempt.number)}


def remarks(sweep: SweepLabel) -> dict[str, str]:
    """Annotations: they may hold any text."""
    return {"cvsweep/sweep-name": sweep.name}


def selector(sweep_id: str) -> str:
    """The label selector of all pods of a sweep, its probe included."""
    return f"app.kubernetes.io/managed-by=cvsweep,cvsweep/sweep={sweep_id}"


def is_ours(pod: Raw, sweep_id: str) -> bool:
    """Whether a pod belongs to this sweep. Nothing else is ever touched."""
    found = _metadata(pod, "labels")
    wanted = ("cvsweep", sweep_id)
    return (found.get("app.kubernetes.io/managed-by"), found.get("cvsweep/sweep")) == wanted


def attempt_of(pod: Raw) -> Attempt | None:
    """The attempt that a pod runs; None for any other pod, our probe included."""
    found = _metadata(pod, "labels")
    numbers = [str(found.get(key, "")) for key in ("cvsweep/trial", "cvsweep/attempt")]
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        return None
    return Attempt(int(numbers[0]), int(numbers[1]))


def spec_hash_of(pod: Raw) -> str:
    """The hash that a pod was made with; empty where it carries none."""
    return str(_metadata(pod, "annotations").get(SPEC_HASH, ""))


def hash_of(pod: Raw) -> str:
    """The hash of a pod as it is about to be asked for."""
    return hashlib.blake2b(canonical_json(dict(pod)).encode(), digest_size=8).hexdigest()


def _metadata(pod: Raw, key: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (pod.get("metadata") or {}).get(key) or {}
    return found
