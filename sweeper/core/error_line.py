"""Finds the line of a failed program's log that says why it failed: if possible, its root exception."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from sweeper.core.hydra_errors import find_hydra_errors
from sweeper.core.last_error_line import error_before, last_error_line
from sweeper.core.launchers import (
    ANCHOR,
    CONSEQUENCE,
    FATAL,
    ONE_FAILURE,
    REMARK,
    ROOT_RANK,
    ROOT_SIGNAL,
    WRAPPER,
    is_noise,
)
from sweeper.core.patterns import lazy
from sweeper.core.tracebacks import Raised, find_raised

LONGEST = 500
_LONGEST_LINE = 2000
_ESCAPES = lazy(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_MOST_BEHIND = 100
"""The most lines that cleanup code prints after an exception."""

_MOST_ADVICE = 15
"""The most lines of frames or advice after a line that says what is wrong."""

_SAME_TIME = 20
"""The most lines between the tracebacks of ranks that failed together."""

_MOST_BETWEEN = 40
"""The most lines between the error of a command and that of the program that ran it."""


def error_line(log: str, *, killed: bool = False) -> str:
    """Return the line that best explains why the program failed; empty if the log is empty.

    Args:
        log: the log, or its end.
        killed: whether a signal ended the program, not an exception.
    """
    lines = [line[:_LONGEST_LINE] for line in _ESCAPES.sub("", log).splitlines() if line.strip()]
    if not lines:
        return ""
    raised = [] if killed else [*find_raised(lines), *find_hydra_errors(lines)]
    return (_Search(lines, raised, killed).best() or last_error_line(lines))[:LONGEST]


class _Search:
    """Chooses among the exceptions of a log."""

    def __init__(self, lines: Sequence[str], raised: Sequence[Raised], killed: bool) -> None:
        self._lines = lines
        inside = [0] * (len(lines) + 1)
        for one in raised:
            inside[one.head] += 1
            inside[one.end + 1] -= 1
        depths = accumulate(inside)
        counted = (
            not (depth or is_noise(line) or REMARK.match(line))
            for depth, line in zip(depths, lines, strict=False)
        )
        self._counted = [0, *accumulate(map(int, counted))]
        ended_it = [one for one in raised if not one.harmless] or raised
        self._reports = sorted([*ended_it, *self._anchors(killed)], key=lambda one: one.end)

    def best(self) -> str:
        """Return the last report, or the earlier one that it only passes on; empty if there is none."""
        last = len(self._reports) - 1
        if last < 0 or self._between(self._reports[last].end, len(self._lines)) > _MOST_BEHIND:
            return ""
        first = last
        while _is_wrapper(self._reports[first]):
            head = self._reports[first].head
            if first == 0 or self._between(self._reports[first - 1].end, head) > _MOST_BETWEEN:
                message = error_before(self._lines, head, _MOST_BETWEEN)
                return message or self._of_process(self._reports[last])
            first -= 1
        return _text(self._root(first, self._reports[last]))

    def _of_process(self, last: Raised) -> str:
        """Return the report on a process that has printed no error itself, with its signal if known."""
        signal = ROOT_SIGNAL.search("\n".join(self._lines[last.end :]))
        return f"{_text(last)}, {signal[1]}" if signal else _text(last)

    def _root(self, at: int, last: Raised) -> Raised:
        """Return the report of the rank that failed first, by the launcher's table or the reports' texts."""
        own = self._reports[at]
        table = "\n".join(self._lines[last.end :]) if last is not own else ""
        if not (own.rank or (table and ONE_FAILURE not in table and "FAILED" in last.text)):
            return own
        together = [own]
        while at and self._between(self._reports[at - 1].end, self._reports[at].head) <= _SAME_TIME:
            at -= 1
            together.append(self._reports[at])
        together = list({one.label or one.head: one for one in reversed(together)}.values())
        root = ROOT_RANK.search(table)
        named = (one for one in together if root and one.rank == root[1])
        first = (one for one in together if not CONSEQUENCE.search(one.text))
        return next(named, next(first, own))

    def _between(self, end: int, head: int) -> int:
        """Return how many lines between two positions are neither in a traceback nor noise."""
        return max(0, self._counted[head] - self._counted[min(end + 1, len(self._lines))])

    def _anchors(self, killed: bool) -> Iterator[Raised]:
        for at, line in enumerate(self._lines):
            fatal = line.startswith(FATAL)
            near = not killed and self._between(at, len(self._lines)) <= _MOST_ADVICE
            if fatal or (near and ANCHOR.match(line)):
                yield Raised(line.strip(), at, at)


def _is_wrapper(one: Raised) -> bool:
    return WRAPPER.match(one.text) is not None


def _text(one: Raised) -> str:
    return f"{one.text} (caused by {one.origin})" if one.origin else one.text
