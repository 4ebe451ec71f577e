"""Exclusive control of a sweep folder, by lock file and heartbeat: wait, acquire, confirm, release."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from sweeper.core import presence as deciding
from sweeper.core.errors import CopiedSweepError, SweepHeldError
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import NOBODY, ClusterHolder, Facts, Heartbeat, Locks, Presence
from sweeper.files import atomic
from sweeper.store import heartbeat, lock, machine, presence
from sweeper.store.heart import Heart
from sweeper.store.heartbeat import Beat

_LOOK_EVERY = 0.5
"""Seconds between two looks at a heartbeat that is watched."""

_ASK_EVERY = 2.0
"""Seconds between two questions to the cluster."""

Ask = Callable[[], ClusterHolder]
"""Asks the cluster who controls the sweep."""

Report = Callable[[str], object]
"""Gets a line for people that says why it takes longer."""


class Claim:
    """Control of the sweep, visible to other controllers until `release`."""

    def __init__(self, paths: SweepPaths, held: lock.Lock, heart: Heart) -> None:
        self._paths, self._lock, self._heart = paths, held, heart

    @property
    def unsupported(self) -> str:
        """Why the lock keeps nobody out, if locks do not work on this volume."""
        return self._lock.unsupported

    def turned(self) -> None:
        """Note a turn of the engine; without turns the heartbeat stops, so a hung controller looks dead."""
        self._heart.turned()

    def confirm(self, check: Callable[[], object]) -> None:
        """Restore our lock and heartbeat if a controller that tried to take over by force has replaced them.

        If the volume is in trouble it may be called again.

        Args:
            check: raises SupersededError if another controller has begun a later term, and so has really
                taken the sweep over.
        """
        self._heart.check = check
        with atomic.storage(f"looking at {self._paths.lock}"):
            is_current = self._lock.is_current()
        if not is_current:
            check()
            former, self._lock = self._lock, lock.acquire(self._paths, by_force=True)
            former.release()
        with suppress(OSError):  # tried again at the next beat
            self._heart.restore()

    def release(self) -> None:
        try:
            self._heart.stop()
        finally:
            self._lock.release()


def acquire(
    paths: SweepPaths,
    *,
    by_force: bool = False,
    report: Report = lambda line: None,
    ask: Ask = lambda: NOBODY,
) -> Claim:
    """Take the lock and publish our heartbeat.

    A heartbeat from another machine is watched first, for up to half a minute; then another controller's
    lease on the cluster, until it expires.

    Raises:
        SweepHeldError: another controller lives, and not `by_force`.
        StorageError: the lock or the heartbeat cannot be read.
    """
    held = lock.acquire(paths, by_force=by_force)
    try:
        mine = machine.me()
        if by_force:
            with suppress(OSError):  # the volume is in trouble: tried again at the next beat
                heartbeat.replace(paths, mine)
        else:
            locks = Locks.UNSUPPORTED if held.unsupported else Locks.FREE
            beat = _until_free(paths, locks, report)
            _until_over(paths, report, ask)
            _publish(paths, mine, beat)
        heart = Heart(paths, mine)
        heart.start()
    except BaseException:
        held.release()
        raise
    return Claim(paths, held, heart)


def wait_until_free(
    paths: SweepPaths, *, report: Report = lambda line: None, ask: Ask = lambda: NOBODY
) -> None:
    """Wait as `acquire` does, without taking the lock; raises SweepHeldError in the same cases."""
    presence.refuse_if_held(paths)
    _until_free(paths, lock.look(paths.lock), report)
    _until_over(paths, report, ask)


def _until_free(paths: SweepPaths, locks: Locks, report: Report) -> Beat | None:
    """Watch the heartbeat until it is certain that no controller is alive; return the stale beat, if any."""
    facts, first = presence.look(paths, locks)
    since, beat = time.monotonic(), first
    if deciding.presence(facts) is Presence.UNKNOWN:
        report(_waiting(facts))
    while (found := deciding.presence(facts)) is Presence.UNKNOWN:
        time.sleep(_LOOK_EVERY)
        facts, beat = presence.look(paths, locks)
        facts = facts._replace(moved=beat != first, still=time.monotonic() - since)
    if found is Presence.HELD:
        raise _held_by(paths, beat)
    return beat


def _until_over(paths: SweepPaths, report: Report, ask: Ask) -> None:
    """Watch the cluster's lease until no controller holds it; SweepHeldError if one renews it.

    CopiedSweepError if that controller uses another folder, of which this one is a copy.
    """
    first = ask()
    facts = Facts(Locks.FREE, machine.here(), elsewhere=first)
    if deciding.presence(facts) is Presence.UNKNOWN:
        report(
            f"waiting up to {first.seconds:.0f} s to see whether {first.who} still controls the sweep, as its"
            " lease on the cluster says"
        )
    while (found := deciding.presence(facts)) is Presence.UNKNOWN:
        time.sleep(_ASK_EVERY)
        now = ask()
        facts = facts._replace(elsewhere=now, renewed=now.version != first.version)
    if found is Presence.HELD:
        raise _held_elsewhere(paths, facts.elsewhere)


def _held_elsewhere(paths: SweepPaths, found: ClusterHolder) -> Exception:
    if found.folder:
        return CopiedSweepError(
            f"{paths.folder} is a copy of the sweep in {found.folder}, which {found.who} controls, says its"
            " lease on the cluster: use that folder; the copy cannot run beside it"
        )
    return SweepHeldError(lock.refusal(paths, f"{found.who}, says its lease on the cluster"))


def _waiting(facts: Facts) -> str:
    who = f"process {facts.heartbeat.pid} on {facts.heartbeat.host}" if facts.heartbeat else "a controller"
    return (
        f"waiting up to {deciding.STILL:.0f} s to see whether {who} still controls the sweep:"
        f" its last heartbeat was {max(0.0, facts.age):.0f} s ago"
    )


def _publish(paths: SweepPaths, mine: Heartbeat, former: Beat | None) -> None:
    try:
        heartbeat.publish(paths, mine, former)
    except FileExistsError as error:
        with atomic.storage(f"looking at {paths.heartbeat}"):
            raise _held_by(paths, heartbeat.read(paths)) from error
    except OSError:
        return  # the volume is in trouble: tried again at the next beat


def _held_by(paths: SweepPaths, beat: Beat | None) -> SweepHeldError:
    return SweepHeldError(lock.held_by(paths, deciding.signature(beat.who) if beat and beat.who else {}))
