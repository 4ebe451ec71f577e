"""Does a controller live? Facts in, verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.presence import (
    LONG_AGO,
    NOBODY,
    STILL,
    ClusterHolder,
    Facts,
    Heartbeat,
    Locks,
    Machine,
    Presence,
    presence,
    seems_held,
    signature,
)

HERE = Machine("boot", "pid:[1]")
OURS = Heartbeat("a", "boot", "pid:[1]", 7, 70, 1.5)
OTHER_BOOT = OURS._replace(host="b", boot_id="other")
CONTAINER = OURS._replace(pid_namespace="pid:[2]")
ELSEWHERE = (OTHER_BOOT, CONTAINER, None)
"""Heartbeats whose process cannot be looked up here: another host's, a container's, a damaged one."""

HELD, FREE, UNKNOWN = Presence.HELD, Presence.FREE, Presence.UNKNOWN


def facts(locks: Locks, **others: Any) -> Facts:
    return Facts(locks, HERE, **others)


@pytest.mark.parametrize("heartbeat", [OURS, *ELSEWHERE])
@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize("age", [0.0, 1e6])
def test_a_lock_that_is_held_decides_whatever_the_heartbeat_says(
    heartbeat: Heartbeat | None, alive: bool, age: float
) -> None:
    """Old versions leave no heartbeat, and one that cannot be written is old."""
    assert presence(facts(Locks.HELD)) is HELD
    assert presence(facts(Locks.HELD, beats=True, heartbeat=heartbeat, alive=alive, age=age)) is HELD


@pytest.mark.parametrize("locks", [Locks.FREE, Locks.UNSUPPORTED])
def test_without_lock_and_heartbeat_nobody_controls_the_sweep(locks: Locks) -> None:
    """So it is with sweeps of old versions, and after a clean leave."""
    assert presence(facts(locks)) is FREE
    assert not seems_held(facts(locks))


@pytest.mark.parametrize("locks", [Locks.FREE, Locks.UNSUPPORTED])
@pytest.mark.parametrize("age", [0.0, STILL, LONG_AGO])
def test_on_the_same_machine_a_dead_process_is_known_at_once(locks: Locks, age: float) -> None:
    """After kill -9 nobody waits, however young the heartbeat is."""
    assert presence(facts(locks, beats=True, heartbeat=OURS, alive=False, age=age)) is FREE


@pytest.mark.parametrize("age", [-5.0, 0.0, STILL, LONG_AGO])
def test_on_the_same_machine_a_live_process_without_locks_controls_the_sweep(age: float) -> None:
    """Even one that hangs, as with locks: only --take-over takes it from there."""
    found = facts(Locks.UNSUPPORTED, beats=True, heartbeat=OURS, alive=True, age=age, still=STILL)
    assert presence(found) is HELD


def test_a_live_process_whose_lock_is_free_is_watched() -> None:
    """It may hold its lock through another mount, or may have left without removing its heartbeat."""
    found = facts(Locks.FREE, beats=True, heartbeat=OURS, alive=True)
    assert presence(found) is UNKNOWN
    assert presence(found._replace(moved=True)) is HELD
    assert presence(found._replace(still=STILL)) is FREE


@pytest.mark.parametrize("locks", [Locks.FREE, Locks.UNSUPPORTED])
@pytest.mark.parametrize("heartbeat", ELSEWHERE)
@pytest.mark.parametrize("alive", [True, False])
def test_a_heartbeat_from_elsewhere_is_watched(
    locks: Locks, heartbeat: Heartbeat | None, alive: bool
) -> None:
    """It moves: held. It stands still for half a minute: free. Its process number means nothing here."""
    found = facts(locks, beats=True, heartbeat=heartbeat, alive=alive)
    assert presence(found) is UNKNOWN
    assert presence(found._replace(still=STILL - 1)) is UNKNOWN
    assert presence(found._replace(still=STILL)) is FREE
    assert presence(found._replace(moved=True, still=STILL)) is HELD


@pytest.mark.parametrize(
    ("age", "found", "seems"),
    [
        (-1e6, UNKNOWN, True),
        (-1.0, UNKNOWN, True),
        (0.0, UNKNOWN, True),
        (STILL - 1, UNKNOWN, True),
        (STILL, UNKNOWN, False),
        (LONG_AGO - 1, UNKNOWN, False),
        (LONG_AGO, FREE, False),
    ],
)
def test_readers_go_by_the_age_and_only_a_long_one_spares_the_watch(
    age: float, found: Presence, seems: bool
) -> None:
    """Clocks may differ by seconds, so who wants to take the sweep looks for itself."""
    asked = facts(Locks.FREE, beats=True, heartbeat=OTHER_BOOT, age=age)
    assert (presence(asked), seems_held(asked)) == (found, seems)


def test_readers_take_what_is_certain_as_it_is() -> None:
    """A held lock is held, whatever the age."""
    assert seems_held(facts(Locks.HELD, age=1e6))
    assert not seems_held(facts(Locks.FREE, beats=True, heartbeat=OURS))


def test_without_a_name_for_the_machine_nothing_is_local() -> None:
    """Without /proc no process is looked up, and two machines without a name are not the same."""
    nameless = OURS._replace(boot_id="", pid_namespace="")
    found = Facts(Locks.UNSUPPORTED, Machine("", ""), beats=True, heartbeat=nameless)
    assert not found.is_local
    assert presence(found) is UNKNOWN


def test_a_heartbeat_is_read_as_it_was_written() -> None:
    """To JSON and back."""
    assert Heartbeat.from_json(OURS.to_json()) == OURS
    assert Heartbeat.from_json({**OURS.to_json(), "more": 1, "since": 2}) == OURS._replace(since=2.0)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        "text",
        {**OURS.to_json(), "pid": "7"},
        {**OURS.to_json(), "pid": 0},
        {**OURS.to_json(), "pid": -1},
        {**OURS.to_json(), "since": None},
        {**OURS.to_json(), "since": -1},
        {**OURS.to_json(), "since": float("inf")},
        {**OURS.to_json(), "since": float("nan")},
        {name: value for name, value in OURS.to_json().items() if name != "boot_id"},
    ],
)
def test_what_is_no_heartbeat_names_nobody(data: Any) -> None:
    """Anything may lie there."""
    assert Heartbeat.from_json(data) is None


def test_people_are_told_host_process_and_time() -> None:
    """As the lock file tells it."""
    assert signature(OURS) == {"host": "a", "pid": 7, "since": 1.5}


def test_a_controller_that_only_the_cluster_knows_is_watched() -> None:
    """A sign of life refuses; once its lease has ended nobody controls the sweep."""
    found = facts(Locks.FREE, elsewhere=ClusterHolder("bob@there:9", "7", 31.0))
    assert presence(found) is UNKNOWN
    assert presence(found._replace(renewed=True)) is HELD
    assert presence(found._replace(elsewhere=NOBODY, renewed=True)) is FREE


def test_a_copy_of_the_folder_is_refused_at_once() -> None:
    """Even if the controller of the original may be dead: the sweep is its folder's."""
    assert presence(facts(Locks.FREE, elsewhere=ClusterHolder("bob@there:9", "7", 31.0, "/data/a"))) is HELD


def test_what_the_folder_shows_comes_before_what_the_cluster_knows() -> None:
    """A lock or a heartbeat is younger than a lease."""
    known = ClusterHolder("bob@there:9", "7", 31.0)
    assert presence(facts(Locks.HELD, elsewhere=known)) is HELD
    watched = facts(Locks.FREE, beats=True, heartbeat=OTHER_BOOT, elsewhere=known)
    assert presence(watched) is UNKNOWN
    assert presence(watched._replace(moved=True)) is HELD
    assert presence(watched._replace(still=STILL)) is UNKNOWN
