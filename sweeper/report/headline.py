"""The first lines of summary and page: the states of the trials, the best trial, and the costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import Any

from sweeper.core.edits import edit_notes
from sweeper.core.failures import warnings
from sweeper.core.formatting import counted, duration, escape, one_line
from sweeper.core.model import Status
from sweeper.core.paths import SweepPaths
from sweeper.core.secrets import shown_command
from sweeper.core.standing import pause_of
from sweeper.report.facts import ReportFacts
from sweeper.results.best import best_trial
from sweeper.results.metric import Metric, assumptions


@dataclass(frozen=True, slots=True)
class Best:
    """The best trial.

    Attributes:
        index: its index.
        metric: the column of results.metric.
        value: its value of this metric.
        parameters: the name and the value of each parameter in which trials differ.
        command: the command of the trial.
        again: a shell command that repeats exactly this trial.
    """

    index: int
    metric: str
    value: Any
    parameters: tuple[tuple[str, Any], ...]
    command: str
    again: str


@dataclass(frozen=True, slots=True)
class Headline:
    """The first lines of a report.

    Attributes:
        counts: how many trials are in each state.
        best: the best trial, if there is one.
        costs: the name and the text of each cost.
        messages: notes, warnings and assumptions that the user should read.
    """

    counts: str
    best: Best | None
    costs: tuple[tuple[str, str], ...]
    messages: tuple[str, ...]


def make_headline(facts: ReportFacts) -> Headline:
    """Make the headline of a sweep, finished or not."""
    return Headline(counted(facts.state.counts), _best(facts), tuple(_costs(facts)), tuple(_messages(facts)))


def _best(facts: ReportFacts) -> Best | None:
    found = best_trial(facts.state, facts.results)
    if facts.metric is None or found is None:
        return None
    index, value = found
    cells = next(row for row in facts.table.rows if row[0] == index)
    row = dict(zip(facts.table.columns, cells, strict=True))
    trial = facts.state.trials[index].trial
    script = SweepPaths(facts.folder).trial(trial).command
    parameters = tuple((name, row[name]) for name in facts.table.parameters)
    again = escape(f"sh {quote(script)}")
    return Best(index, facts.metric, value, parameters, one_line(shown_command(trial)), again)


def _costs(facts: ReportFacts) -> Iterator[tuple[str, str]]:
    if facts.code:
        yield "code", facts.code
    tally = facts.tally
    if tally.began is None:
        return
    live = bool(facts.state.live)
    until = facts.now if live or tally.ended is None else tally.ended
    yield "wall time", duration(until - tally.began) + (" so far" if live else "")
    if tally.gpu_seconds:
        unknown = f" (of {tally.unknown} attempts nobody can tell how many GPUs)" if tally.unknown else ""
        yield "GPU-hours", f"{tally.gpu_seconds / 3600:.3g}{unknown}"
    if tally.quota_gpu_seconds:
        yield "GPU-hours of quota", f"{tally.quota_gpu_seconds / 3600:.3g}, set-up and waiting included"
    ran = f"{tally.seconds / 3600:.3g} hours" if tally.seconds >= 3600 else duration(tally.seconds)
    yield "run time of all attempts", ran
    yield "retries", _retries(facts)


def _retries(facts: ReportFacts) -> str:
    retries = sorted(facts.tally.retries.items(), key=lambda item: -item[1])
    causes = ", ".join(f"{count} after {cause}" for cause, count in retries)
    total = f"{sum(facts.tally.retries.values())}: " if len(retries) > 1 else ""
    return f"{total}{causes or 0}"


def _messages(facts: ReportFacts) -> Iterator[str]:
    notes_and_tags = facts.state.notes_and_tags
    if note := notes_and_tags.notes.get(None):
        yield f"note: {note}"
    if tags := notes_and_tags.tags.get(None):
        yield f"tags: {', '.join(tags)}"
    if paused := pause_of(facts.state.counts, facts.state.paused):
        yield f"paused: {paused}"
    yield from edit_notes(facts.state)
    lines, left_out = warnings(facts.state)
    yield from lines
    if left_out:
        yield f"and {left_out} more: see the column warning of the table"
    wanted, completed = facts.results.metric, facts.state.counts[Status.COMPLETED]
    if not wanted:
        yield "no trial is called the best: results.metric is not set"
    elif completed and facts.metric is None:
        yield f"no trial is called the best: none has reported results.metric, {wanted!r}"
    elif best_trial(facts.state, facts.results):
        yield from assumptions(Metric(wanted, wanted), facts.results)
