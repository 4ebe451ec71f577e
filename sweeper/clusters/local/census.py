"""The live processes of each attempt: those of its session, and those with its mark in other sessions."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sweeper.clusters.local import processes
from sweeper.clusters.local.processes import Process

MARK = "CVSWEEP_CLAIM"
"""The variable that marks the processes of an attempt: its identity, exported by the shim."""

_SCANS = 5
_TRUSTED = 10.0
"""For so many seconds a process number stands for the same process, as long as its session is the same.

The kernel gives a number away again only after all others, and a process of an attempt that left the
attempt's session leads a new one, or belongs to it.
"""


@dataclass(frozen=True, slots=True)
class SeenProcesses:
    """The live processes of the session that an attempt's shim led, and all others with the attempt's mark.

    The session's number may have been reused by now; the mark is unique.
    """

    session: set[Process] = field(default_factory=set)
    marked: set[Process] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Known:
    """A process number that was met before; `process` is set if it has a mark."""

    session: int
    mark: str
    process: Process | None


class Census:
    """Finds the processes of attempts among all; those seen before take about a microsecond each."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._forget_at = 0.0

    def look(self, wanted: Mapping[str, int], others: Collection[int] = ()) -> dict[str, SeenProcesses]:
        """Return the live processes of attempts by their marks.

        A process may fork and end after the listing was made and before it is read; then its child is in
        neither. So if a process has ended during a scan, the scan is repeated.

        Args:
            wanted: the session of each attempt, by its mark.
            others: sessions to skip.
        """
        now = time.monotonic()
        if now >= self._forget_at:
            self._known, self._forget_at = {}, now + _TRUSTED
        sessions = {leader: mark for mark, leader in wanted.items()}
        skipped = {0, *others} - sessions.keys()  # 0: the kernel's, or outside of this PID namespace
        for _ in range(_SCANS):
            found = {mark: SeenProcesses() for mark in wanted}
            if self._scan(sessions, skipped, found):
                break
        return found

    def _scan(
        self, sessions: Mapping[int, str], skipped: Collection[int], found: Mapping[str, SeenProcesses]
    ) -> bool:
        """Add the processes to `found`; return False if one ended during the scan."""
        calm, known = True, {}
        for pid in processes.numbers():
            try:
                session = os.getsid(pid)
            except OSError:
                calm = False
                continue
            if session in skipped:
                continue
            if session in sessions:
                process = processes.read(pid)
                calm = calm and process is not None
                if process:
                    found[sessions[session]].session.add(process)
                continue
            one = self._known.get(pid)
            if one is None or one.session != session:
                one = _meet(pid, session)
                if one is None:
                    continue
            known[pid] = one
            if one.process and one.mark in found and processes.read(pid) == one.process:
                found[one.mark].marked.add(one.process)
        self._known = known
        return calm


def _meet(pid: int, session: int) -> _Known | None:
    """Read a process that is seen for the first time; None if it is a zombie or just being started."""
    mark = processes.variable(pid, MARK)
    process = processes.read(pid) if mark else None
    return None if mark is None or (mark and process is None) else _Known(session, mark, process)
