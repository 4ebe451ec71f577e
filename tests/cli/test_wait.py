"""cvsweep wait: until sweeps have ended, with their exit code."""

from __future__ import annotations

import pytest

from sweeper.app import status
from sweeper.cli.main import main


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nobody is waited for that does not come."""
    monkeypatch.setattr(status, "EVERY", 0.01)
    monkeypatch.setattr(status, "TIMEOUT", 0.0)


def run_wait(capsys, *words: str) -> tuple[int, str]:
    return main(["wait", *words]), capsys.readouterr().err


def test_the_worst_of_several_counts(sweep, capsys):
    """Each is told with what to do about it."""
    sweep("good", trials=1).complete(0)
    sweep("bad", trials=1).fail(0, "boom")
    sweep("alone", trials=1)
    assert run_wait(capsys, "good") == (0, "good: 1 trial: 1 completed\nnext: cvsweep results good\n")
    code, err = run_wait(capsys, "good", "bad")
    assert code == 1
    assert "bad: 1 trial: 1 failed\nnext: cvsweep logs bad 0, then cvsweep retry bad\n" in err
    code, err = run_wait(capsys, "bad", "alone", "good")
    assert code == 130
    assert "NO CONTROLLER SINCE" in err


def test_time_is_up(sweep, held, capsys):
    """A sweep that goes on is said to go on."""
    held(sweep("slow", trials=1))
    assert run_wait(capsys, "--timeout", "0") == (
        130,
        "slow: 1 trial: 1 queued\nslow: not over after 0 s; it goes on\n",
    )


@pytest.mark.parametrize("text", ["soon", "-1", "inf", "nan", ""])
def test_a_time_that_is_none_is_refused(sweep, capsys, text):
    """Exit code 2."""
    sweep("slow", trials=1)
    code, err = run_wait(capsys, f"--timeout={text}")
    assert code == 2
    assert "is not a number of seconds" in err
