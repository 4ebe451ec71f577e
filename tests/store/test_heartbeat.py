"""The heartbeat: touched while a controller lives and turns, gone when it leaves."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from sweeper.core.errors import StorageError, SupersededError
from sweeper.core.paths import SweepPaths
from sweeper.store import heart as hearts
from sweeper.store import heartbeat, machine
from sweeper.store.heart import Heart
from tests.conftest import Until
from tests.store.lockless import other_host

SOON = 0.01


@pytest.fixture
def heart(paths: SweepPaths, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heart]:
    """One that beats a hundred times a second, its heartbeat in place."""
    monkeypatch.setattr(hearts, "EVERY", SOON)
    mine = machine.me()
    heartbeat.publish(paths, mine, None)
    one = Heart(paths, mine)
    yield one
    if one._thread.is_alive():
        one.stop()


def make_old(paths: SweepPaths) -> None:
    os.utime(paths.heartbeat, (1.0, 1.0))


def is_young(paths: SweepPaths) -> bool:
    found = heartbeat.read(paths)
    return found is not None and found.at_ns > 1e9


def test_it_moves_while_the_controller_lives_and_is_gone_when_it_leaves(
    paths: SweepPaths, heart: Heart, until: Until
) -> None:
    """By its date alone: what it says stays."""
    heart.start()
    for _ in range(3):
        make_old(paths)
        until(lambda: is_young(paths))
    heart.stop()
    assert heartbeat.read(paths) is None


def test_a_controller_that_hangs_stops_beating_and_goes_on_when_it_turns(
    paths: SweepPaths, heart: Heart, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long wait of minutes is none; who hangs for longer does not look alive for ever."""
    now = [0.0]
    looks = [0]

    def monotonic() -> float:
        looks[0] += 1
        return now[0]

    monkeypatch.setattr(hearts, "time", SimpleNamespace(monotonic=monotonic))
    heart.turned()
    heart.start()
    now[0] = hearts.HANGS - 1
    make_old(paths)
    until(lambda: is_young(paths))
    now[0] = hearts.HANGS + 1
    before = looks[0]
    until(lambda: looks[0] > before + 1)  # a beat that was under way is over
    make_old(paths)
    before = looks[0]
    until(lambda: looks[0] > before + 3)
    assert not is_young(paths)
    heart.turned()
    until(lambda: is_young(paths))


def test_a_beat_that_fails_is_tried_again(
    paths: SweepPaths, heart: Heart, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume in trouble ends nothing."""
    tries = [0]

    def failing(*_: Any) -> None:
        tries[0] += 1
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "utime", failing)
        heart.start()
        until(lambda: tries[0] > 3)
    make_old(paths)
    until(lambda: is_young(paths))


def test_a_heartbeat_that_was_removed_or_damaged_comes_back(
    paths: SweepPaths, heart: Heart, until: Until
) -> None:
    """As long as the sweep is ours; not to know that is no reason to stop."""

    def doubt() -> None:
        heart.check = lambda: None
        raise StorageError("nobody knows")

    heart.check = doubt
    os.unlink(paths.heartbeat)
    heart.start()
    until(lambda: is_young(paths))
    with open(paths.heartbeat, "w") as file:
        file.write("{")
    until(lambda: (found := heartbeat.read(paths)) is not None and found.who is not None)


def test_a_controller_that_has_lost_the_sweep_puts_no_heartbeat_there(
    paths: SweepPaths, heart: Heart, until: Until
) -> None:
    """Neither in the place of one that is gone, nor over another's."""

    def lost() -> None:
        raise SupersededError("another took it over")

    heart.check = lost
    os.unlink(paths.heartbeat)
    heart.start()
    until(lambda: not heart._thread.is_alive())
    assert heartbeat.read(paths) is None


def test_another_controllers_heartbeat_is_left_alone(paths: SweepPaths, heart: Heart, until: Until) -> None:
    """It is neither touched nor removed by one that was taken over."""
    theirs = other_host()
    heartbeat.replace(paths, theirs)
    make_old(paths)
    heart.start()
    assert not heart._closing.wait(5 * SOON)
    heart.stop()
    found = heartbeat.read(paths)
    assert found is not None
    assert found.who == theirs
    assert not is_young(paths)


def test_its_age_is_told_by_the_volumes_clock(paths: SweepPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose own clock is an hour ahead is not misled; nothing is left behind."""
    heartbeat.publish(paths, other_host(), None)
    at = time.time() - 100.0
    os.utime(paths.heartbeat, (at, at))
    before = os.listdir(paths.folder)
    ahead = SimpleNamespace(time=lambda: time.time() + 3600.0)
    monkeypatch.setattr(heartbeat, "time", ahead)
    beat = heartbeat.read(paths)
    assert beat is not None
    assert heartbeat.age(paths, beat) == pytest.approx(100.0, abs=20.0)
    assert os.listdir(paths.folder) == before

    def refused(path: str, *_: Any, **__: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "open", refused)
    assert heartbeat.age(paths, beat) == pytest.approx(3700.0, abs=20.0)
