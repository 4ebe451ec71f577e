"""A large finished sweep: going on with it, its table, a look at it, its DataFrame."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.base import CVSWEEP, Bench, Row, Usage, take_turns

NAME = "reading"


def run(bench: Bench) -> list[Row]:
    """Whole processes, interpreter and imports included, but for load_results."""
    number = bench.choose(10_000, 200)
    root = bench.new_folder()
    bench.program("finished_sweep", root, "big", number)
    verb = partial(_verb, bench, root)
    variants: dict[str, Callable[[], Usage]] = {
        "resume": partial(verb, "resume"),
        "status": partial(verb, "status"),
        "results": partial(verb, "results", "-o", "csv"),
        "load": lambda: Usage(bench.ask("load_results", root / "big"), 0.0),
        "fold": lambda: _status_of_the_journal(bench, root),
    }
    found = take_turns(variants, bench.choose(5, 1))

    def seconds(name: str) -> list[float]:
        return [used.cpu for used in found[name]]

    return [
        Row(NAME, f"resume {number:,} finished trials", seconds("resume"), "s CPU"),
        Row(NAME, f"results -o csv of {number:,} trials", seconds("results"), "s CPU"),
        Row(NAME, f"status of {number:,} trials", seconds("status"), "s CPU"),
        Row(
            NAME,
            f"status of {number:,} trials from the journal",
            seconds("fold"),
            "s CPU",
            note="no status.json",
        ),
        Row(
            NAME,
            f"load_results of {number:,} trials",
            seconds("load"),
            "s CPU",
            most=0.5,
            note="beyond import pandas",
        ),
    ]


def _verb(bench: Bench, root: Path, verb: str, *options: str) -> Usage:
    # Some of its trials have failed, which `resume` tells by its exit code.
    return bench.run([CVSWEEP, verb, "--root", str(root), *options, "big"], codes=(0, 1))


def _status_of_the_journal(bench: Bench, root: Path) -> Usage:
    (root / "big" / "status.json").unlink()  # the next round's `resume` writes it again
    return _verb(bench, root, "status")
