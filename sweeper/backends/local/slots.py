"""How many trials this machine takes at once, and which GPU each of them sees."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sweeper.core.cluster import LocalSettings
from sweeper.core.errors import BackendError, UsageError

_GPU = re.compile(r"\d+|(GPU|MIG)-\S+")
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one trial; `gpu` is what its CUDA_VISIBLE_DEVICES says, None: leave it alone."""

    index: int
    gpu: str | None = None


def find_slots(settings: LocalSettings, environ: Mapping[str, str] | None = None) -> list[Slot]:
    """One slot per visible GPU (times `trials_per_gpu`), else one per CPU core; `max_parallel` overrides."""
    for name in ("max_parallel", "trials_per_gpu"):
        number = getattr(settings, name)
        if number is not None and number < 1:
            raise UsageError(f"cluster.{name}={number}: nothing could ever run; give at least 1")
    gpus = visible_gpus(os.environ if environ is None else environ)
    places: list[str | None] = [*gpus] * settings.trials_per_gpu  # one trial on every GPU before two on any
    if not places:
        places = [None] * cpu_cores()
    if settings.max_parallel is not None:
        places = (
            [places[index % len(places)] for index in range(settings.max_parallel)]
            if gpus
            else [None] * settings.max_parallel
        )
    return [Slot(index, gpu) for index, gpu in enumerate(places)]


def shares(slots: Sequence[Slot]) -> dict[int, float]:
    """How much of a GPU each slot has, by its index: 0.0 where it has none, half of one that two share."""
    sharing = Counter(slot.gpu for slot in slots)
    return {slot.index: 0.0 if slot.gpu is None else 1 / sharing[slot.gpu] for slot in slots}


def visible_gpus(environ: Mapping[str, str]) -> list[str]:
    """What CUDA would see: CUDA_VISIBLE_DEVICES where it is set, else every GPU that nvidia-smi lists."""
    chosen = environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        # CUDA itself ignores everything from the first invalid entry on.
        entries = [entry.strip() for entry in chosen.split(",")]
        return list(itertools.takewhile(_GPU.fullmatch, entries))
    tool = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if tool is None:
        return []
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise BackendError(
            f"{tool} has not answered for {_PATIENCE:.0f} s: see to the GPU driver, or name the GPUs to use"
            " in CUDA_VISIBLE_DEVICES"
        ) from None
    return re.findall(r"^GPU (\d+):", listed.stdout, re.MULTILINE) if listed.returncode == 0 else []


def cpu_cores(groups: str = "/sys/fs/cgroup") -> int:
    """Cores that this process may use: its affinity, and a container's CPU quota where one is set."""
    cores = len(os.sched_getaffinity(0))
    quota, period = _cpu_quota(groups)
    return max(1, min(cores, quota // period)) if quota > 0 and period > 0 else cores


def _cpu_quota(groups: str) -> tuple[int, int]:
    """Microseconds of CPU per period, by the cgroups of version 2 or 1; 0: no limit."""
    for names in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):
        try:
            words = " ".join(Path(groups, name).read_text() for name in names).split()
            return int(words[0]), int(words[1])
        except (OSError, ValueError):  # not there, or the word "max"
            continue
    return 0, 0
