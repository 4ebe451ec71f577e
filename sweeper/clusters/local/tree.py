"""The processes of one attempt: watched until the last one has ended, and ended together."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field

from sweeper.clusters.local import processes
from sweeper.clusters.local.census import SeenProcesses
from sweeper.clusters.local.processes import Process
from sweeper.clusters.local.slots import Slot
from sweeper.core.model import Attempt, Sighting


@dataclass(slots=True)
class Ending:
    """A graceful end: TERM to the shim at once, TERM to all at half of the grace time, KILL at its end."""

    again_at: float
    kill_at: float
    asked: set[Process] = field(default_factory=set)
    escaped: set[Process] = field(default_factory=set)


@dataclass(slots=True)
class ProcessTree:
    """One attempt's processes. `leader` is its shim, whose number is also that of the session.

    `kills` is the cgroup's count of OOM kills when the attempt was started; `is_child` says whether the shim
    is a child of this process that is not reaped yet; `status` is the shim's exit status, None if it is not
    known or a signal ended the shim; `dispersed` says that the session has died out, so that its number may
    be reused. `handle` is the pidfd that is watched, and `look_at` when to look even if nothing happens.
    """

    attempt: Attempt
    out: str
    uid: str
    leader: Process
    slot: Slot
    since: float
    node: str
    kills: int
    is_child: bool
    status: int | None = None
    dispersed: bool = False
    handle: int | None = None
    look_at: float = math.inf
    ending: Ending | None = None
    ended: Sighting | None = None

    def members(self, seen: SeenProcesses, table: Sequence[Process]) -> set[Process]:
        """Return the live processes of the attempt: those of its session, and those that carry its mark.

        While the attempt is being ended, their descendants count too, and continue to count once seen.
        `table` holds all processes of the machine.
        """
        session = set() if self.dispersed else own_session(self.leader, seen.session)
        self.dispersed = not session
        known = session | seen.marked
        if self.ending is None:
            return known
        family = processes.with_descendants(known | (self.ending.escaped & set(table)), table)
        self.ending.escaped = family - session
        return family

    def begin_ending(self, now: float, grace: float) -> None:
        """Begin to end the tree; a second call changes nothing."""
        if self.ending is None:
            self.ending = Ending(again_at=now + grace / 2, kill_at=now + grace)
            self.look_at = now

    def press(self, members: set[Process], now: float) -> None:
        """Send the signals that are due.

        At first TERM goes to the shim alone, which passes it on: the program gets it once and stops its own
        workers, as in a container. Processes that outlive the shim get TERM too. The shim is killed last,
        since it writes the exit record.
        """
        ending = self.ending
        if ending is None:
            return
        if now >= ending.kill_at:
            number, whom = signal.SIGKILL, members - {self.leader} or members
        elif now >= ending.again_at:
            number, whom = signal.SIGTERM, members
            ending.again_at = math.inf
        else:
            number = signal.SIGTERM
            whom = ({self.leader} if self.leader in members else members) - ending.asked
        for process in whom:
            processes.send(process, number)
        ending.asked |= whom

    def reap(self) -> None:
        """Collect the shim if it was our child and has ended, so that no zombie is left."""
        if not self.is_child:
            return
        pid, status = os.waitpid(self.leader.pid, os.WNOHANG)
        if pid:
            self.is_child = False
            self.status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None


def own_session(leader: Process, session: set[Process]) -> set[Process]:
    """Return `session`, or an empty set if its number now belongs to another leader's session."""
    head = next((process for process in session if process.pid == leader.pid), leader)
    return session if head == leader else set()
