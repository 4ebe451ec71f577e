"""`--detach`: the controller goes on by itself."""

from __future__ import annotations

import os
import signal
import time

import pytest

from sweeper.core.model import Status
from tests.cli.tiny import GATED

TWO = ("-m", "x=1,2", "sweep.name=x")


@pytest.fixture
def detached(tiny):
    """A sweep that runs in the background, whose trials wait for the gate; and what was said."""
    tiny.program(f"echo hello from $x\n{GATED}")
    return tiny.run(*TWO, "--detach")


def test_a_run_goes_on_in_a_session_of_its_own(tiny, detached, until):
    """`--detach` returns at once; the controller has its own session, and its log lies in the folder."""
    assert detached.code == 0
    pid = tiny.controller
    assert os.getsid(pid) == pid
    log = tiny.sweeps / "x" / "controller.log"
    assert detached.err.splitlines()[1:] == [
        f"x runs in the background (process {pid}); its log: {log}",
        "watch it with: cvsweep status -w x    end it with: cvsweep cancel x",
    ]
    until(lambda: tiny.running() == 2)
    tiny.go()
    until(lambda: tiny.count(Status.COMPLETED) == 2)
    until(lambda: "2 trials: 2 completed" in log.read_text())


@pytest.mark.usefixtures("detached")
def test_status_and_logs_work_meanwhile(tiny, until):
    """While it runs in the background, `status` shows it and `logs -f` follows a trial to its end."""
    until(lambda: "2 trials: 2 running" in tiny.run("status", "x").out)
    until(lambda: tiny.run("logs", "x", "1").out == "hello from 2\n")
    follower = tiny.start("logs", "-f", "x", "0")
    until(lambda: "hello from 1\n" in tiny.err)
    tiny.go()
    assert follower.wait(10) == 0
    assert tiny.err == "hello from 1\nx is 1\n"


@pytest.mark.usefixtures("detached")
def test_resume_in_the_background_where_a_controller_lives_is_refused(tiny):
    """`resume --detach` does not claim to have started what is running already."""
    result = tiny.run("resume", "--detach", "x")
    assert result.code == 3
    assert result.err.startswith(f"cvsweep: sweep x is held by process {tiny.controller} on ")
    assert result.err.count("\n") == 1


@pytest.mark.usefixtures("detached")
def test_an_abandoned_sweep_is_resumed_in_the_background(tiny, until):
    """`resume --detach` takes up a sweep whose controller has gone, and returns at once."""
    former = tiny.controller
    until(lambda: tiny.running() == 2)
    os.kill(former, signal.SIGKILL)
    result = until(lambda: (tried := tiny.run("resume", "-d", "x")).code == 0 and tried)
    assert tiny.controller != former
    assert "x runs in the background" in result.err
    tiny.go()
    until(lambda: tiny.count(Status.COMPLETED) == 2)
    assert [row["attempts"] for row in tiny.rows()] == [1, 1]


def test_a_controller_that_hangs_is_taken_over_in_the_background(tiny, until):
    """`resume --detach --take-over` waits for the new controller, not for the frozen one."""
    tiny.program(GATED)
    frozen = tiny.start(*TWO)
    until(lambda: tiny.running() == 2)
    frozen.send_signal(signal.SIGSTOP)
    result = tiny.run("resume", "--detach", "--take-over", "x")
    assert f"(process {tiny.controller})" in result.err
    assert tiny.controller != frozen.pid
    tiny.go()
    until(lambda: tiny.count(Status.COMPLETED) == 2)


def test_a_sweep_that_is_over_at_once_is_told_of_all_the_same(tiny):
    """Where nothing is left to do, the background controller's words are shown here."""
    tiny.run(*TWO)
    result = tiny.run("resume", "--detach", "x")
    assert result.code == 0
    assert (
        "2 trials: 2 completed; everything is in sweeps/x" in result.err or "in the background" in result.err
    )


def test_modules_of_the_project_are_no_hindrance(tiny, until):
    """A project file that is called like one of Python's own modules is not imported by the controller."""
    for name in ("secrets", "json", "sweeper"):
        (tiny.folder / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    assert tiny.run("-d", *TWO).code == 0
    until(lambda: tiny.count(Status.COMPLETED) == 2)


def test_points_are_added_to_a_sweep_in_the_background(tiny, detached, until):
    """The same name with more points hands them to the live controller, and soon."""
    until(lambda: tiny.running() == 2)
    began = time.monotonic()
    result = tiny.run("-m", "x=1,2,3", "sweep.name=x", "cluster.max_parallel=5")
    assert time.monotonic() - began < 10
    assert result.code == 0
    assert result.err.splitlines() == [
        "x: 2 of 3 are already there",
        "x: adding 1 trial",
        "its controller keeps the settings that it has; those given here are not used",
        "its controller goes on; watch it with: cvsweep status -w x",
    ]
    assert len(tiny.state().trials) == 3
    tiny.go()
    until(lambda: tiny.count(Status.COMPLETED) == 3)


def test_a_secret_of_a_point_that_is_added_meanwhile_is_masked_in_results(tiny, until):
    """Its controller knew nothing of it when it began."""
    write = 'echo "{\\"v\\": \\"key $api_key\\"}" > "$CVSWEEP_OUT/metrics.json"'
    tiny.program(f'if [ -n "${{api_key-}}" ]; then {write}; exit; fi\n{GATED}')
    assert tiny.run(*TWO, "--detach").code == 0
    until(lambda: tiny.running() == 2)
    assert tiny.run("-m", "x=1", "+api_key=c4n4ry", "sweep.name=x").code == 0
    tiny.go()
    until(lambda: tiny.count(Status.COMPLETED) == 3)
    assert tiny.rows()[2]["v"] == "key ***"


def test_the_same_again_while_it_runs_changes_nothing(tiny, detached, until):
    """The same grid while its controller lives says that it is there, and returns."""
    result = tiny.run(*TWO)
    assert result.code == 0
    assert result.err.splitlines() == [
        "x: 2 of 2 are already there; nothing new to run",
        "its controller goes on; watch it with: cvsweep status -w x",
    ]
