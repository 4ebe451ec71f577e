"""Selects what can be removed from a sweep, and formats its size. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sweeper.core.state import ENDS, State

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


class Size(NamedTuple):
    """Bytes on disk, number of files, and number of folders that could not be read."""

    bytes: int = 0
    files: int = 0
    closed: int = 0

    def plus(self, other: Size) -> Size:
        """Return the sum of both sizes."""
        return Size(self.bytes + other.bytes, self.files + other.files, self.closed + other.closed)

    def describe(self) -> str:
        """Return the size as text, as in `1.3 GiB in 12 files`."""
        amount, at = float(self.bytes), 0
        while amount >= 1024 and at < len(_UNITS) - 1:
            amount, at = amount / 1024, at + 1
        number = f"{amount:.0f}" if at == 0 or amount >= 100 else f"{amount:.1f}"
        files = f"{self.files} file{'' if self.files == 1 else 's'}"
        closed = " and in folders that are closed to us" if self.closed else ""
        return f"{number} {_UNITS[at]} in {files}{closed}"


def ended(state: State, keep: Collection[int] = ()) -> list[int]:
    """Return the trials that have ended, without those in `keep`."""
    return [one.trial.index for one in state.trials if one.status in ENDS and one.trial.index not in keep]


def total(sizes: Iterable[Size]) -> Size:
    """Return the sum of the sizes."""
    whole = Size()
    for one in sizes:
        whole = whole.plus(one)
    return whole


def ended_words(state: State, indexes: Sequence[int]) -> str:
    """Return the number of these trials in each state, as in `3 completed, 1 failed`."""
    counts: dict[str, int] = {}
    for index in indexes:
        status = str(state.trials[index].status)
        counts[status] = counts.get(status, 0) + 1
    return ", ".join(f"{count} {status}" for status, count in counts.items())
