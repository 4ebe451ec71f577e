"""`cvsweep retry`: failed and cancelled trials once more."""

from __future__ import annotations

import time

import pytest

from sweeper.core.model import Status
from tests.cli.tiny import GATED, QUICK

FRAGILE = f'[ -e "$CVSWEEP_CODE/whole" ] || [ "$x" = 0 ] || {{ echo broken; exit 1; }}\n{QUICK}'


@pytest.fixture
def broken(tiny):
    """A sweep of which trials 1 and 2 have failed, and whose program is whole now."""
    tiny.program(FRAGILE)
    assert tiny.run("-m", "x=0,1,2", "sweep.name=x").code == 1
    (tiny.folder / "whole").touch()
    return tiny


def test_all_failed_trials_are_tried_again(broken):
    """Without a controller `retry` becomes it and runs all failed trials again, and these alone."""
    result = broken.run("retry", "x")
    assert result.code == 0
    assert result.err.startswith("x: trials 1, 2 will be tried again\n")
    assert [(row["state"], row["attempts"]) for row in broken.rows()] == [
        ("completed", 1),
        ("completed", 2),
        ("completed", 2),
    ]


def test_some_trials_are_tried_again(broken):
    """`retry SWEEP TRIAL` tries these alone, however often they are named."""
    result = broken.run("retry", "x", "2", "2")
    assert result.code == 1
    assert result.err.startswith("x: trial 2 will be tried again\n")
    assert [row["attempts"] for row in broken.rows()] == [1, 1, 2]


def test_a_retried_trial_has_its_whole_budget_again(tiny):
    """Each retry by hand starts with the full budget."""
    tiny.program('[ "$CVSWEEP_ATTEMPT" = 4 ]\n')
    assert tiny.run("sweep.name=x", "retry.budgets.error=1").code == 1
    assert tiny.run("retry", "x").code == 0
    assert tiny.rows()[0]["attempts"] == 4


def test_cancelled_trials_are_tried_again_when_asked_for(tiny, until):
    """--cancelled means all cancelled trials, and a TRIAL may be a cancelled one."""
    tiny.program(GATED)
    process = tiny.start("-m", "x=0,1,2", "sweep.name=x")
    until(lambda: tiny.running() == 2)
    tiny.run("cancel", "x")
    assert process.wait(10) == 1
    assert tiny.run("retry", "x").err == "x: no trial is failed; there is nothing to try again\n"
    tiny.go()
    assert tiny.run("retry", "x", "1").code == 1
    assert tiny.run("retry", "--cancelled").code == 0
    assert [row["state"] for row in tiny.rows()] == ["completed"] * 3


def test_a_live_controller_does_it(tiny, until):
    """While a controller lives it tries again what it is asked to, and soon."""
    tiny.program(f'[ "$x" = 0 ] && {{ {GATED} }}\n{FRAGILE}')
    process = tiny.start("-m", "x=0,1", "sweep.name=x")
    until(lambda: tiny.count(Status.FAILED) == 1)
    (tiny.folder / "whole").touch()
    began = time.monotonic()
    result = tiny.run("retry", "x")
    assert time.monotonic() - began < 10
    assert result.err == (
        "x: trial 1 will be tried again\nits controller goes on; watch it with: cvsweep status -w x\n"
    )
    until(lambda: tiny.count(Status.COMPLETED) == 1, 2)
    tiny.go()
    assert process.wait(10) == 0


def test_it_goes_on_in_the_background(broken, until):
    """`retry --detach` returns at once; the controller goes on by itself."""
    broken.program(GATED)
    result = broken.run("retry", "--detach", "x", "1")
    assert result.code == 0
    assert "x runs in the background (process " in result.err
    broken.go()
    until(lambda: broken.count(Status.COMPLETED) == 2)


@pytest.mark.parametrize("words", [[], ["--failed"], ["--failed", "--cancelled"], ["--cancelled"]])
def test_nothing_to_try_again_is_reported(tiny, words):
    """Where nothing has failed, that is said, nothing is touched, and all is well."""
    tiny.run("-m", "x=0,1", "sweep.name=x")
    before = tiny.tree()
    result = tiny.run("retry", "x", *words)
    assert result.code == 0
    kinds = " or ".join(word.lstrip("-") for word in words) or "failed"
    assert result.err == f"x: no trial is {kinds}; there is nothing to try again\n"
    assert tiny.tree() == before


@pytest.mark.parametrize("words", [["0"], ["0", "--failed"]])
def test_a_completed_trial_is_run_again_only_on_purpose(broken, words):
    """A completed trial keeps its outcome unless the flag for it is given; the line names the flag."""
    before = broken.tree()
    result = broken.run("retry", "x", *words)
    assert result.code == 2
    assert result.err == (
        "cvsweep: trial 0 is completed: to run it again all the same, add --completed; to read again"
        " what it left: cvsweep collect\n"
    )
    assert broken.tree() == before


def test_a_named_completed_trial_is_run_again_alone(broken):
    """`--completed` next to a TRIAL allows it and means no other; the new outcome counts."""
    broken.program('echo "{\\"v\\": 7}" > "$CVSWEEP_OUT/metrics.json"\n')
    result = broken.run("retry", "x", "0", "--completed")
    assert result.err.startswith("x: trial 0 will be tried again\n")
    rows = broken.rows()
    assert [(row["state"], row["attempts"]) for row in rows] == [
        ("completed", 2),
        ("failed", 1),
        ("failed", 1),
    ]
    assert rows[0]["v"] == 7


def test_all_completed_trials_are_run_again(broken):
    """`--completed` alone means all completed trials; with `--failed`, the failed ones as well."""
    broken.run("retry", "x", "--completed")
    assert [row["attempts"] for row in broken.rows()] == [2, 1, 1]
    assert broken.run("retry", "x", "--completed", "--failed").code == 0
    assert [row["attempts"] for row in broken.rows()] == [3, 2, 2]


def test_a_live_controller_runs_a_completed_trial_again(tiny, until):
    """The request says that a completed trial is meant."""
    tiny.program(f'[ "$x" = 0 ] || {{ {GATED} }}\n{QUICK}')
    process = tiny.start("-m", "x=0,1", "sweep.name=x")
    until(lambda: tiny.count(Status.COMPLETED) == 1 and tiny.running() == 1)
    assert tiny.run("retry", "x", "0", "--completed").code == 0
    until(lambda: tiny.state().trials[0].number == 2 and tiny.count(Status.COMPLETED) == 1)
    tiny.go()
    assert process.wait(10) == 0


def test_what_has_not_ended_cannot_be_tried_again(tiny):
    """A trial that waits is refused, whatever is allowed."""
    tiny.program("exit 1")
    tiny.run("-m", "x=range(9)", "sweep.name=x")
    result = tiny.run("retry", "x", "8", "--completed")
    assert result.code == 2
    assert result.err == "cvsweep: trial 8 is queued: only trials that have ended can be tried again\n"


def test_its_help_teaches(tiny):
    """The help has examples, and says what happens to budgets, checkpoints and the controller."""
    out = tiny.run("retry", "--help").out
    assert "cvsweep retry NAME 3 5" in out
    assert "keep their checkpoints" in out
    assert "--cancelled" in out
    assert "becomes it" in out


def test_a_sweep_that_is_not_over_is_resumed(tiny):
    """Where nothing has failed but something is left, the next step is another."""
    tiny.program("exit 1")
    tiny.run("-m", "x=range(9)", "sweep.name=x", "retry.budgets.error=9")
    result = tiny.run("retry", "x")
    assert result.err.splitlines()[-1] == "next: cvsweep resume x, for the trials that are left"
