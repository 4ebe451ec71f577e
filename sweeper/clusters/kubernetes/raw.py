"""Readers for API objects: JSON in which any field may be missing or null.

For such a field, or one of another type, they return an empty value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweeper.core.formatting import escape

Json = dict[str, Any]
"""An object that is made here, to be sent to the API server."""

Raw = Mapping[str, Any]
"""An object as the API server shows it."""

TERMINAL = ("Succeeded", "Failed")
"""The phases of a pod that has ended."""


def part(raw: Raw, key: str) -> Raw:
    found = raw.get(key)
    if type(found) is dict:  # nearly always, and faster: each pod is read a hundred times
        return found
    return found if isinstance(found, Mapping) else {}


def parts(raw: Raw, key: str) -> list[Raw]:
    found = raw.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def text(raw: Raw, key: str) -> str:
    found = raw.get(key)
    return found.strip() if isinstance(found, str) else ""


def line(raw: Raw, key: str) -> str:
    """Return a text of the server or a node for people: on one line, terminal control characters escaped."""
    return escape(" ".join(text(raw, key).split()))


def number(raw: Raw, key: str) -> float:
    """Return an integer field, at most 10**9; 0.0 if there is none."""
    found = raw.get(key)
    return float(min(found, 10**9)) if isinstance(found, int) else 0.0


def node(pod: Raw) -> str:
    return text(part(pod, "spec"), "nodeName")


def phase(pod: Raw) -> str:
    return text(part(pod, "status"), "phase")


def condition(pod: Raw, kind: str) -> Raw:
    return next((one for one in parts(part(pod, "status"), "conditions") if text(one, "type") == kind), {})


def containers(pod: Raw) -> list[Raw]:
    """Return the statuses of all containers of a pod, the init containers first."""
    status = part(pod, "status")
    return parts(status, "initContainerStatuses") + parts(status, "containerStatuses")


def in_state(container: Raw, kind: str) -> bool:
    # {"running": {}} is a state, too: a map decides, even if it is empty.
    return isinstance(part(container, "state").get(kind), Mapping)


def has_begun(container: Raw) -> bool:
    return in_state(container, "running") or in_state(container, "terminated")
