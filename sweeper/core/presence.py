"""Decides whether a controller is alive, from the lock, heartbeat, process table and cluster.

`cvsweep status` imports this: a named tuple is made in a tenth of the time of a dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

STILL = 30.0
"""Seconds for which a heartbeat stands still before the sweep may be taken from another host."""

LONG_AGO = 300.0
"""Seconds since a heartbeat after which it need not be watched; no two clocks differ by so much."""

_NEVER = 1e11
"""Unix seconds that no clock shows."""


class Locks(Enum):
    """What flock answers for the sweep's lock file."""

    HELD = "held"
    FREE = "free"
    UNSUPPORTED = "unsupported"


class Presence(Enum):
    """UNKNOWN: only watching the heartbeat for a while can tell."""

    HELD = "held"
    FREE = "free"
    UNKNOWN = "unknown"


class Machine(NamedTuple):
    """Where process numbers mean the same: one boot of a kernel, and one PID namespace of it."""

    boot_id: str
    pid_namespace: str


class Heartbeat(NamedTuple):
    """Who controls a sweep, as its heartbeat file says.

    `start` is when the process started, in clock ticks since boot; `since` is in Unix seconds.
    """

    host: str
    boot_id: str
    pid_namespace: str
    pid: int
    start: int
    since: float

    @property
    def machine(self) -> Machine:
        return Machine(self.boot_id, self.pid_namespace)

    def to_json(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_json(cls, data: Any) -> Heartbeat | None:
        """The heartbeat that the data describes; None if it describes none."""
        match data:
            case {
                "host": str(host),
                "boot_id": str(boot_id),
                "pid_namespace": str(pid_namespace),
                "pid": int(pid),
                "start": int(start),
                "since": int() | float() as since,
            } if pid > 0 and 0 <= since < _NEVER:
                return cls(host, boot_id, pid_namespace, pid, start, float(since))
        return None


class ClusterHolder(NamedTuple):
    """Who controls a sweep as its cluster knows it, apart from the sweep folder.

    Attributes:
        who: for people; empty if nobody does, as far as the cluster knows.
        version: another one after each sign of life.
        seconds: after which it ends unless there is another sign of life.
        folder: the sweep folder that is controlled, if it is another folder with the same id.
    """

    who: str = ""
    version: str = ""
    seconds: float = 0.0
    folder: str = ""


NOBODY = ClusterHolder()


class Facts(NamedTuple):
    """What is known about a sweep's controller.

    Attributes:
        locks: what flock answers.
        here: where this process runs.
        beats: is a heartbeat there?
        heartbeat: who wrote it; None if it is damaged.
        alive: is the process that it names alive, as far as the process table here knows?
        age: seconds since its last beat, on the volume's own clock.
        moved: has it beaten while this process watched?
        still: seconds for which this process has watched it without a beat.
        elsewhere: who controls the sweep as its cluster knows it; only who wants to take over asks.
        renewed: has that one given a sign of life while this process watched?
    """

    locks: Locks
    here: Machine
    beats: bool = False
    heartbeat: Heartbeat | None = None
    alive: bool = False
    age: float = 0.0
    moved: bool = False
    still: float = 0.0
    elsewhere: ClusterHolder = NOBODY
    renewed: bool = False

    @property
    def is_local(self) -> bool:
        """Whether this machine's process table shows if the controller is alive."""
        return bool(self.here.boot_id) and self.heartbeat is not None and self.heartbeat.machine == self.here


def presence(facts: Facts) -> Presence:
    """Whether a controller lives, for whoever wants to become the next one.

    What lies in the sweep folder comes first. If it shows no controller, the cluster may know one: of another
    host, whose heartbeat does not reach this one.
    """
    found = _in_folder(facts)
    if found is not Presence.FREE or not facts.elsewhere.who:
        return found
    # A copy of the folder is no way to take the sweep from the original, not even from a dead controller.
    return Presence.HELD if facts.renewed or facts.elsewhere.folder else Presence.UNKNOWN


def _in_folder(facts: Facts) -> Presence:
    if facts.locks is Locks.HELD:
        return Presence.HELD
    if not facts.beats or (facts.is_local and not facts.alive):
        return Presence.FREE
    # A local controller that has the lock through another mount, or had none to take, is alive without it.
    if facts.moved or (facts.is_local and facts.locks is Locks.UNSUPPORTED):
        return Presence.HELD
    if facts.still >= STILL or facts.age >= LONG_AGO:
        return Presence.FREE
    return Presence.UNKNOWN


def seems_held(facts: Facts) -> bool:
    """Whether a controller lives, for readers, who do not wait to see."""
    found = presence(facts)
    return found is Presence.HELD or (found is Presence.UNKNOWN and facts.age < STILL)


def signature(heartbeat: Heartbeat) -> Mapping[str, Any]:
    """Return the controller for messages: host, process number, start (Unix seconds)."""
    return {"host": heartbeat.host, "pid": heartbeat.pid, "since": heartbeat.since}
