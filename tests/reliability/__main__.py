"""The whole reliability suite by one command, from the repository's root: python -m tests.reliability"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from tests.reliability.stages import STAGES, Asked, Found

DONE = ("histories", "crash points", "mutants killed", "kills survived", "trials", "tests")
MUST_BE_ZERO = ("trials lost", "run twice at once", "rows wrong", "quota exceeded")


def main(argv: Sequence[str] | None = None) -> int:
    given = _parse(argv)
    asked = Asked(given.jobs, given.histories, given.seed)
    found: dict[str, Found] = {}
    for name in given.stages or _possible():
        began = time.monotonic()
        _say(f"{name} …")
        found[name] = STAGES[name](asked, lambda words: _say(f"  {words}"))
        _say(f"{name}: {len(found[name].wrongs)} wrong, {time.monotonic() - began:.0f} s")
    wrongs = [f"{name}: {wrong}" for name, one in found.items() for wrong in one.wrongs]
    Console(width=None if sys.stdout.isatty() else 150).print(_table(found))
    print(*wrongs, sep="\n\n")
    return 1 if wrongs else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability", description="See docs/reliability.md.", epilog=_EPILOG
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"only these: {', '.join(STAGES)}")
    parser.add_argument("--histories", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="another one, other histories")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    given = parser.parse_args(argv)
    unknown = [name for name in given.stages if name not in STAGES]
    if unknown:
        parser.error(f"no stage is called {unknown[0]!r}; there are {', '.join(STAGES)}")
    return given


_EPILOG = """The stage "cluster" needs a real one (CVSWEEP_CLUSTER and CVSWEEP_KUBE, see
tests/cluster/conftest.py) and is left out where there is none. A million histories:
--histories 1000000 histories."""


def _possible() -> list[str]:
    if os.environ.get("CVSWEEP_CLUSTER"):
        return list(STAGES)
    _say("no cluster (CVSWEEP_CLUSTER is not set): its stage is left out")
    return [name for name in STAGES if name != "cluster"]


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def _table(found: Mapping[str, Found]) -> Table:
    table = Table("stage", show_footer=True)
    columns = [*DONE, *MUST_BE_ZERO]
    total: Counter[str] = sum((one.counts for one in found.values()), Counter())
    table.columns[0].footer = "all"
    for column in columns:
        table.add_column(column, _cell(column, total), justify="right")
    for name, one in found.items():
        table.add_row(name, *(_cell(column, one.counts) for column in columns))
    return table


def _cell(column: str, counts: Counter[str]) -> str:
    if column == "mutants killed" and counts["mutants"]:
        return f"{counts[column]} of {counts['mutants']}"
    return f"{counts[column]:,}" if counts[column] or column in MUST_BE_ZERO else ""


if __name__ == "__main__":
    sys.exit(main())
