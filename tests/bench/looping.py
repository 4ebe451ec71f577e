"""The engine alone: what the controller spends on a trial, and whether the size of the sweep matters."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.base import Bench, Row, ratios, take_turns
from tests.bench.project import SLOTS

NAME = "engine"
MEMORY = "/dev/shm"
"""A file system without a disk. A disk's own cost of a new file varies tenfold with its state."""


def run(bench: Bench) -> list[Row]:
    """The real journal and folders, in memory and on the disk; no processes."""
    if not os.access(MEMORY, os.W_OK):
        return [Row(NAME, "the loop", [], "s CPU", note=f"skipped: {MEMORY} is not there")]
    with tempfile.TemporaryDirectory(prefix="cvsweep-bench-", dir=MEMORY) as memory:
        return _run(bench, Bench(Path(memory), quick=bench.quick))


def _run(on_disk: Bench, in_memory: Bench) -> list[Row]:
    few, many = in_memory.choose((1_000, 10_000), (50, 100))
    wide = 64

    def play(bench: Bench, number: int, slots: int) -> Callable[[], float]:
        return lambda: bench.ask("play_engine", bench.new_folder(), number, slots)

    variants = {
        "few": play(in_memory, few, SLOTS),
        "many": play(in_memory, many, SLOTS),
        "wide": play(in_memory, many, wide),
        "disk": play(on_disk, many, SLOTS),
    }
    found = take_turns(variants, in_memory.choose(5, 1))
    each = {"few": [s / few for s in found["few"]], "many": [s / many for s in found["many"]]}
    return [
        Row(NAME, f"{many:,} trials that end at once", found["many"], "s CPU", most=5.0, note="in memory"),
        Row(NAME, f"{many:,} trials, {wide} slots", found["wide"], "s CPU", note="in memory"),
        Row(NAME, f"{many:,} trials, on the disk", found["disk"], "s CPU", note="and its file system"),
        Row(NAME, f"per trial of {few:,}", [1e3 * one for one in each["few"]], "ms CPU"),
        Row(NAME, f"per trial of {many:,}", [1e3 * one for one in each["many"]], "ms CPU"),
        Row(NAME, f"{many:,} / {few:,}, per trial", ratios(each["many"], each["few"]), "×", note="O(n): 1 ×"),
    ]
