"""Trials as processes of this machine, watched without polling through pidfds."""

from __future__ import annotations

import errno
import math
import os
import selectors
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache

from sweeper.clusters.base import Asked, LaunchResult, NoCapacity, Order, Started, View
from sweeper.clusters.local import oom, ports, processes, takeover, unrecorded
from sweeper.clusters.local.census import Census
from sweeper.clusters.local.gpu_locks import GpuLocks
from sweeper.clusters.local.gpus import VISIBLE
from sweeper.clusters.local.processes import Process, ProcessIdentity
from sweeper.clusters.local.seats import SLOT, Seats
from sweeper.clusters.local.settings import LocalSettings
from sweeper.clusters.local.slots import NOWHERE, MachineSlots, Slot, find_machine
from sweeper.clusters.local.spawn import spawn
from sweeper.clusters.local.tree import ProcessTree
from sweeper.clusters.trial_environment import trial_environment
from sweeper.core.errors import BackendError, UsageError
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from sweeper.core.sections import stored
from sweeper.core.settings import Settings

_NOT_NOW = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_PRESS_EVERY = 0.25
_ASK_OTHERS_EVERY = 1.0
"""Seconds between two looks whether another sweep has released a GPU."""
_LONGEST_WAIT = 3600.0


class LocalBackend:
    """The default backend. `has_record` says whether a folder holds the exit record of an identity.

    `gone` are machines that a user has declared lost, with all that ran on them; `environment` returns what
    trials inherit, if it does not follow from the environment of this process.
    """

    result_grace = 0.0

    def __init__(
        self,
        settings: LocalSettings,
        has_record: Callable[[str, str], bool],
        machine: MachineSlots | None = None,
        oom_events: str | None = None,
        *,
        gone: Collection[str] = (),
        environment: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
            raise BackendError(
                "this program ignores SIGCHLD, so ended trials vanish before they are seen: it must call"
                " signal.signal(signal.SIGCHLD, signal.SIG_DFL) before it runs a sweep"
            )
        self._settings = settings
        self._has_record = has_record
        self._gone = frozenset(gone)
        self._trouble = ""
        try:
            machine = machine or find_machine(settings)
        except UsageError as error:  # what runs already can still be watched and ended
            self._trouble, machine = str(error), MachineSlots(slots=0)
        # Inside a trial, this process has inherited the locks of the trial's GPUs.
        locks = None if SLOT in os.environ else GpuLocks(settings.gpu_locks)
        self._seats = Seats(machine, locks, settings.trials_per_gpu)
        self._oom_events = oom_events or oom.events_file()
        self._trees: dict[Attempt, ProcessTree] = {}
        self._census = Census()
        self._selector = selectors.DefaultSelector()
        self._environment = cache(environment or (lambda: trial_environment(os.environ)))

    def claim(self, *, by_force: bool = False) -> None:
        """Do nothing: the sweep's folder records the controller."""

    def open(self, asked: Asked = dict) -> None:
        """Do nothing: this machine is always ready."""

    def launch(self, order: Order) -> LaunchResult:
        slot = self._seats.take(order.attempt)
        if slot is None:
            return NoCapacity()
        mark = oom.kills(self._oom_events)
        try:
            pid = self._start(order, slot, mark)
        except OSError as error:
            self._seats.leave(order.attempt)
            if error.errno in _NOT_NOW:
                return NoCapacity()
            raise BackendError(f"no shell can be started here: sh: {error.strerror}") from error
        uid = processes.identity(pid)
        tree = _tree(order, uid, processes.parse_identity(uid), slot, time.monotonic(), mark, is_child=True)
        self._trees[order.attempt] = tree
        self._watch(tree, tree.leader)
        return Started(uid)

    def _start(self, order: Order, slot: Slot, kills: int) -> int:
        """Start the attempt's shim; return its process number. `kills` is the kernel's count of OOM kills.

        OSError if there is no shell, or no process can be started now.
        """
        # The folder identifies an attempt that has lost its shim.
        environment = dict(self._environment()) | self._seats.variables(slot) | {"CVSWEEP_OUT": order.out}
        # A machine may be renamed while a sweep runs; the claims of this controller's attempts stay alike.
        environment["CVSWEEP_HOST"] = processes.here().place
        environment |= {"CVSWEEP_OOM_EVENTS": self._oom_events or "", "CVSWEEP_OOM_KILLS": str(kills)}
        if slot.gpus and VISIBLE not in self._environment():
            environment.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # nvidia-smi's, whose numbers these are
        if self._settings.umask:
            environment["CVSWEEP_UMASK"] = self._settings.umask
        arguments = ["sh", order.shim, order.trial_dir, str(order.attempt.number)]
        keep = self._seats.descriptors(order.attempt)
        reserved = None if ports.VARIABLE in environment else ports.reserve()
        if reserved is None:
            return spawn(arguments, environment, keep)
        port, mark = reserved
        with mark:
            return spawn(arguments, ports.variables(port) | environment, [*keep, mark.fileno()])

    def find(self, order: Order) -> str | None:
        return takeover.search(order)

    def adopt(self, order: Order, owner: str) -> bool:
        claim = takeover.read_claim(order.attempt, owner)
        seen = takeover.can_see(claim)
        alive = takeover.members(self._census, owner, claim, order.out) if seen else []
        here = processes.here()
        restarted = claim.host == here.host and claim.boot_id != here.boot_id
        lost = not alive and not restarted and (claim.host != here.host or not seen)
        if lost and not self._has_record(order.out, owner):
            takeover.refuse_elsewhere(order.attempt, claim, self._gone)
        since = time.monotonic() - max(map(processes.age, alive), default=0.0)
        mark = oom.kills(self._oom_events)
        slot = self._adopt_slot(order.attempt, alive) if alive else NOWHERE
        tree = _tree(order, owner, claim, slot, since, mark, is_child=processes.is_child(claim.leader))
        tree.reap()  # an earlier controller of this process has left it
        if lost or restarted:
            arguments = f"{tree.node} was restarted or is gone"
            tree.ended = self._sighting(tree, Phase.ENDED, Cause.NODE_LOST, arguments)
        elif not alive:
            tree.ended = self._sighting(tree, Phase.ENDED)
        tree.look_at = since
        self._trees[order.attempt] = tree
        return True

    def observe(self) -> View:
        now = time.monotonic()
        due = [tree for tree in self._trees.values() if not tree.ended and tree.look_at <= now]
        if due:
            self._look_at(due, now)
        sightings = {a: t.ended or self._sighting(t, Phase.RUNNING) for a, t in self._trees.items()}
        capacity = self._seats.look()
        return View(sightings, capacity.free, capacity.slots, capacity.messages, self._trouble)

    def stop(self, attempt: Attempt) -> None:
        self._trees[attempt].begin_ending(time.monotonic(), self._settings.grace)

    def remove(self, attempt: Attempt) -> None:
        self._seats.leave(attempt)
        self._unwatch(self._trees.pop(attempt))

    def adjust(self, settings: Settings) -> None:
        """Apply these settings, such as the number of trials at once."""
        self._settings = stored(LocalSettings, settings.cluster.data)
        if not self._trouble:  # else nothing can run here, however many were to
            self._seats.resize(self._settings)

    def wait(self, seconds: float) -> None:
        next_look = min(
            (tree.look_at for tree in self._trees.values() if not tree.ended), default=_LONGEST_WAIT
        )
        longest = _ASK_OTHERS_EVERY if self._seats.waits else _LONGEST_WAIT
        timeout = min(seconds, next_look - time.monotonic(), longest)
        for key, _ in self._selector.select(max(0.0, timeout)):
            self._unwatch(key.data)

    def close(self) -> None:
        for tree in self._trees.values():
            self._unwatch(tree)
        self._seats.close()
        self._selector.close()

    def _look_at(self, due: Collection[ProcessTree], now: float) -> None:
        for tree in due:
            tree.reap()
        others = {tree.leader.pid for tree in self._trees.values() if not (tree.ended or tree.dispersed)}
        found = self._census.look({tree.uid: tree.leader.pid for tree in due}, others)
        table = processes.everyone() if any(tree.ending for tree in due) else []
        for tree in due:
            members = tree.members(found[tree.uid], table)
            if tree.leader not in members and not tree.ending and members and self._is_over(tree):
                # What the program left running is ended, as in a container: first TERM, then KILL.
                tree.begin_ending(now, self._settings.grace)
                members = tree.members(found[tree.uid], processes.everyone())
            if members:
                self._look_after(tree, members, now)
            else:
                self._end(tree)

    def _is_over(self, tree: ProcessTree) -> bool:
        return tree.status is not None or self._has_record(tree.out, tree.uid)

    def _look_after(self, tree: ProcessTree, members: set[Process], now: float) -> None:
        tree.press(members, now)
        # Looking again when one of them ends is enough: it is over only when all of them have.
        self._watch(tree, tree.leader if tree.leader in members else next(iter(members)))
        if tree.ending:
            tree.look_at = min(tree.look_at, now + _PRESS_EVERY)

    def _end(self, tree: ProcessTree) -> None:
        tree.reap()  # the shim may have ended since it was last reaped, and there is no later look
        cause, message = self._why(tree)
        tree.ended = self._sighting(tree, Phase.ENDED, cause, message)
        self._seats.leave(tree.attempt)
        self._unwatch(tree)

    def _why(self, tree: ProcessTree) -> tuple[Cause | None, str]:
        """Return the cause and message that only this backend can know, from kernel and shim status.

        The status of a shim that was killed, or is not our child, proves nothing.
        """
        if oom.kills(self._oom_events) > tree.kills:
            return Cause.OOM, "the kernel killed it for want of memory"
        message = "" if tree.status is None else unrecorded.reason(tree.out, tree.uid, tree.status)
        return (Cause.NO_RECORD if message else None), message

    def _watch(self, tree: ProcessTree, process: Process) -> None:
        """Watch for the end of `process`, unless a process of the tree is already being watched."""
        tree.look_at = math.inf
        if tree.handle is None:
            try:
                tree.handle = processes.open_handle(process)
            except OSError as error:
                if error.errno not in _NOT_NOW:
                    raise
                # No descriptor is left to watch it with: look now and then instead.
                tree.look_at = time.monotonic() + _PRESS_EVERY
                return
            if tree.handle is None:
                tree.look_at = 0.0
            else:
                self._selector.register(tree.handle, selectors.EVENT_READ, tree)

    def _unwatch(self, tree: ProcessTree) -> None:
        if tree.handle is not None:
            self._selector.unregister(tree.handle)
            os.close(tree.handle)
            tree.handle = None
        tree.look_at = 0.0

    def _sighting(
        self, tree: ProcessTree, phase: Phase, cause: Cause | None = None, message: str = ""
    ) -> Sighting:
        return Sighting(
            tree.attempt,
            phase,
            tree.uid,
            tree.since,
            tree.node,
            cause,
            message,
            exited=tree.status not in (None, unrecorded.NOT_OURS),
            gpus=self._seats.share(tree.slot),
            gpu=",".join(tree.slot.gpus or ()),
        )

    def _adopt_slot(self, attempt: Attempt, session: Sequence[Process]) -> Slot:
        """Return the slot of an adopted attempt, from the environment of its first process that names one."""
        environments = (processes.environment(process.pid) for process in session)
        return self._seats.adopt(attempt, next((one for one in environments if SLOT in one), {}))


def _tree(
    order: Order, uid: str, claim: ProcessIdentity, slot: Slot, since: float, kills: int, *, is_child: bool
) -> ProcessTree:
    return ProcessTree(order.attempt, order.out, uid, claim.leader, slot, since, claim.host, kills, is_child)
