"""A Hydra multirun of jobs that do nothing, by cvsweep's launcher and by others."""

from __future__ import annotations

import sys
from functools import partial

from tests.bench.base import PROGRAMS, Bench, Row, Usage, ratios, take_turns
from tests.bench.noop import LAUNCHERS as OTHERS
from tests.bench.noop import is_there

NAME = "launchers"
LAUNCHERS = {
    "basic": ("", "hydra", ""),
    "cvsweep": ("", "hydra_plugins.cvsweep_launcher", ""),
    **OTHERS,
}


def run(bench: Bench) -> list[Row]:
    """So many jobs in one command, its own start included."""
    number = bench.choose(100, 3)
    present = [name for name, (_, module, _) in LAUNCHERS.items() if is_there(module)]
    used = take_turns({name: partial(_multirun, bench, name, number) for name in present}, bench.choose(3, 1))
    each = {name: [one.cpu / number for one in runs] for name, runs in used.items()}
    rows = [
        Row(NAME, f"{name}, CPU per job", [1e3 * one for one in found], "ms") for name, found in each.items()
    ]
    for name, (package, _, _) in OTHERS.items():
        if name not in present:
            rows.append(Row(NAME, package, [], "×", note="skipped: not installed (make bench installs it)"))
        else:
            most = 0.5 if name == "submitit_local" else None
            what = f"cvsweep / {name}, CPU per job"
            rows.append(Row(NAME, what, ratios(each["cvsweep"], each[name]), "×", most=most))
    return rows


def _multirun(bench: Bench, launcher: str, number: int) -> Usage:
    folder = bench.new_folder()
    # A sweep dir of the user's is not what most give to cvsweep's launcher, which has a folder of its own.
    where = f"hydra.launcher.root={folder}" if launcher == "cvsweep" else f"hydra.sweep.dir={folder}"
    options = [f"hydra/launcher={launcher}", where, *filter(None, [LAUNCHERS[launcher][2]])]
    app = str(PROGRAMS / "hydra_noop.py")
    return bench.run([sys.executable, app, "-m", *options, f"x=range({number})"])
