"""Data about who uses which GPUs of a shared cluster, and how many are free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NOBODY = "nobody's"


@dataclass(frozen=True, slots=True)
class GpuUse:
    """A pod that has not ended. `created` is Unix time; `sweep` is empty if it is none of cvsweep's.

    `started` is when its container began to run, or else when it was created; `runs` says that its phase
    is Running, also while it is being deleted.
    """

    pod: str
    user: str
    gpus: int
    phase: str
    node: str
    created: float
    priority: int
    sweep: str
    started: float = 0.0
    runs: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One user's GPUs in running and in pending pods, and the number of all pods."""

    user: str
    running: int
    pending: int
    pods: int


@dataclass(frozen=True, slots=True)
class Share:
    """A quota's limit on GPUs, or on the devices of a class, and how much of it is used.

    `resource` is the quota's name for them; `scopes` are the conditions on the pods that it counts.
    """

    quota: str
    hard: int
    used: int
    scopes: tuple[str, ...] = ()
    resource: str = ""

    @property
    def free(self) -> int:
        """The free amount; 0 if the quota has been reduced below what is used."""
        return max(0, self.hard - self.used)


@dataclass(frozen=True, slots=True)
class Usage:
    """All that was seen. None: it may not be looked at. `pods` have ranks, those in `waiting` have none.

    `remarks` say what may not be looked at, and why.
    """

    namespace: str
    resource: str
    now: float
    shares: Sequence[Share] | None
    members: Sequence[Member] | None
    pods: Sequence[GpuUse] | None
    waiting: Sequence[GpuUse] = ()
    remarks: Sequence[str] = ()
