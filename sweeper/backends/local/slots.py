"""How many trials this machine takes at once, and which GPU each of them sees."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from sweeper.core.settings import LocalSettings


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one trial; `gpu` is what its CUDA_VISIBLE_DEVICES says, None: leave it alone."""

    index: int
    gpu: str | None = None


def find_slots(settings: LocalSettings, environ: Mapping[str, str] | None = None) -> list[Slot]:
    """One slot per visible GPU (times `trials_per_gpu`), else one per CPU core; `max_parallel` overrides."""
    gpus = visible_gpus(os.environ if environ is None else environ)
    places: list[str | None] = [gpu for gpu in gpus for _ in range(settings.trials_per_gpu)]
    if not places:
        places = [None] * cpu_cores()
    if settings.max_parallel is not None:
        places = (
            [places[index % len(places)] for index in range(settings.max_parallel)]
            if gpus
            else [None] * settings.max_parallel
        )
    return [Slot(index, gpu) for index, gpu in enumerate(places)]


def visible_gpus(environ: Mapping[str, str]) -> list[str]:
    """What CUDA would see: CUDA_VISIBLE_DEVICES where it is set, else every GPU that nvidia-smi lists."""
    chosen = environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        # CUDA itself ignores everything from the first invalid entry on.
        entries = [entry.strip() for entry in chosen.split(",")]
        stop = next((i for i, entry in enumerate(entries) if entry in ("", "-1")), len(entries))
        return entries[:stop]
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=60, check=False)
    lines = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return (
        [line.split(":", 1)[0].removeprefix("GPU ").strip() for line in lines]
        if not listed.returncode
        else []
    )


def cpu_cores() -> int:
    """Cores that this process may use: its affinity, and a container's CPU quota where one is set."""
    cores = len(os.sched_getaffinity(0))
    try:
        with open("/sys/fs/cgroup/cpu.max") as file:
            quota, period = file.read().split()
    except (OSError, ValueError):
        return cores
    return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))
