"""Actions for the executor: decide.py returns them, and each is folded as `Sent` when it is done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.model import Attempt


class Action:
    """Base class of the actions."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Create(Action):
    """Create the pod of an attempt. `why` holds the facts that allowed it, for the log."""

    attempt: Attempt
    pod: Json
    why: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class ShowPod(Action):
    """Give a create under way the pod that a watch has reported: no further request is needed."""

    attempt: Attempt
    pod: Json


@dataclass(frozen=True, slots=True)
class GiveUp(Action):
    """End a create under way, if it has not made its pod yet."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class GiveBack(Action):
    """Return an attempt whose create waits for capacity to the engine; `message` is why. Sends no request."""

    attempt: Attempt
    message: str


@dataclass(frozen=True, slots=True)
class Delete(Action):
    """Delete the pod with this UID, for the first time or again."""

    uid: str
    name: str
    tries: int = 1


@dataclass(frozen=True, slots=True)
class ReadEvents(Action):
    """Read the events that explain why a pod does not start."""

    uid: str


@dataclass(frozen=True, slots=True)
class AskQueue(Action):
    """Read what a queueing system reports about a pod that waits in its queue."""

    uid: str


@dataclass(frozen=True, slots=True)
class Inquire(Action):
    """Find out who deleted a pod. With `look_around`, also find out who holds GPUs in the namespace."""

    uid: str
    pod: Json
    look_around: bool


@dataclass(frozen=True, slots=True)
class ListPods(Action):
    """List all pods of the namespace. `began` is the current time, on the boot clock."""

    began: float
