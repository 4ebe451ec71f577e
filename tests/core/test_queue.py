"""The queue of trials that may be launched."""

from __future__ import annotations

import random

import pytest

from sweeper.core import queue as module
from sweeper.core.queue import Queue


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of four: a few items fill many."""
    monkeypatch.setattr(module, "_MOST", 4)


def test_what_is_due_at_once_comes_first_in_grid_order() -> None:
    """What is due later follows, the earliest first, and by its index where two are due together."""
    queue = Queue()
    for due, index in [(5.0, 1), (0.0, 7), (3.0, 4), (0.0, 2), (3.0, 0)]:
        queue.add(due, index)
    assert list(queue) == [(0.0, 2), (0.0, 7), (3.0, 0), (3.0, 4), (5.0, 1)]


def test_what_is_not_there_is_not_removed() -> None:
    """Neither from an empty queue, nor from between others, nor from behind the last."""
    queue = Queue()
    queue.remove(0.0, 1)
    queue.remove(2.0, 1)
    for index in (0, 2):
        queue.add(0.0, index)
    for index in (1, 3):
        queue.remove(0.0, index)
    assert list(queue) == [(0.0, 0), (0.0, 2)]


@pytest.mark.parametrize("seed", range(20))
def test_it_is_always_what_a_sorted_list_would_be(seed: int) -> None:
    """However many come and go, in whatever order."""
    chance, queue = random.Random(seed), Queue()
    wanted: list[tuple[float, int]] = []
    for index in range(200):
        item = (chance.choice([0.0, 0.0, chance.random()]), chance.choice([index, 1000 - index]))
        wanted.append(item)
        queue.add(*item)
        if chance.random() < 0.4:
            queue.remove(*wanted.pop(chance.choice([0, chance.randrange(len(wanted))])))
        assert list(queue) == sorted(wanted)
    for item in list(wanted):
        wanted.remove(item)
        queue.remove(*item)
        assert list(queue) == sorted(wanted)
