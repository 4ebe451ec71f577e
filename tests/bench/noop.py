"""Trials that do nothing: what starting, watching and recording one costs, over just starting it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count

from tests.bench.base import PROGRAMS, Bench, Row, Usage, ratios, take_turns
from tests.bench.project import SLOTS, make_project, sweep

NAME = "noop"
LAUNCHERS = {
    "joblib": (
        "hydra-joblib-launcher",
        "hydra_plugins.hydra_joblib_launcher",
        f"hydra.launcher.n_jobs={SLOTS}",
    ),
    "submitit_local": ("hydra-submitit-launcher", "hydra_plugins.hydra_submitit_launcher", ""),
}
"""Hydra launcher: its package, the module that proves it, and what it needs to be told."""


def run(bench: Bench) -> list[Row]:
    """Two sizes of each, so that the slope shows what one more trial costs."""
    sizes = bench.choose((100, 300), (2, 6))
    fewer = bench.choose((30, 90), (2, 4))
    present = [name for name, (_, module, _) in LAUNCHERS.items() if is_there(module)]
    variants: dict[str, Callable[[], Usage]] = {}
    for number in sizes:
        variants[f"xargs {number}"] = partial(_xargs, bench, number)
        variants[f"cvsweep {number}"] = _cvsweep(bench, number)
    for name in present:
        for number in fewer:
            variants[f"{name} {number}"] = partial(_hydra, bench, name, number)
    used = take_turns(variants, bench.choose(5, 1))
    cpu = {name: [one.cpu for one in runs] for name, runs in used.items()}
    wall = {name: [one.wall for one in runs] for name, runs in used.items()}
    return [*_floor_rows(cpu, wall, sizes), *_launcher_rows(cpu, sizes, fewer, present)]


def _floor_rows(
    cpu: Mapping[str, Sequence[float]], wall: Mapping[str, Sequence[float]], sizes: tuple[int, int]
) -> list[Row]:
    most = sizes[1]
    floor, ours = (_slopes(cpu, name, sizes) for name in ("xargs", "cvsweep"))
    floor_all, ours_all = cpu[f"xargs {most}"], cpu[f"cvsweep {most}"]
    return [
        Row(NAME, "floor: xargs -P2, CPU per trial", [1e3 * one for one in floor], "ms", note="slope"),
        Row(NAME, "cvsweep, CPU per trial", [1e3 * one for one in ours], "ms", note="slope"),
        Row(NAME, "cvsweep / floor, CPU per trial", ratios(ours, floor), "×", most=1.5, note="slope"),
        Row(NAME, f"floor, CPU of {most} trials", floor_all, "s"),
        Row(NAME, f"cvsweep, CPU of {most} trials", ours_all, "s"),
        Row(NAME, f"cvsweep / floor, CPU of {most} trials", ratios(ours_all, floor_all), "×", most=1.8),
        Row(
            NAME,
            f"cvsweep / floor, wall of {most} trials",
            ratios(wall[f"cvsweep {most}"], wall[f"xargs {most}"]),
            "×",
        ),
    ]


def _launcher_rows(
    cpu: Mapping[str, Sequence[float]],
    sizes: tuple[int, int],
    fewer: tuple[int, int],
    present: Sequence[str],
) -> list[Row]:
    ours = _slopes(cpu, "cvsweep", sizes)
    rows = []
    for name, (package, _, _) in LAUNCHERS.items():
        if name not in present:
            rows.append(Row(NAME, package, [], "×", note="skipped: not installed (make bench installs it)"))
            continue
        slopes = _slopes(cpu, name, fewer)
        note = f"slope of {fewer[0]} to {fewer[1]} trials"
        if name == "submitit_local":
            note += "; it starts all of them at once"
        rows.append(Row(NAME, f"{name}, CPU per trial", [1e3 * one for one in slopes], "ms", note=note))
        rows.append(Row(NAME, f"{name} / cvsweep, CPU per trial", ratios(slopes, ours), "×", least=5.0))
    return rows


def _slopes(cpu: Mapping[str, Sequence[float]], name: str, sizes: tuple[int, int]) -> list[float]:
    few, many = sizes
    pairs = zip(cpu[f"{name} {few}"], cpu[f"{name} {many}"], strict=True)
    return [(large - small) / (many - few) for small, large in pairs]


def _xargs(bench: Bench, number: int) -> Usage:
    line = f'seq 0 {number - 1} | xargs -P{SLOTS} -I@ "$0" "$1" --x=@ --y=1.0'
    command = ["sh", "-c", line, sys.executable, str(PROGRAMS / "noop.py")]
    return bench.run(command, CVSWEEP_OUT=str(bench.new_folder()))


def _cvsweep(bench: Bench, number: int) -> Callable[[], Usage]:
    project = make_project(bench, "noop.py", ["{args}"], {"x": 0, "y": 1.0})
    rounds = count()
    return lambda: sweep(bench, project, f"round-{next(rounds)}", f"x=range({number})")


def _hydra(bench: Bench, launcher: str, number: int) -> Usage:
    options = [f"hydra/launcher={launcher}", f"hydra.sweep.dir={bench.new_folder()}"]
    options += filter(None, [LAUNCHERS[launcher][2]])
    app = str(PROGRAMS / "hydra_noop.py")
    return bench.run([sys.executable, app, "-m", *options, f"x=range({number})"])


def is_there(module: str) -> bool:
    """Is this module installed?"""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
