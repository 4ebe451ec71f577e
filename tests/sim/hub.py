"""One thread, virtual time: whatever the product starts as threads runs here as coroutines, in turn.

The stand-ins for `time`, `threading` and the thread pool are put into the product's own modules, so
that its code runs unchanged; it only never waits for real, and always in the same order.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from sweeper.clusters.clock import which

START = 1.7e9
"""Wall time when the virtual clock stands at zero."""


class Crash(BaseException):
    """The process dies here; not an Exception, so that nothing handles it by accident."""


class Process:
    """What dies as one: its coroutines, its open files and whatever else registers with it.

    `pid` is its number, 0 before it starts. `ahead` is how far its wall clock is from the true time, in
    seconds. `asleep`: its machine is suspended; `slept` is for how many seconds it has been in all, and
    `at_sleep` what that does at once.
    """

    def __init__(self, host: str = "a") -> None:
        self.host, self.pid, self.ahead = host, 0, 0.0
        self.dead = False
        self.frozen = self.asleep = False
        self.slept = 0.0
        self.at_sleep: list[Callable[[], None]] = []
        self.held_up: list[Callable[[], None]] = []
        self.at_death: list[Callable[[], None]] = []
        self.tasks: list[greenlet] = []

    def die(self) -> None:
        """As after a kill -9: nothing of it runs any more, not even what cleans up."""
        if not self.dead:
            self.dead = True
            for do in self.at_death:
                do()

    def thaw(self) -> None:
        """What would have happened to a frozen process happens now."""
        self.frozen = False
        self._go_on()

    def wake(self, slept: float) -> None:
        """Its machine was suspended for so long."""
        self.asleep, self.slept = False, self.slept + slept
        self._go_on()

    def _go_on(self) -> None:
        if not (self.frozen or self.asleep):
            late, self.held_up = self.held_up, []
            for do in late:
                do()


class Hub:
    """The virtual clock, and what is to happen when. `now` is in seconds."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.process: Process | None = None
        self.processes: list[Process] = []
        self._main = getcurrent()
        self._due: list[tuple[float, int, Process | None, Callable[[], None]]] = []
        self._count = 0

    def after(self, seconds: float, do: Callable[[], None], process: Process | None = None) -> None:
        """Do it in so many seconds; what belongs to a process waits while that is frozen."""
        self._count += 1
        heapq.heappush(self._due, (self.now + max(0.0, seconds), self._count, process, do))

    def spawn(self, process: Process, do: Callable[[], Any]) -> None:
        """Start a coroutine of a process."""
        if not process.pid:
            self.processes.append(process)
            process.pid = len(self.processes)

        def run() -> None:
            try:
                do()
            except Crash:
                process.die()

        task = greenlet(run, parent=self._main)
        process.tasks.append(task)
        self.after(0.0, lambda: self._resume(process, task), process)

    def park(self, waiters: list[Callable[[], None]] | None, seconds: float | None) -> None:
        """Let others run until one of `waiters` is called or the time is over."""
        task, process = getcurrent(), self.process
        if process is None or process.dead:
            raise Crash  # it is being swept away
        assert task is not self._main, "only coroutines can wait"
        woken = [False]

        def wake() -> None:
            if not woken[0]:
                woken[0] = True
                self.after(0.0, lambda: self._resume(process, task), process)

        if waiters is not None:
            waiters.append(wake)
        if seconds is not None:
            self.after(seconds, wake, process)
        self._main.switch()
        if waiters is not None and wake in waiters:
            waiters.remove(wake)
        if process.dead:
            raise Crash

    def run(self, until: Callable[[], object], limit: float) -> bool:
        """Let time pass until the condition holds; False where `limit` (virtual time) comes first."""
        while not until():
            if not self._due or self._due[0][0] > limit:
                self.now = max(self.now, limit)
                return False
            when, _, process, do = heapq.heappop(self._due)
            self.now = max(self.now, when)
            if process is None:
                do()
            elif process.frozen or process.asleep:
                process.held_up.append(do)
            elif not process.dead:
                do()
        return True

    @property
    def next_at(self) -> float:
        """When the next thing happens."""
        return self._due[0][0] if self._due else inf

    def suspend(self, process: Process, seconds: float) -> None:
        """Its machine sleeps: nothing of it runs, and its monotonic clock stands still."""
        began, mine = self.now, [one for one in self._due if one[2] is process]
        self._due = [one for one in self._due if one[2] is not process]
        heapq.heapify(self._due)
        process.asleep = True
        for do in process.at_sleep:
            do()

        def wake() -> None:
            for when, _, _, do in mine:
                self.after(when - began, do, process)
            process.wake(seconds)

        self.after(seconds, wake)

    def bury(self, process: Process) -> None:
        """Unwind what is left of a dead process: whatever that would do has no effect any more."""
        self.process = process
        for task in process.tasks:
            task.throw(GreenletExit)
        self.process = None
        self._due.clear()

    def _resume(self, process: Process, task: greenlet) -> None:
        if process.dead or task.dead:
            return
        self.process = process
        task.switch()
        self.process = None


class Event:
    """threading.Event."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._set = False
        self._waiters: list[Callable[[], None]] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        waiters, self._waiters[:] = list(self._waiters), []
        for wake in waiters:
            wake()

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        if not self._set:
            self.hub.park(self._waiters, None if timeout is None else max(0.0, timeout))
        return self._set


def stand_ins(hub: Hub) -> dict[str, Any]:
    """Virtual `time`, `threading` and `ThreadPoolExecutor`, for the modules of the product."""
    events = partial(Event, hub)

    class Thread:
        """threading.Thread."""

        def __init__(
            self, target: Callable[[], None] | None = None, name: str = "", daemon: bool | None = None
        ) -> None:
            self._target = target
            self._done = events()

        def run(self) -> None:
            if self._target:
                self._target()

        def start(self) -> None:
            assert hub.process
            hub.spawn(hub.process, self._whole)

        def join(self, timeout: float | None = None) -> None:
            self._done.wait(timeout)

        def _whole(self) -> None:
            self.run()
            self._done.set()

    class Timer(Thread):
        """threading.Timer."""

        def __init__(self, seconds: float, do: Callable[[], None]) -> None:
            super().__init__()
            self._seconds, self._do = seconds, do

        def start(self) -> None:
            hub.after(self._seconds, lambda: self._do(), hub.process)

        def cancel(self) -> None:
            self._do = lambda: None

    class Pool:
        """ThreadPoolExecutor: `size` coroutines that take one piece of work after another."""

        def __init__(self, size: int, name: str = "") -> None:
            self._size = self._idle = size
            self._work = deque[Callable[[], object]]()
            self._done = events()

        def submit(self, do: Callable[..., object], *words: Any) -> None:
            self._work.append(lambda: do(*words))
            if self._idle:
                self._idle -= 1
                assert hub.process
                hub.spawn(hub.process, self._run)

        def _run(self) -> None:
            while self._work:
                self._work.popleft()()
            self._idle += 1
            self._done.set()

        def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
            if cancel_futures:
                self._work.clear()
            while wait and (self._work or self._idle < self._size):
                self._done.clear()
                self._done.wait()

    class VirtualThreading:
        """threading."""

        Lock = threading.Lock

    class VirtualTime:
        """time."""

        CLOCK_BOOTTIME = which(time)
        strftime, localtime = staticmethod(time.strftime), staticmethod(time.localtime)

        @staticmethod
        def monotonic() -> float:
            return hub.now - (hub.process.slept if hub.process else 0.0)

        @staticmethod
        def clock_gettime(clock: int) -> float:
            return hub.now

        @staticmethod
        def time() -> float:
            return START + hub.now + (hub.process.ahead if hub.process else 0.0)

        @staticmethod
        def time_ns() -> int:
            return int(VirtualTime.time() * 1e9)

        @staticmethod
        def sleep(seconds: float) -> None:
            hub.park(None, seconds)

    VirtualThreading.Event = events  # type: ignore[attr-defined]
    VirtualThreading.Thread = Thread  # type: ignore[attr-defined]
    VirtualThreading.Timer = Timer  # type: ignore[attr-defined]
    return {"time": VirtualTime, "threading": VirtualThreading, "ThreadPoolExecutor": Pool}
