"""What a sweep is doing, in one word."""

from __future__ import annotations

import pytest

from sweeper.core.model import Status
from sweeper.core.snapshot import Snapshot, snapshot
from sweeper.core.standing import is_over, pause_of, standing


@pytest.mark.parametrize(
    ("counts", "paused", "held", "word"),
    [
        ({"failed": 3}, "alike", False, "finished"),
        ({"failed": 3}, "alike", True, "finished"),
        ({"completed": 3, "cancelled": 1}, "", False, "finished"),
        ({}, "", False, "finished"),
        ({"failed": 2, "queued": 1}, "alike", False, "paused"),
        ({"failed": 2, "queued": 1}, "alike", True, "paused"),
        ({"running": 1}, "", True, "running"),
        ({"waiting": 1}, "", False, "abandoned"),
    ],
)
def test_a_sweep_whose_trials_have_all_ended_is_finished_whatever_else_is_known(counts, paused, held, word):
    """A pause is one only as long as something is left to launch."""
    assert standing(counts, paused, held=held) == word
    assert is_over(counts) is (word == "finished")
    assert pause_of(counts, paused) == ("alike" if word == "paused" else "")
    assert standing({Status(name): many for name, many in counts.items()}, paused, held=held) == word


def test_a_snapshot_tells_of_no_pause_after_the_end(make):
    """Neither a new one nor one that an older version has left."""
    state = make.state(1, *make.ran(0))
    state.paused = "alike"
    assert snapshot(state, 0.0, 1).paused == ""
    old = {"at": 0.0, "counts": {"failed": 2}, "slots": 1, "running": [], "failures": [], "eta": None}
    assert Snapshot.from_json({**old, "paused": "alike"}).paused == ""
    assert Snapshot.from_json({**old, "paused": "alike", "counts": {"queued": 1}}).paused == "alike"
