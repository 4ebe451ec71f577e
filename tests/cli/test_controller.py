"""A controller and what is done to it from outside: signals, closed terminals, a second controller."""

from __future__ import annotations

import signal
import subprocess

import pytest

from sweeper.core.model import Status
from tests.cli.terminal import Terminal
from tests.cli.tiny import GATED

FOUR = ("-m", "x=range(4)", "sweep.name=x")
DRAINING = "launching nothing more and waiting for what runs; Ctrl-C again leaves it running\n"


@pytest.fixture
def running(tiny, until):
    """Starts a sweep of four, two at a time, whose trials wait for the gate."""

    def start(*words, **options):
        tiny.program(GATED)
        process = tiny.start(*FOUR, *words, **options)
        until(lambda: tiny.running() >= 2)
        return process

    return start


def test_ctrl_c_once_drains(tiny, running, until):
    """Ctrl-C once: nothing more is launched, what runs is waited for, and it says how to go on."""
    process = running()
    process.send_signal(signal.SIGINT)
    until(lambda: DRAINING in tiny.err, 2)
    tiny.go()
    assert process.wait(10) == 130
    assert tiny.err.endswith("x: 4 trials: 2 queued, 2 completed\ngo on with: cvsweep resume x\n")
    assert (tiny.count(Status.COMPLETED), tiny.count(Status.QUEUED)) == (2, 2)
    assert tiny.run("resume", "x").code == 0


def test_ctrl_c_twice_leaves_the_trials_running(tiny, running, until):
    """Ctrl-C twice: the controller leaves, its trials go on, and resuming collects what they did."""
    process = running()
    process.send_signal(signal.SIGINT)
    until(lambda: DRAINING in tiny.err, 2)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert tiny.err.endswith(
        "x: 4 trials: 2 queued, 2 running\n"
        "left 2 running; they go on, and their results are kept\n"
        "come back with: cvsweep resume x    end them with: cvsweep cancel x\n"
    )
    assert len(tiny.alive()) >= 2
    tiny.go()
    until(lambda: not tiny.alive())
    assert tiny.run("resume", "x").code == 0
    assert [(row["v"], row["attempts"]) for row in tiny.rows()] == [(0, 1), (1, 1), (2, 1), (3, 1)]


def test_a_sweep_that_ends_while_it_drains_ends_like_any_other(tiny, running, until):
    """Where Ctrl-C finds nothing left to launch, the run ends with its table and its own exit code."""
    process = running("cluster.max_parallel=4")
    process.send_signal(signal.SIGINT)
    until(lambda: DRAINING in tiny.err, 2)
    assert tiny.running() == 4
    tiny.go()
    assert process.wait(10) == 0
    assert "4 trials: 4 completed; everything is in sweeps/x" in tiny.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_term_and_hup_leave_at_once(tiny, running, number):
    """SIGTERM and SIGHUP leave at once; the trials go on, and nothing is cancelled."""
    process = running()
    process.send_signal(number)
    assert process.wait(3) == 130
    assert "left 2 running; they go on" in tiny.err
    assert "Traceback" not in tiny.err
    tiny.go()
    assert tiny.run("resume", "x").code == 0
    assert [row["attempts"] for row in tiny.rows()] == [1, 1, 1, 1]


def test_nohup_is_respected(tiny, running):
    """A hang-up that was ignored when the run began stays ignored."""
    process = running(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    tiny.go()
    assert process.wait(10) == 0


def test_children_are_heeded_where_the_parent_ignored_its_own(tiny, running):
    """Started with SIGCHLD ignored, a run collects its trials all the same."""
    process = running(preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    tiny.go()
    assert process.wait(10) == 0
    assert tiny.count(Status.COMPLETED) == 4


def test_a_closed_terminal_leaves_the_trials_running(tiny, running):
    """When its terminal is closed the controller leaves, the trials go on, and resuming collects them."""
    terminal = Terminal()
    process = running(**terminal.options())
    terminal.close()
    assert process.wait(10) == 130
    assert tiny.running() == 2
    tiny.go()
    assert tiny.run("resume", "x").code == 0
    assert [row["attempts"] for row in tiny.rows()] == [1, 1, 1, 1]


def test_a_sweep_goes_on_when_nobody_reads_its_words_any_more(tiny, running):
    """A reader of stderr that goes away (`2>&1 | head`) does not end the sweep."""
    process = running(stderr=subprocess.PIPE)
    process.stderr.close()
    tiny.go()
    assert process.wait(10) == 0
    assert tiny.count(Status.COMPLETED) == 4


def test_a_second_controller_is_refused(tiny, running):
    """Where a controller lives, a second one is one line that says who, and exit code 3."""
    process = running()
    result = tiny.run("resume", "x")
    assert result.code == 3
    assert result.err.startswith(f"cvsweep: sweep x is held by process {process.pid} on ")
    assert tiny.running() == 2


def test_a_controller_that_hangs_can_be_taken_over(tiny, running, until):
    """resume --take-over goes on in place of a frozen controller, which leaves when it wakes up."""
    process = running()
    process.send_signal(signal.SIGSTOP)
    tiny.go()
    assert tiny.run("resume", "--take-over", "x").code == 0
    process.send_signal(signal.SIGCONT)
    assert process.wait(10) == 3
    assert "another controller took it over; this one leaves it alone\n" in tiny.err
    assert [row["attempts"] for row in tiny.rows()] == [1, 1, 1, 1]


def test_a_killed_controller_is_no_loss(tiny, running):
    """After kill -9 of the controller its trials go on; resuming takes them over and runs the rest."""
    process = running()
    process.kill()
    process.wait()
    tiny.go()
    assert tiny.run("resume", "x").code == 0
    assert [row["attempts"] for row in tiny.rows()] == [1, 1, 1, 1]
