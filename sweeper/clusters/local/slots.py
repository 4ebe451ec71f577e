"""How many trials this machine runs at once, and which GPUs each of them sees."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sweeper.clusters.local.gpus import VISIBLE, GpuListing, entries, visible_gpus
from sweeper.clusters.local.settings import LocalSettings
from sweeper.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Slot:
    """What one trial occupies; `gpus` is None if they could not be read from its process."""

    index: int
    gpus: tuple[str, ...] | None = ()


NOWHERE = Slot(index=-1, gpus=None)
"""The slot of an attempt that was not found alive."""


@dataclass(frozen=True, slots=True)
class MachineSlots:
    """What this machine offers.

    Attributes:
        slots: how many trials at once.
        limits: the visible GPUs, as CUDA_VISIBLE_DEVICES spells them, and how many trials each takes.
            Without any, trials run on the CPU.
        each: how many GPUs a trial gets.
        hidden: whether trials must not see a GPU (cluster.gpus=0).
        listing: the physical device behind each spelling.
    """

    slots: int
    limits: Mapping[str, int] = field(default_factory=dict)
    each: int = 1
    hidden: bool = False
    listing: GpuListing = field(default_factory=GpuListing)

    def held(self, visible: str | None) -> tuple[str, ...]:
        """Return the GPUs in a trial's CUDA_VISIBLE_DEVICES; those of this machine in our spelling."""
        ours = {self.listing.identity(gpu): gpu for gpu in self.limits}
        return tuple(ours.get(self.listing.identity(gpu), gpu) for gpu in entries(visible or ""))

    def occupied(self, held: Sequence[Slot]) -> int:
        """Return how many of our slots these trials occupy; a trial on other GPUs occupies none."""
        if not self.limits:
            return len(held)
        return sum(slot.gpus is None or not self.limits.keys().isdisjoint(slot.gpus) for slot in held)

    def candidates(self, held: Sequence[Slot]) -> list[str]:
        """Return the GPUs that can take one more trial, the least occupied first; twice if they take two."""
        load = Counter(gpu for slot in held for gpu in slot.gpus or ())
        levels = range(max(self.limits.values(), default=0))
        return [gpu for at in levels for gpu, limit in self.limits.items() if load[gpu] <= at < limit]

    def free(self, held: Sequence[Slot], usable: Sequence[str] | None = None) -> list[tuple[str, ...]]:
        """Return the GPUs of each further trial that could start beside those in `held`, in order.

        `usable` are the candidates that no other sweep uses; None: all of them.
        """
        most = max(0, self.slots - self.occupied(held))
        if not self.limits:
            return [()] * most
        gpus = self.candidates(held) if usable is None else usable
        groups = [tuple(gpus[at : at + self.each]) for at in range(0, len(gpus), self.each)]
        return [group for group in groups if len(group) == self.each][:most]

    def describe(self) -> str:
        """Describe the slots for users."""
        many = f"{self.slots} trial{'' if self.slots == 1 else 's'} at a time"
        if self.limits:
            gpus, each = list(self.limits), f", {self.each} each" if self.each > 1 else ""
            return f"{many} on GPU{'' if len(gpus) == 1 else 's'} {', '.join(gpus)}{each}"
        seen = "GPUs are hidden by cluster.gpus=0" if self.hidden else "no GPU is seen"
        return f"{many} on {cpu_cores()} cores; {seen}"

    def share(self, slot: Slot) -> float | None:
        """Return how many GPUs a trial in this slot has (0.5 if two share one); None if it is not known."""
        if slot.gpus is None:
            return None
        return sum(1 / self.limits.get(gpu, 1) for gpu in slot.gpus)


def find_machine(settings: LocalSettings, environ: Mapping[str, str] | None = None) -> MachineSlots:
    """Return one slot per visible GPU (times `trials_per_gpu`), or per `gpus` of them; else one per CPU core.

    `max_parallel` overrides that number; if a trial gets several GPUs it is only an upper limit.

    Raises:
        UsageError: with these settings nothing could ever run here.
        BackendError: the GPUs cannot be listed.
    """
    for name in ("max_parallel", "trials_per_gpu"):
        number = getattr(settings, name)
        if number is not None and number < 1:
            raise UsageError(f"cluster.{name}={number}: nothing could ever run; give at least 1")
    if settings.gpus == 0:
        return MachineSlots(settings.max_parallel or cpu_cores(), hidden=True)
    gpus, listing = visible_gpus(os.environ if environ is None else environ)
    if len(gpus) < (settings.gpus or 0):
        raise UsageError(
            f"cluster.gpus={settings.gpus}: a trial needs more GPUs than are visible here, {len(gpus)} (by"
            f" {VISIBLE}, or nvidia-smi if that is not set); give less, or 0 for trials on the CPU"
        )
    return _machine(settings, gpus, listing)


def resized(machine: MachineSlots, settings: LocalSettings) -> MachineSlots:
    """The same machine and its GPUs, with another `max_parallel`."""
    if machine.hidden:
        return replace(machine, slots=settings.max_parallel or cpu_cores())
    return _machine(settings, list(machine.limits), machine.listing)


def _machine(settings: LocalSettings, gpus: Sequence[str], listing: GpuListing) -> MachineSlots:
    if not gpus:
        return MachineSlots(settings.max_parallel or cpu_cores())
    each = settings.gpus or 1
    if each > 1:
        most = len(gpus) // each
        slots = min(settings.max_parallel or most, most)
        return MachineSlots(slots, dict.fromkeys(gpus, 1), each, listing=listing)
    slots = settings.max_parallel or len(gpus) * settings.trials_per_gpu
    limits = {gpu: max(1, -(-(slots - at) // len(gpus))) for at, gpu in enumerate(gpus)}
    return MachineSlots(slots, limits, listing=listing)


def cpu_cores(groups: str = "/sys/fs/cgroup") -> int:
    """Return how many cores this process may use: its affinity, limited by a container's CPU quota."""
    cores = len(os.sched_getaffinity(0))
    quota, period = _cpu_quota(groups)
    return max(1, min(cores, quota // period)) if quota > 0 and period > 0 else cores


def _cpu_quota(groups: str) -> tuple[int, int]:
    """Return the CPU time per period and the period, in µs, of cgroups version 2 or 1; 0, 0: no limit."""
    for names in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):
        try:
            pieces = " ".join(Path(groups, name).read_text(encoding="utf-8") for name in names).split()
            return int(pieces[0]), int(pieces[1])
        except (OSError, ValueError):  # not there, or the word "max"
            continue
    return 0, 0
