"""Whose a lease is: objects in, verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.clusters.kubernetes import holder
from sweeper.clusters.kubernetes.holder import LeaseHolder
from sweeper.core.presence import NOBODY

MINE = LeaseHolder("ada@here:1", "boot ns 1 10", "/data/sweeps/x", "5")
OTHER = LeaseHolder("ada@here:2", "boot ns 2 20", "/data/sweeps/x", "5")
NOW = 1_000_000.0


def lease(by: LeaseHolder, ago: float = 10.0, **spec: Any) -> dict[str, Any]:
    made = holder.body("cvsweep-abcd", {}, by, NOW - ago, {"resourceVersion": "7"})
    return {**made, "spec": {**made["spec"], **spec}}


def see(found: Any, mine: LeaseHolder = MINE, dead: str = "none") -> Any:
    return holder.holder(found, mine, NOW, lambda process: process == dead)


def test_whoever_else_is_in_the_lease_controls_the_sweep_until_it_ends() -> None:
    """Another process of this very host too: what it is called decides nothing."""
    assert see(lease(OTHER)) == ("ada@here:2", "7", pytest.approx(50.0), "")
    assert see(lease(OTHER, ago=60.0)) == NOBODY
    assert see(lease(OTHER, leaseDurationSeconds=100)).seconds == pytest.approx(90.0)


def test_a_process_that_is_known_to_be_dead_controls_nothing() -> None:
    """After kill -9 on this machine nobody waits."""
    assert see(lease(OTHER), dead=OTHER.process) == NOBODY


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"spec": None, "metadata": None},
        {"spec": {"holderIdentity": None}},
        lease(LeaseHolder("")),
        lease(MINE),
    ],
)
def test_a_free_lease_and_our_own_are_nobody_elses(found: Any) -> None:
    """Whatever is missing from it."""
    assert see(found) == NOBODY


def test_a_lease_without_a_time_has_ended() -> None:
    """Nobody has renewed it."""
    assert see(lease(OTHER, renewTime=None)) == NOBODY


def test_a_lease_of_an_older_version_names_its_controller_alone() -> None:
    """It is ours if it has our name; any other is waited for."""
    assert holder.is_ours(lease(LeaseHolder(MINE.name)), MINE)
    assert not holder.is_ours(lease(OTHER._replace(name=MINE.name)), MINE)
    assert see(lease(LeaseHolder(OTHER.name))).who == OTHER.name


@pytest.mark.parametrize(
    ("there", "is_copy"),
    [
        (MINE, False),
        (MINE._replace(folder="/data/sweeps/y"), False),
        (MINE._replace(inode="6"), False),
        (MINE._replace(folder="/data/sweeps/y", inode=""), False),
        (MINE._replace(folder="/data/sweeps/y", inode="6"), True),
    ],
    ids=["the same", "moved", "put back from a copy", "of an unknown inode", "another"],
)
def test_a_copy_has_another_path_and_another_inode(there: LeaseHolder, is_copy: bool) -> None:
    """A folder that was renamed keeps its inode; one that stands in for a lost one has its path."""
    found = see(lease(there._replace(name=OTHER.name, process=OTHER.process)))
    assert (found.folder == there.folder) is is_copy
    assert ("of which this folder is a copy" in str(holder.refusal(found, "cvsweep-abcd"))) is is_copy
