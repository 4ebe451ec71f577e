"""The hosts of controllers, which are never booted again."""

from __future__ import annotations

from sweeper.core.presence import Heartbeat, Machine
from tests.sim.hub import Hub


class Machines:
    """In the place of what store/machine.py knows of processes: the hosts' process tables."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def here(self) -> Machine:
        return Machine(self._hub.process.host if self._hub.process else "judge", "played")

    def me(self) -> Heartbeat:
        process, place = self._hub.process, self.here()
        assert process
        return Heartbeat(process.host, *place, process.pid, 0, self._hub.now)

    def is_alive(self, pid: int, start: int) -> bool:
        return not self._hub.processes[pid - 1].dead
