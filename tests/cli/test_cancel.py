"""`cvsweep cancel`: the only thing that ends running trials."""

from __future__ import annotations

import signal
import time

import pytest

from sweeper.cli.main import main
from sweeper.core.model import Status
from sweeper.store.folder import SweepFolder
from tests.cli.tiny import GATED

FOUR = ("-m", "x=range(4)", "sweep.name=x")


@pytest.fixture
def running(tiny, until):
    """A sweep of four, two at a time, whose trials wait for the gate."""
    tiny.program(GATED)
    process = tiny.start(*FOUR)
    until(lambda: tiny.running() == 2)
    return process


@pytest.fixture
def left(running):
    """The same, but its controller has left and the trials go on."""
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 130


def states(tiny):
    return [str(one.status) for one in tiny.state().trials]


def test_a_whole_sweep_is_cancelled_by_its_controller(tiny, running, until):
    """`cancel` of a live sweep is answered soon, and all that runs or waits ends."""
    began = time.monotonic()
    result = tiny.run("cancel", "x")
    assert time.monotonic() - began < 10
    assert result.code == 0
    assert result.err == "x: its controller ends trials 0-3\nwatch it with: cvsweep status -w x\n"
    assert running.wait(10) == 1
    assert tiny.count(Status.CANCELLED) == 4
    assert "cancelling everything" in tiny.err
    assert not tiny.alive()


def test_one_trial_is_cancelled_and_the_others_go_on(tiny, running, until):
    """`cancel SWEEP TRIAL` ends these trials alone."""
    assert tiny.run("cancel", "x", "1", "3").code == 0
    until(lambda: states(tiny)[1] == "cancelled", 2)
    assert states(tiny) == ["running", "cancelled", "running", "cancelled"]
    assert "cancelling trials 1, 3" in tiny.err
    tiny.go()
    assert running.wait(10) == 1
    assert states(tiny) == ["completed", "cancelled", "completed", "cancelled"]


def test_cancelling_ends_the_whole_tree(tiny, until):
    """A trial's children and grandchildren end with it, also one in a session of its own."""
    tiny.program('sh -c "sleep 61 & setsid sleep 62 & sleep 63; :" & sleep 64; :\n')
    process = tiny.start("sweep.name=x")
    until(lambda: len(tiny.alive()) == 7)  # four sleeps, two shells and the shim
    assert tiny.run("cancel", "x").code == 0
    assert process.wait(10) == 1
    assert not tiny.alive()


def test_a_trial_that_ignores_term_is_killed_after_the_grace_time(tiny, until):
    """A program that ignores TERM is killed once cluster.grace has passed."""
    tiny.program('trap "" TERM; touch "$CVSWEEP_OUT/ready"; while :; do sleep 0.05; done\n')
    process = tiny.start("sweep.name=x", "cluster.grace=0.3")
    until(lambda: list(tiny.sweeps.glob("x/trials/*/attempts/1/ready")))
    assert tiny.run("cancel", "x").code == 0
    assert process.wait(10) == 1
    assert states(tiny) == ["cancelled"]
    assert not tiny.alive()


@pytest.mark.usefixtures("left")
def test_without_a_controller_cancel_ends_the_trials_itself(tiny):
    """Where no controller lives, cancel sees the trials to their end itself."""
    result = tiny.run("cancel", "x")
    assert result.code == 0
    assert result.err.endswith(
        "x: 4 trials: 4 cancelled\nrun what was cancelled after all with: cvsweep retry --cancelled x\n"
    )
    assert not tiny.alive()


@pytest.mark.usefixtures("left")
def test_without_a_controller_cancelling_some_starts_no_others(tiny):
    """Cancelling some trials without a controller leaves the others exactly as they are."""
    assert tiny.run("cancel", "x", "0").code == 0
    assert states(tiny) == ["cancelled", "running", "queued", "queued"]
    assert [one.number for one in tiny.state().trials] == [1, 1, 0, 0]
    assert tiny.alive()


def test_what_has_ended_cannot_be_cancelled(tiny):
    """Cancelling what has ended changes nothing and says so."""
    tiny.run(*FOUR)
    before = tiny.tree()
    assert tiny.run("cancel").err == "x: there is nothing to cancel; everything ended already\n"
    assert tiny.run("cancel", "3", "1").err == "x: there is nothing to cancel; trials 1, 3 ended already\n"
    assert tiny.tree() == before


def test_options_may_stand_anywhere(tiny):
    """`cancel SWEEP --root DIR TRIAL` means what it says."""
    tiny.run(*FOUR)
    assert tiny.run("cancel", "x", "--root", "sweeps", "2").err.endswith("; trial 2 ended already\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nowhere"], "there is no sweep 'nowhere' in sweeps (the newest there: x); see: cvsweep ls"),
        (["x", "9"], "there is no trial '9'; they are numbered from 0 to 3"),
        (["x", "beef"], "there is no trial 'beef'; they are numbered from 0 to 3"),
        (["--al"], "cancel: unrecognized arguments: --al (cvsweep cancel --help shows what there is)"),
    ],
)
def test_what_is_not_there_is_one_line(tiny, words, line):
    """A wrong sweep, trial or option is one line and exit code 2."""
    tiny.run(*FOUR)
    result = tiny.run("cancel", *words)
    assert (result.code, result.err) == (2, f"cvsweep: {line}\n")


def test_its_help_teaches(tiny):
    """The help has examples, says what becomes of a running trial, and how to undo it."""
    out = tiny.run("cancel", "--help").out
    assert "cvsweep cancel NAME 3 5" in out
    assert "cluster.grace" in out
    assert "cvsweep retry SWEEP TRIAL" in out


def test_what_emptied_its_folder_is_cancelled_after_a_resume(tiny, until):
    """Controllers are killed and resumed over programs that hide; `cancel` ends them all the same."""
    tiny.program(
        'trap "" TERM; rm -rf "$CVSWEEP_OUT"; echo "$CVSWEEP_TRIAL" >> "$CVSWEEP_CODE/ran"\n'
        "setsid sleep 61 & while :; do sleep 0.1; done\n"
    )
    first = tiny.start("-m", "x=1,2", "sweep.name=x", "cluster.grace=0.3")
    until(lambda: tiny.running() == 2 and (tiny.folder / "ran").exists())
    first.kill()
    first.wait(10)
    second = tiny.start("resume", "x")
    until(SweepFolder(tiny.sweeps / "x").is_held)
    assert tiny.run("cancel", "x", "1").code == 0
    until(lambda: states(tiny) == ["running", "cancelled"])
    second.kill()
    second.wait(10)
    result = tiny.run("cancel", "x")
    assert result.code == 0, result.err
    assert "2 trials: 2 cancelled" in result.err
    assert not tiny.alive()
    assert sorted((tiny.folder / "ran").read_text().split()) == ["0", "1"]


@pytest.mark.parametrize("word", ["²", "١", "1_0", "9" * 5000, "9" * 5000 + "-9", "0-²"])
def test_what_only_python_takes_for_a_number_is_no_trial(sweep, capsys, word):
    """A superscript, digits of another script, an underscore and a number beyond all bounds."""
    sweep()
    assert main(["cancel", "digits-x", word]) == 2
    assert capsys.readouterr().err.startswith("cvsweep: there is no trial '")
