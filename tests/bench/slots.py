"""Trials of one second: how much of the time that two slots offer is used."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path

from tests.bench.base import PROGRAMS, Bench, Row, take_turns
from tests.bench.project import SLOTS, make_project, sweep

NAME = "slots"

Span = Sequence[float]
Busy = tuple[float, float, float]
"""Percent of the slots' time by the trials' own clocks, by the shims', and of the whole command."""


def run(bench: Bench) -> list[Row]:
    """The trials log their own times, so that xargs and cvsweep are seen with the same eyes."""
    number = bench.choose(30, 2)
    variants = {"xargs": lambda: _xargs(bench, number), "cvsweep": _cvsweep(bench, number)}
    found = take_turns(variants, bench.choose(5, 1))

    def percent(name: str, which: int) -> list[float]:
        return [busy[which] for busy in found[name]]

    return [
        Row(NAME, "xargs -P2, slots busy", percent("xargs", 0), "%", note="trials' own times"),
        Row(NAME, "cvsweep, slots busy", percent("cvsweep", 0), "%", least=97.0, note="trials' own times"),
        Row(NAME, "cvsweep, slots busy", percent("cvsweep", 1), "%", least=97.0, note="by exit.json"),
        Row(NAME, "xargs -P2, slots busy over the whole command", percent("xargs", 2), "%"),
        Row(
            NAME,
            "cvsweep, slots busy over the whole command",
            percent("cvsweep", 2),
            "%",
            note=f"{number} trials; start-up and table included",
        ),
    ]


def _xargs(bench: Bench, number: int) -> Busy:
    times = bench.new_folder() / "times"
    line = f'seq {number} | xargs -P{SLOTS} -I@ "$0" "$1" "$2"'
    used = bench.run(["sh", "-c", line, sys.executable, str(PROGRAMS / "one_second.py"), str(times)])
    spans = _logged(times)
    return _busy(spans), float("nan"), _share(spans, used.wall)


def _cvsweep(bench: Bench, number: int) -> Callable[[], Busy]:
    times = bench.new_folder() / "times"
    project = make_project(bench, "one_second.py", [str(times)], {"x": 0})
    rounds = count()

    def one() -> Busy:
        times.unlink(missing_ok=True)
        name = f"round-{next(rounds)}"
        used = sweep(bench, project, name, f"x=range({number})")
        spans = _logged(times)
        return _busy(spans), _busy(_recorded(project / "sweeps" / name)), _share(spans, used.wall)

    return one


def _logged(times: Path) -> list[Span]:
    return [json.loads(line) for line in times.read_text().splitlines()]


def _recorded(folder: Path) -> list[Span]:
    records = [json.loads(path.read_text()) for path in folder.glob("trials/*/attempts/1/exit.json")]
    return [(record["start"], record["end"]) for record in records]


def _busy(spans: Iterable[Span]) -> float:
    starts, ends = zip(*spans, strict=True)
    return _share(list(zip(starts, ends, strict=True)), max(ends) - min(starts))


def _share(spans: Iterable[Span], seconds: float) -> float:
    return 100 * sum(end - start for start, end in spans) / (SLOTS * seconds)
