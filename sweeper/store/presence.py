"""Who controls a sweep: decided here only, from the lock, the heartbeat and the process table.

It keeps a second controller out. If one starts nevertheless, the journal's terms make it harmless; see
journal.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweeper.core import presence as deciding
from sweeper.core.errors import SweepHeldError
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import Facts, Locks, Presence
from sweeper.files import atomic
from sweeper.store import heartbeat, lock, machine
from sweeper.store.heartbeat import Beat


def is_held(paths: SweepPaths) -> bool:
    """Whether a controller seems to be alive; for readers, since it never waits."""
    facts, _ = look(paths, lock.look(paths.lock))
    return deciding.seems_held(facts)


def is_held_by(paths: SweepPaths, pid: int) -> bool:
    """Whether the process `pid` of this machine controls the sweep."""
    with atomic.storage(f"looking at {paths.heartbeat}"):
        beat = heartbeat.read(paths)
    if beat and beat.who:
        return beat.who.machine == machine.here() and beat.who.pid == pid
    return lock.look(paths.lock) is Locks.HELD and lock.holder(paths).get("pid") == pid


def holder(paths: SweepPaths) -> Mapping[str, Any]:
    """Return the current or last controller of the sweep; empty if it is not known."""
    facts, _ = look(paths, lock.look(paths.lock))
    if facts.heartbeat:
        return deciding.signature(facts.heartbeat)
    return lock.signatory(paths) if facts.locks is Locks.HELD else lock.holder(paths)


def refuse_if_held(paths: SweepPaths) -> None:
    """Raise SweepHeldError if a controller is certainly alive; in doubt `acquire` has to find out."""
    facts, _ = look(paths, lock.look(paths.lock))
    if deciding.presence(facts) is Presence.HELD:
        raise SweepHeldError(lock.held_by(paths, holder(paths)))


def look(paths: SweepPaths, locks: Locks) -> tuple[Facts, Beat | None]:
    """Return the facts that are available without waiting, and the heartbeat that they come from."""
    if locks is Locks.HELD:
        return Facts(locks, machine.here()), None
    with atomic.storage(f"looking at {paths.heartbeat}"):
        beat = heartbeat.read(paths)
        if beat is None:
            return Facts(locks, machine.here()), None
        who = beat.who
        alive = who is not None and machine.is_alive(who.pid, who.start)
        facts = Facts(locks, machine.here(), beats=True, heartbeat=who, alive=alive)
        if deciding.presence(facts) is Presence.UNKNOWN:
            facts = facts._replace(age=heartbeat.age(paths, beat))
        return facts, beat
