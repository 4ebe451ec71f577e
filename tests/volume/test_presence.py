"""A controller on another host is seen to live, to stand still and to leave, whatever this host remembers."""

from __future__ import annotations

import os

import pytest

from sweeper.core.errors import SweepHeldError
from sweeper.store import heartbeat, machine, presence
from sweeper.store.folder import SweepWriter
from tests.store.lockless import Virtual, without_locks
from tests.volume.conftest import Shared


@pytest.fixture(autouse=True)
def other_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    """No locks, and whoever asks has another boot than the controller, whose process is our own."""
    without_locks(monkeypatch)
    there = machine.here()._replace(boot_id="another boot")
    monkeypatch.setattr(machine, "here", lambda: there)


def test_a_controller_of_another_host_is_seen_and_refuses(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the heartbeat was looked at before, its next beat is seen."""
    assert not shared.b.is_held()
    writer = SweepWriter.take(shared.a)
    really = machine.me()
    heartbeat.replace(shared.a.paths, really._replace(boot_id="the controller's boot"))
    assert shared.b.is_held()
    Virtual(monkeypatch, lambda now: os.utime(shared.a.paths.heartbeat) if now == 20.0 else None)
    with pytest.raises(SweepHeldError, match=f"held by process {os.getpid()} "):
        SweepWriter.take(shared.b)
    writer.check()
    writer.release()


def test_a_heartbeat_that_goes_is_seen_to_go(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another host's clean leave ends the watch."""
    heartbeat.replace(shared.a.paths, machine.me()._replace(boot_id="the controller's boot"))
    assert presence.is_held(shared.b.paths)
    time = Virtual(monkeypatch, lambda now: os.unlink(shared.a.paths.heartbeat) if now == 5.0 else None)
    SweepWriter.take(shared.b).release()
    assert time.now == 5.0
    assert not shared.a.is_held()


def test_a_heartbeat_that_stands_still_is_taken(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the first host sees who has the sweep now."""
    heartbeat.replace(shared.a.paths, machine.me()._replace(boot_id="the controller's boot"))
    heartbeat.read(shared.a.paths)
    time = Virtual(monkeypatch)
    writer = SweepWriter.take(shared.b)
    assert time.now == 30.0
    seen = heartbeat.read(shared.a.paths)
    assert seen is not None
    assert seen.who is not None
    assert seen.who.boot_id == "another boot"
    writer.release()
    assert heartbeat.read(shared.a.paths) is None
