"""Objects as the API has them: JSON of which any field may be missing or null.

Read them through these readers, which answer with something empty then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweeper.core.formatting import escape

Json = dict[str, Any]
"""An object that is made here, to be sent."""

Raw = Mapping[str, Any]
"""One as the server shows it."""

TERMINAL = ("Succeeded", "Failed")
"""The phases of a pod that has ended."""


def part(raw: Raw, key: str) -> Raw:
    found = raw.get(key)
    if type(found) is dict:  # as it nearly always is: each pod is read a hundred times
        return found
    return found if isinstance(found, Mapping) else {}


def parts(raw: Raw, key: str) -> list[Raw]:
    found = raw.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def text(raw: Raw, key: str) -> str:
    found = raw.get(key)
    return found.strip() if isinstance(found, str) else ""


def line(raw: Raw, key: str) -> str:
    """Words that the server or a node wrote, for people: one line, and nothing that a terminal would obey."""
    return escape(" ".join(text(raw, key).split()))


def number(raw: Raw, key: str) -> float:
    found = raw.get(key)
    return float(min(found, 10**9)) if isinstance(found, int) else 0.0


def node(pod: Raw) -> str:
    return text(part(pod, "spec"), "nodeName")


def phase(pod: Raw) -> str:
    return text(part(pod, "status"), "phase")


def condition(pod: Raw, kind: str) -> Raw:
    return next((one for one in parts(part(pod, "status"), "conditions") if text(one, "type") == kind), {})


def containers(pod: Raw) -> list[Raw]:
    """The statuses of its containers, those that prepare it included."""
    status = part(pod, "status")
    return parts(status, "initContainerStatuses") + parts(status, "containerStatuses")


def in_state(container: Raw, kind: str) -> bool:
    # {"running": {}} is a state as well: the key tells, not what it holds.
    return isinstance(part(container, "state").get(kind), Mapping)


def has_begun(container: Raw) -> bool:
    return in_state(container, "running") or in_state(container, "terminated")
