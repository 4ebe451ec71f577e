"""The first lines of summary and page: how it went, which trial is best, what it took."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import Any

from sweeper.core.command import render_value
from sweeper.core.model import Status
from sweeper.core.paths import SweepPaths
from sweeper.core.words import counted, duration, one_line
from sweeper.report.facts import Facts

_LARGEST = 2**1000
"""A whole number beyond it has no place on an axis, and could not be turned into a float."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best trial: its metric, the parameters in which trials differ, and how to run it again.

    `again` repeats exactly this trial by hand; `command` is what it runs.
    """

    index: int
    metric: str
    value: Any
    parameters: tuple[tuple[str, Any], ...]
    command: str
    again: str


@dataclass(frozen=True, slots=True)
class Headline:
    """`costs` are pairs of a name and its words; `notes` what somebody has to see to."""

    counts: str
    best: Best | None
    costs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def make_headline(facts: Facts) -> Headline:
    """The headline of a sweep, finished or not."""
    return Headline(counted(facts.state.counts), _best(facts), tuple(_costs(facts)), tuple(_notes(facts)))


def number(value: Any) -> str:
    """A value as people read it: six digits of a number, all of a text."""
    return f"{value:.6g}" if isinstance(value, float) else render_value(value)


def _best(facts: Facts) -> Best | None:
    if facts.metric is None:
        return None
    place = facts.table.columns.index(facts.metric)
    found = next((row for row in facts.table.rows if is_finite(row[place])), None)
    if found is None:
        return None
    row = dict(zip(facts.table.columns, found, strict=True))
    trial = facts.state.trials[row["trial"]].trial
    script = SweepPaths(facts.folder).trial(trial).command
    parameters = tuple((name, row[name]) for name in facts.table.parameters)
    again = f"sh {quote(script)}"
    return Best(trial.index, facts.metric, row[facts.metric], parameters, one_line(trial.command), again)


def is_finite(value: Any) -> bool:
    """Is it a number that can be the best of some, or be drawn?"""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < _LARGEST
    return isinstance(value, float) and math.isfinite(value)


def _costs(facts: Facts) -> Iterator[tuple[str, str]]:
    tally = facts.tally
    if tally.began is None:
        return
    live = bool(facts.state.live)
    until = facts.now if live or tally.ended is None else tally.ended
    yield "wall time", duration(until - tally.began) + (" so far" if live else "")
    if tally.gpu_seconds:
        unknown = f" (of {tally.unknown} attempts nobody can tell how many GPUs)" if tally.unknown else ""
        yield "GPU-hours", f"{tally.gpu_seconds / 3600:.3g}{unknown}"
    ran = f"{tally.seconds / 3600:.3g} hours" if tally.seconds >= 3600 else duration(tally.seconds)
    yield "run time of all attempts", ran
    yield "retries", _retries(facts)


def _retries(facts: Facts) -> str:
    retries = sorted(facts.tally.retries.items(), key=lambda item: -item[1])
    causes = ", ".join(f"{count} after {cause}" for cause, count in retries)
    total = f"{sum(facts.tally.retries.values())}: " if len(retries) > 1 else ""
    return f"{total}{causes or 0}"


def _notes(facts: Facts) -> Iterator[str]:
    if facts.state.paused:
        yield f"paused: {facts.state.paused}"
    wanted, completed = facts.results.metric, facts.state.counts[Status.COMPLETED]
    if not wanted:
        yield "no trial is called the best: results.metric is not set"
    elif completed and facts.metric is None:
        yield f"no trial is called the best: none has reported results.metric, {wanted!r}"
