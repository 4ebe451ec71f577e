"""A volume without file locks (NFS and Lustre, as some mount them): every command works all the same."""

from __future__ import annotations

import json
import os
import signal

import pytest

from sweeper.core.model import Status
from sweeper.core.paths import SweepPaths
from sweeper.logging_setup import messages
from sweeper.store import heartbeat, machine, presence
from tests.cli.tiny import GATED
from tests.store.lockless import Virtual, no_process_has_locks

SAID = "file locks do not work on this volume (No locks available): cvsweep goes on with a heartbeat"
FOUR = ("-m", "x=range(4)", "sweep.name=x")


@pytest.fixture(autouse=True)
def lockless(monkeypatch, tmp_path_factory):
    """Neither this process nor any that it starts has locks."""
    no_process_has_locks(monkeypatch, tmp_path_factory.mktemp("site") / "packages")


@pytest.fixture
def running(tiny, until):
    """A sweep of four, two at a time, whose trials wait for the gate; its controller."""
    tiny.program(GATED)
    process = tiny.start(*FOUR)
    until(lambda: tiny.running() == 2)
    return process


def beat_elsewhere(paths):
    """As if the controller were on another host: only its heartbeat can tell."""
    heartbeat.replace(paths, machine.me()._replace(host="elsewhere", boot_id="other"))


def test_a_run_says_once_that_there_are_no_locks_and_goes_on(tiny):
    """A run, and each that comes to it, ends as everywhere; no heartbeat is left."""
    result = tiny.run("-m", "x=1,2", "sweep.name=x")
    assert result.code == 0
    assert result.err.splitlines().count(SAID) == 1
    assert not os.path.exists(tiny.sweeps / "x" / "heartbeat")
    more = tiny.run("-m", "x=1,2,3", "sweep.name=x")
    assert (more.code, more.err.splitlines().count(SAID)) == (0, 1)
    assert [row["state"] for row in tiny.rows()] == ["completed"] * 3
    assert tiny.run("resume", "x").code == 0
    assert tiny.run("-m", "x=1,2", "sweep.name=x", "results.metric=w").code == 0


def test_readers_see_who_controls_a_sweep(tiny, running):
    """`status`, `ls` and a second controller know that one lives, and say nothing of locks."""
    seen = json.loads(tiny.run("status", "x", "-o", "json").out)
    assert seen["controller"] is True
    result = tiny.run("ls")
    assert (result.code, result.err) == (0, "")
    assert "running" in result.out
    refused = tiny.run("resume", "x")
    assert refused.code == 3
    assert refused.err.startswith(f"cvsweep: sweep x is held by process {running.pid} on ")
    assert tiny.run("resume", "--detach", "x").err == refused.err


def test_requests_reach_the_controller(tiny, running, until):
    """More points, `cancel` and `retry` are granted by the one that lives."""
    result = tiny.run("-m", "x=range(5)", "sweep.name=x")
    assert (result.code, "its controller goes on" in result.err) == (0, True)
    assert tiny.run("cancel", "x", "0").code == 0
    until(lambda: tiny.count(Status.CANCELLED) == 1)
    result = tiny.run("retry", "--cancelled", "x")
    assert (result.code, "its controller goes on" in result.err) == (0, True)
    tiny.go()
    assert running.wait(20) == 0
    assert tiny.count(Status.COMPLETED) == 5


def test_a_killed_controller_is_followed_at_once(tiny, running):
    """kill -9, then `resume`: nobody waits, and its trials are taken over."""
    running.kill()
    running.wait()
    assert json.loads(tiny.run("status", "x", "-o", "json").out)["controller"] is False
    tiny.go()
    result = tiny.run("resume", "x")
    assert result.code == 0
    assert "waiting" not in result.err
    assert [row["attempts"] for row in tiny.rows()] == [1, 1, 1, 1]


def test_a_cancel_without_a_controller_ends_what_runs(tiny, running):
    """It becomes the controller for as long as it takes."""
    running.kill()
    running.wait()
    result = tiny.run("cancel", "x")
    assert result.code == 0
    assert result.err.splitlines().count(SAID) == 1
    assert tiny.count(Status.CANCELLED) == 4
    assert not tiny.alive()


def test_a_controller_that_hangs_can_be_taken_over(tiny, running):
    """It notices when it wakes up, and leaves; meanwhile --take-over alone takes it."""
    running.send_signal(signal.SIGSTOP)
    assert tiny.run("resume", "x").code == 3
    tiny.go()
    assert tiny.run("resume", "--take-over", "x").code == 0
    running.send_signal(signal.SIGCONT)
    assert running.wait(10) == 3
    assert "another controller took it over; this one leaves it alone\n" in tiny.err
    assert [row["attempts"] for row in tiny.rows()] == [1, 1, 1, 1]
    assert not os.path.exists(tiny.sweeps / "x" / "heartbeat")


def test_a_sweep_goes_on_in_the_background(tiny, until):
    """`--detach` returns once the controller has the sweep, and its log says what holds for locks."""
    result = tiny.run("-m", "x=1,2", "sweep.name=x", "--detach")
    assert result.code == 0
    log = tiny.sweeps / "x" / "controller.log"
    until(lambda: "2 trials: 2 completed" in log.read_text())
    assert messages(log.read_text()).count(SAID) == 1


def test_another_host_that_still_beats_refuses_and_one_that_does_not_is_followed(tiny, monkeypatch):
    """`resume` says for whom it waits, and takes the sweep after half a minute without a beat."""
    tiny.run("-m", "x=1,2", "sweep.name=x")
    paths = SweepPaths(str(tiny.sweeps / "x"))
    beat_elsewhere(paths)
    with monkeypatch.context() as patch:
        Virtual(patch, lambda now: os.utime(paths.heartbeat))
        refused = tiny.run("resume", "x")
        assert refused.code == 3
        assert refused.err.splitlines()[-1].startswith(
            f"cvsweep: sweep x is held by process {os.getpid()} on elsewhere"
        )
    beat_elsewhere(paths)
    time = Virtual(monkeypatch)
    taken = tiny.run("resume", "x")
    assert (taken.code, time.now) == (0, 30.0)
    assert f"whether process {os.getpid()} on elsewhere still controls the sweep" in taken.err
    assert not presence.is_held(paths)


def test_two_first_runs_at_once_are_one_sweep_with_one_controller(tiny, until):
    """Of several that start at the same time each trial is run by one alone."""
    tiny.run("x=0", "sweep.name=x")
    processes = [tiny.start("-m", "x=range(6)", "sweep.name=x") for _ in range(3)]
    codes = sorted(process.wait(30) for process in processes)
    assert set(codes) <= {0, 3}
    assert 0 in codes
    tiny.run("resume", "x")
    assert [(row["attempts"], row["state"]) for row in tiny.rows()] == [(1, "completed")] * 6
