"""A controller of very many trials, and one of many pods: its memory, and what a turn or a pod costs it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tests.bench.base import Bench, Row, take_turns
from tests.bench.looping import MEMORY

NAME = "scale"
_ALONE = 400
"""Turns after which a large sweep is left again if only its turns are of interest."""


def run(bench: Bench) -> list[Row]:
    """Folders in memory: a disk's own cost of a new file is no controller's."""
    if not os.access(MEMORY, os.W_OK):
        return [Row(NAME, "the controller", [], "MiB", note=f"skipped: {MEMORY} is not there")]
    with tempfile.TemporaryDirectory(prefix="cvsweep-bench-", dir=MEMORY) as memory:
        inside = Bench(Path(memory), quick=bench.quick)
        return [*_trials(inside), *_pods(inside)]


def _trials(bench: Bench) -> list[Row]:
    sizes, slots = bench.choose(((2_000, 20_000, 100_000), 1_000), ((100, 200, 400), 50))
    turns = {size: partial(_ask, bench, "play_scale", size, slots // 2, _ALONE) for size in sizes}
    found = take_turns(turns, bench.choose(3, 1))
    whole = _ask(bench, "play_scale", sizes[-1], slots)
    what = f"{sizes[-1]:,} trials, {slots:,} slots"
    note = f"{whole['idle']:.0f} before it begins, {whole['taken']:.0f} once the journal is read"
    return [
        *(
            Row(NAME, f"a turn, {slots // 2:,} of {size:,} trials live", _all(found[size], "turn"), "ms CPU")
            for size in sizes
        ),
        Row(NAME, f"{what}: its memory at most", [whole["peak"]], "MiB", most=150.0, note=note),
        Row(NAME, f"{what}: CPU a trial", [1e3 * whole["cpu"] / sizes[-1]], "ms CPU"),
    ]


def _pods(bench: Bench) -> list[Row]:
    few, many = bench.choose((500, 5_000), (20, 40))
    runs = {number: _ask(bench, "play_wire", number, 48) for number in (few, many)}
    what = "pods, quota 48, a played API server"
    return [
        *(
            Row(NAME, f"{number:,} {what}: CPU a pod", [one["cpu"]], "ms CPU", most=10.0)
            for number, one in runs.items()
        ),
        *(
            Row(NAME, f"{number:,} {what}: its memory at most", [one["memory"]], "MiB")
            for number, one in runs.items()
        ),
    ]


def _ask(bench: Bench, program: str, *arguments: int) -> Mapping[str, float]:
    place = bench.new_folder()
    answer: Mapping[str, float] = bench.program(program, place, *arguments).answer
    shutil.rmtree(place)  # it is memory
    return answer


def _all(answers: list[Mapping[str, float]], name: str) -> list[float]:
    return [one[name] for one in answers]
