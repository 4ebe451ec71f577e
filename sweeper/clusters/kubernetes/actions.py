"""Actions for the executor: decide.py returns them, and each is folded as `Sent` when it is done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.model import Attempt


class Action:
    """What decide.py has done."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Create(Action):
    """Ask for the pod of an attempt. `why` are the facts that allowed it, for the log."""

    attempt: Attempt
    pod: Json
    why: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class ShowPod(Action):
    """A watch was faster than the answer to a create: nothing more need be sent for it."""

    attempt: Attempt
    pod: Json


@dataclass(frozen=True, slots=True)
class GiveUp(Action):
    """End a create that is under way, if it has not made its pod yet."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class GiveBack(Action):
    """Leave an attempt whose create the quota refused to the engine, for this reason. Nothing is sent."""

    attempt: Attempt
    message: str


@dataclass(frozen=True, slots=True)
class Delete(Action):
    """Ask for the deletion of this very pod, for the first time or again."""

    uid: str
    name: str
    tries: int = 1


@dataclass(frozen=True, slots=True)
class ReadEvents(Action):
    """Look for the events that say why a pod does not start."""

    uid: str


@dataclass(frozen=True, slots=True)
class AskQueue(Action):
    """Look for what a queue says of a pod that waits in it."""

    uid: str


@dataclass(frozen=True, slots=True)
class Inquire(Action):
    """Ask who deleted a pod. `look_around`: and who else holds GPUs."""

    uid: str
    pod: Json
    look_around: bool


@dataclass(frozen=True, slots=True)
class ListPods(Action):
    """Look at all pods of the namespace. `began` is now, on the boot clock."""

    began: float
