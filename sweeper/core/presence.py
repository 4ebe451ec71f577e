"""Decides whether a controller is alive, from the lock, heartbeat, process table and cluster.

`cvsweep status` imports this module, so the classes are named tuples: defining one takes a tenth of the time
of a dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

STILL = 30.0
"""Seconds that a heartbeat must be watched without change before another host may take the sweep."""

LONG_AGO = 300.0
"""The age in seconds from which a heartbeat need not be watched; no two clocks differ by so much."""

_NEVER = 1e11
"""An upper limit of valid Unix times, in seconds."""


class Locks(Enum):
    """The state of the sweep's lock file, as flock reports it."""

    HELD = "held"
    FREE = "free"
    UNSUPPORTED = "unsupported"


class Presence(Enum):
    """Whether a controller holds the sweep. UNKNOWN: the heartbeat must be watched for a while to decide."""

    HELD = "held"
    FREE = "free"
    UNKNOWN = "unknown"


class Machine(NamedTuple):
    """The scope in which process numbers are unique: one boot of a kernel and one PID namespace."""

    boot_id: str
    pid_namespace: str


class Heartbeat(NamedTuple):
    """The controller of a sweep, as its heartbeat file describes it.

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
        """Return the heartbeat from plain data; None if the data is not a valid heartbeat."""
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
    """The controller of a sweep as its cluster knows it, independent of the sweep folder.

    Attributes:
        who: its name in messages; empty if the cluster knows no controller.
        version: changes with each sign of life.
        seconds: after this time without a sign of life the claim ends.
        folder: the sweep folder that it controls, if that is another folder with the same id.
    """

    who: str = ""
    version: str = ""
    seconds: float = 0.0
    folder: str = ""


NOBODY = ClusterHolder()


class Facts(NamedTuple):
    """The observations about a sweep's controller.

    Attributes:
        locks: the state of the lock.
        here: where this process runs.
        beats: whether there is a heartbeat.
        heartbeat: the controller that wrote it; None if it is damaged.
        alive: whether this machine's process table has the process that it names.
        age: seconds since the last beat, on the volume's own clock.
        moved: whether there was a beat while this process watched.
        still: seconds that this process has watched without a beat.
        elsewhere: the controller as its cluster knows it; the cluster is asked only for a takeover.
        renewed: whether that controller gave a sign of life while this process watched.
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
        """Whether this machine's process table can show if the controller is alive."""
        return bool(self.here.boot_id) and self.heartbeat is not None and self.heartbeat.machine == self.here


def presence(facts: Facts) -> Presence:
    """Return whether a controller is alive, for a process that wants to become the next one.

    The sweep folder decides first. If it shows no controller, the cluster may know one on another host, whose
    heartbeat is not visible here.
    """
    found = _in_folder(facts)
    if found is not Presence.FREE or not facts.elsewhere.who:
        return found
    # A copy of the folder cannot take the sweep from the original, even if that controller is dead.
    return Presence.HELD if facts.renewed or facts.elsewhere.folder else Presence.UNKNOWN


def _in_folder(facts: Facts) -> Presence:
    if facts.locks is Locks.HELD:
        return Presence.HELD
    if not facts.beats or (facts.is_local and not facts.alive):
        return Presence.FREE
    # A controller may be alive without holding this lock: it has the lock through another mount, or there are
    # no locks here.
    if facts.moved or (facts.is_local and facts.locks is Locks.UNSUPPORTED):
        return Presence.HELD
    if facts.still >= STILL or facts.age >= LONG_AGO:
        return Presence.FREE
    return Presence.UNKNOWN


def seems_held(facts: Facts) -> bool:
    """Return whether a controller seems to be alive, for readers, which do not watch the heartbeat."""
    found = presence(facts)
    return found is Presence.HELD or (found is Presence.UNKNOWN and facts.age < STILL)


def signature(heartbeat: Heartbeat) -> Mapping[str, Any]:
    """Return the controller for messages: host, process number, start (Unix seconds)."""
    return {"host": heartbeat.host, "pid": heartbeat.pid, "since": heartbeat.since}
