"""All benchmarks by one command, from the repository's root: python -m tests.bench [--quick] [NAME…]"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import (
    against,
    composing,
    controlling,
    launchers,
    looping,
    noop,
    pods,
    reading,
    results_table,
    slots,
    startup,
)
from tests.bench.base import CVSWEEP, HERE, Bench, Row

_MODULES = (startup, noop, launchers, slots, composing, reading, results_table, looping, controlling, pods)
BENCHMARKS = {module.NAME: module for module in _MODULES}


def main(argv: Sequence[str] | None = None) -> int:
    given = _parse(argv)
    if not os.access(CVSWEEP, os.X_OK):
        sys.exit(
            f"{CVSWEEP} is not there: run this with the Python that cvsweep is installed for (make bench)"
        )
    names = [*given.names, *(given.only or ())] or list(BENCHMARKS)
    if given.against:
        return against.compare(given.against, names, rounds=given.rounds, quick=given.quick)
    path = given.json or HERE / "results" / f"{time.strftime('%Y-%m-%d-%H%M%S')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for name in names:
        print(f"{time.strftime('%H:%M:%S')} {name} …", file=sys.stderr, flush=True)
        rows += _run(name, quick=given.quick)
        # At once: whatever happens to a later one, this was measured.
        path.write_text(json.dumps(_report(rows, quick=given.quick), indent=2) + "\n")
    Console(width=None if sys.stdout.isatty() else 150).print(_table(rows))
    print(f"written to {path}", file=sys.stderr)
    return 1 if any(row.failed for row in rows) else 0


def _run(name: str, *, quick: bool) -> list[Row]:
    """The rows of one benchmark; one that fails has a single row, which says so."""
    try:
        with tempfile.TemporaryDirectory(prefix="cvsweep-bench-") as folder:
            rows = BENCHMARKS[name].run(Bench(Path(folder), quick=quick))
    except Exception as error:  # noqa: BLE001  # the others are measured all the same
        traceback.print_exc()
        lines = str(error).strip().splitlines()
        return [Row(name, "failed", [], "", note=lines[-1][:200] if lines else repr(error), failed=True)]
    # Too little is measured in a quick run to judge it.
    return [replace(row, most=None, least=None) for row in rows] if quick else rows


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="See tests/bench/README.md.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="see that it works; the figures mean nothing")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="this one; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="default: tests/bench/results/<date>.json")
    parser.add_argument("--against", type=Path, metavar="TREE", help="take turns with another checkout")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="with --against; default: 3")
    given = parser.parse_args(argv)
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}")
    return given


def _table(rows: Iterable[Row]) -> Table:
    table = Table("benchmark", "what")
    table.add_column("median", justify="right")
    table.add_column("from … to", justify="right")
    for head in ("target", "met", "note"):
        table.add_column(head)
    last = ""
    for row in rows:
        if last and row.benchmark != last:
            table.add_section()
        table.add_row("" if row.benchmark == last else row.benchmark, *_cells(row))
        last = row.benchmark
    return table


def _cells(row: Row) -> tuple[str, ...]:
    met = "[bold red]FAILED" if row.failed else {None: "", True: "yes", False: "[bold red]NO"}[row.met]
    median = "" if row.value is None else f"{_number(row.value)} {row.unit}"
    extent = f"{_number(min(row.samples))} … {_number(max(row.samples))}" if row.samples else ""
    return row.what, median, extent, _target(row), met, row.note


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def _target(row: Row) -> str:
    if row.most is not None:
        return f"≤ {row.most:g} {row.unit}"
    return "" if row.least is None else f"≥ {row.least:g} {row.unit}"


def _report(rows: Iterable[Row], *, quick: bool) -> dict[str, Any]:
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "quick": quick,
        "machine": {
            "host": platform.node(),
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": len(os.sched_getaffinity(0)),
            "load": os.getloadavg(),
        },
        "rows": [row.to_json() for row in rows],
    }


if __name__ == "__main__":
    sys.exit(main())
