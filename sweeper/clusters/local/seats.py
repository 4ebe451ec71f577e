"""Assigns slots and GPUs to attempts; locks keep other sweeps of this machine from the same GPUs."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sweeper.clusters.local.gpu_locks import GpuLocks, release
from sweeper.clusters.local.gpus import VISIBLE
from sweeper.clusters.local.settings import LocalSettings
from sweeper.clusters.local.slots import MachineSlots, Slot, resized
from sweeper.core.digits import whole_number
from sweeper.core.model import Attempt

SLOT = "CVSWEEP_SLOT"
"""The variable that tells a trial the number of its slot."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many more trials could start now, how many could run at once, and messages about it."""

    free: int
    slots: int
    messages: tuple[str, ...] = ()


class Seats:
    """The slots of this machine, as one sweep's attempts occupy them.

    `locks` is None if the GPUs need none; `per_gpu` is how many trials the user lets share a GPU.
    """

    def __init__(self, machine: MachineSlots, locks: GpuLocks | None, per_gpu: int) -> None:
        self._machine = machine
        self._locks = locks
        self._per_gpu = per_gpu
        self._slots: dict[Attempt, Slot] = {}
        self._descriptors: dict[Attempt, list[int]] = {}
        self.waits = False
        """Whether another sweep used a GPU at the last look: its release causes no event here."""

    def resize(self, settings: LocalSettings) -> None:
        """Offer as many slots as these settings say; attempts that have one keep it."""
        self._machine = resized(self._machine, settings)

    def take(self, attempt: Attempt) -> Slot | None:
        """Give the attempt a slot, and lock its GPUs; return None if no slot is free."""
        held = list(self._slots.values())
        usable = self._machine.candidates(held)
        while groups := self._machine.free(held, usable):
            descriptors: list[int] = []
            for gpu in groups[0]:
                locked = self._lock(gpu)
                if locked is None:
                    usable = [other for other in usable if other != gpu]
                    release(descriptors)
                    break
                descriptors += locked
            else:
                self._descriptors[attempt] = descriptors
                slot = self._slots[attempt] = Slot(self._next_index(), groups[0])
                return slot
        return None

    def adopt(self, attempt: Attempt, environ: Mapping[str, str]) -> Slot:
        """Let the attempt keep the slot and GPUs of an earlier controller; its processes hold the locks.

        `environ` is the initial environment of one of them, empty if none could be read.
        """
        index = whole_number(environ.get(SLOT, ""))
        if index is None or index in self._indexes():
            index = self._next_index()
        gpus = self._machine.held(environ.get(VISIBLE)) if environ else None
        slot = self._slots[attempt] = Slot(index, gpus)
        return slot

    def leave(self, attempt: Attempt) -> None:
        """Free the slot of an attempt that has ended or goes on without this controller."""
        self._slots.pop(attempt, None)
        release(self._descriptors.pop(attempt, ()))

    def close(self) -> None:
        """Free all slots; running processes keep their locks."""
        for attempt in list(self._slots):
            self.leave(attempt)

    def descriptors(self, attempt: Attempt) -> list[int]:
        """Return the descriptors that the attempt's processes must inherit."""
        return self._descriptors.get(attempt, [])

    def variables(self, slot: Slot) -> dict[str, str]:
        """Return the environment variables that tell a trial its slot and GPUs."""
        found = {SLOT: str(slot.index)}
        if slot.gpus or self._machine.hidden:
            found[VISIBLE] = ",".join(slot.gpus or ())
        return found

    def share(self, slot: Slot) -> float | None:
        """Return how many GPUs an attempt in this slot has."""
        return self._machine.share(slot)

    def look(self) -> Capacity:
        """Return the current capacity, less the GPUs that other sweeps use."""
        held = list(self._slots.values())
        most = len(self._machine.free(held))
        candidates = self._machine.candidates(held) if most else []
        usable, troubles = self._usable(candidates)
        free = len(self._machine.free(held, usable))
        self.waits = free < most
        used = Counter(candidates) - Counter(usable) if self.waits else ()
        return Capacity(free, self._machine.slots - most + free, (*_used_by_others(list(used)), *troubles))

    def _usable(self, candidates: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the candidates that can all be locked together now, and messages about failed locks."""
        usable, troubles, descriptors = [], [], []
        for gpu in candidates:
            locked = self._lock(gpu)
            if locked is not None:
                usable.append(gpu)
                descriptors += locked
            if self._locks and self._locks.trouble:
                troubles.append(self._locks.trouble)
        release(descriptors)
        return usable, list(dict.fromkeys(troubles))

    def _next_index(self) -> int:
        used = self._indexes()
        return next(index for index in itertools.count() if index not in used)

    def _indexes(self) -> set[int]:
        return {slot.index for slot in self._slots.values()}

    def _lock(self, gpu: str) -> list[int] | None:
        """Lock the GPU for one more trial of this sweep; None if other sweeps use it."""
        if self._locks is None:
            return []
        sharing = max(self._per_gpu, self._machine.limits[gpu])
        return self._locks.take(self._machine.listing.identity(gpu), sharing)


def _used_by_others(gpus: Sequence[str]) -> Iterator[str]:
    if len(gpus) == 1:
        yield f"GPU {gpus[0]} is used by another sweep"
    elif gpus:
        yield f"GPUs {', '.join(gpus)} are used by other sweeps"
