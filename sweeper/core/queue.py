"""The queue of trials to launch, in order; changes at any position are cheap, whatever its length."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import chain
from operator import itemgetter
from typing import Any, Generic, TypeVar

T = TypeVar("T", bound=Any)

_MOST = 1024
"""The most items in a block: an insertion moves only the later items of its block."""


class Queue:
    """Trials, ordered by the time at which they are due and by their index.

    New trials are due at 0 and come first, in grid order, so that a failing trial never delays those that
    were not tried yet.
    """

    def __init__(self) -> None:
        self._new: _Sorted[int] = _Sorted()
        self._later: _Sorted[tuple[float, int]] = _Sorted()

    def add(self, due: float, index: int) -> None:
        """Queue a trial that is not in the queue yet."""
        if due:
            self._later.add((due, index))
        else:
            self._new.add(index)

    def remove(self, due: float, index: int) -> None:
        """Remove a trial if it is in the queue."""
        if due:
            self._later.remove((due, index))
        else:
            self._new.remove(index)

    def __iter__(self) -> Iterator[tuple[float, int]]:
        return chain(((0.0, index) for index in self._new), self._later)


class _Sorted(Generic[T]):
    """A sorted list in blocks. A single list would move all other items whenever its first one is removed."""

    def __init__(self) -> None:
        self._blocks: list[list[T]] = []  # none of them is empty

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._blocks)

    def add(self, item: T) -> None:
        if not self._blocks:
            self._blocks.append([])
        at = self._find(item)
        block = self._blocks[at]
        insort(block, item)
        if len(block) > _MOST:
            # Items that are added in order fill whole blocks; otherwise both halves get space for more.
            half = _MOST if block[-1] is item else _MOST // 2
            self._blocks[at : at + 1] = [block[:half], block[half:]]

    def remove(self, item: T) -> None:
        if not self._blocks:
            return
        at = self._find(item)
        block = self._blocks[at]
        place = bisect_left(block, item)
        if place < len(block) and block[place] == item:
            del block[place]
            if not block:
                del self._blocks[at]

    def _find(self, item: T) -> int:
        """Return the index of the item's block: the last block that does not begin after the item."""
        if len(self._blocks) == 1:
            return 0
        return max(0, bisect_right(self._blocks, item, key=itemgetter(0)) - 1)
