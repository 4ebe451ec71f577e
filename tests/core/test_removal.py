"""What may be removed of a sweep, and how it is said."""

from __future__ import annotations

import pytest

from sweeper.core.model import Cause
from sweeper.core.removal import Size, ended, ended_words, total


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (Size(), "0 bytes in 0 files"),
        (Size(1023, 1), "1023 bytes in 1 file"),
        (Size(1536, 2), "1.5 KiB in 2 files"),
        (Size(300 * 2**30, 12), "300 GiB in 12 files"),
        (Size(5000 * 2**40, 3), "5000 TiB in 3 files"),
        (Size(2**20, 3, closed=1), "1.0 MiB in 3 files and in folders that are closed to us"),
    ],
)
def test_a_size_is_reported_in_the_unit_that_people_use(size, words):
    """Not in eleven digits."""
    assert size.describe() == words


def test_sizes_add_up():
    """Also those of nothing."""
    assert total([]) == Size()
    assert total([Size(1, 2, 3), Size(10, 20, 30)]) == Size(11, 22, 33)


def test_only_trials_that_have_ended_are_cleaned_and_the_best_is_kept(make):
    """Whatever waits or runs needs its checkpoints."""
    state = make.state(5, *make.ran(0), *make.ran(1, 1, Cause.ERROR), *make.ran(2), *make.started(3))
    assert ended(state) == [0, 1, 2]
    assert ended(state, (2,)) == [0, 1]
    assert ended_words(state, [0, 1, 2]) == "2 completed, 1 failed"
