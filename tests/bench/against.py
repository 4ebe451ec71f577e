"""The same benchmarks on two checkouts, in turns: is anything slower than it was?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.base import HERE, REPOSITORY

_COSTS = ("s", "ms", "s CPU", "ms CPU", "MiB")
"""Units of which less is better; shares and ratios are not compared."""
_MOST = 1.05

Key = tuple[str, str, str]
"""A row: its benchmark, what it measures, and its note."""


def compare(other: Path, names: Sequence[str], *, rounds: int, quick: bool) -> int:
    """Print every cost here beside that in the checkout `other`; 1 if one is above 1.05 times, or fails.

    Both run this checkout's benchmarks, each with the Python in its own `.venv`.
    """
    trees = {"there": other.resolve(), "here": REPOSITORY}
    found: dict[Key, dict[str, list[float]]] = {}
    failed = False
    with tempfile.TemporaryDirectory(prefix="cvsweep-against-") as folder:
        stages = {name: _stage(tree, Path(folder, name)) for name, tree in trees.items()}
        for number in range(rounds):
            for benchmark in names:
                for name, stage in stages.items():
                    print(f"round {number + 1}: {benchmark} {name} …", file=sys.stderr, flush=True)
                    for row in _measured(trees[name], stage, benchmark, quick=quick):
                        failed |= row["failed"]
                        if row["unit"] in _COSTS and row["samples"]:
                            key = (row["benchmark"], row["what"], row["note"])
                            found.setdefault(key, {}).setdefault(name, []).append(median(row["samples"]))
    slower = _show(found)
    return 1 if failed or (slower and not quick) else 0


def _stage(tree: Path, folder: Path) -> Path:
    """A folder to run in: the tree's own helpers and configs, these benchmarks, and no `sweeper`, which
    comes from the tree's environment."""
    shutil.copytree(HERE, folder / "tests" / "bench", ignore=shutil.ignore_patterns("results", "__pycache__"))
    for path in (tree / "tests").glob("*.py"):
        shutil.copy(path, folder / "tests")
    for name in ("configs", "experiments"):
        shutil.copytree(tree / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _measured(tree: Path, stage: Path, benchmark: str, *, quick: bool) -> Sequence[Mapping[str, Any]]:
    report = stage / "report.json"
    python = tree / ".venv" / "bin" / "python"
    words = [
        str(python),
        "-m",
        "tests.bench",
        benchmark,
        "--json",
        str(report),
        *(["--quick"] if quick else []),
    ]
    done = subprocess.run(words, cwd=stage, stdout=subprocess.DEVNULL, check=False)
    if not report.exists():
        sys.exit(f"{tree}: python -m tests.bench {benchmark} ended with {done.returncode}")
    rows: list[dict[str, Any]] = json.loads(report.read_text())["rows"]
    report.unlink()
    return rows


def _show(found: Mapping[Key, Mapping[str, Sequence[float]]]) -> bool:
    """The table; whether anything is slower here."""
    table = Table("benchmark", "what", "there", "here", "here / there", "round by round")
    slower = False
    for (benchmark, what, _), both in found.items():
        if both.keys() != {"there", "here"}:
            continue
        ratios = [here / there for here, there in zip(both["here"], both["there"], strict=False) if there]
        ratio = median(ratios) if ratios else 1.0
        slower |= ratio > _MOST
        mark = "[bold red]" if ratio > _MOST else ""
        numbers = [f"{median(both[name]):.4g}" for name in ("there", "here")]
        table.add_row(
            benchmark, what, *numbers, f"{mark}{ratio:.3f}", " ".join(f"{one:.2f}" for one in ratios)
        )
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    return slower
