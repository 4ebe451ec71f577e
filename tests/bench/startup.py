"""What every command costs before it does anything, beside an interpreter that does nothing at all."""

from __future__ import annotations

import sys
from functools import partial

from tests.bench.base import CVSWEEP, Bench, Row, ratios, take_turns
from tests.bench.project import make_project, sweep

NAME = "startup"


def run(bench: Bench) -> list[Row]:
    """CPU time, since that hardly depends on what else the machine does."""
    project = make_project(bench, "noop.py", ["{args}"], {"x": 0, "y": 1.0})
    sweep(bench, project, "small", "x=range(2)")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "cvsweep --help": [CVSWEEP, "--help"],
        "cvsweep status": [CVSWEEP, "status", "small"],
        "cvsweep --dry-run": [CVSWEEP, "--dry-run", "-m", "x=1,2"],
    }
    variants = {name: partial(bench.run, command, cwd=project) for name, command in commands.items()}
    found = take_turns(variants, bench.choose(21, 2))
    cpu = {name: [used.cpu for used in runs] for name, runs in found.items()}
    bare = cpu["python -c pass"]
    most = {"cvsweep --help": 3.0, "cvsweep status": 6.0}
    rows = [Row(NAME, name, [1e3 * one for one in runs], "ms CPU") for name, runs in cpu.items()]
    return rows + [
        Row(NAME, f"{name} / python -c pass", ratios(runs, bare), "×", most=most.get(name))
        for name, runs in cpu.items()
        if runs is not bare
    ]
