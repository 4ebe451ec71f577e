"""`cvsweep shell` on this machine."""

from __future__ import annotations

import subprocess

import pytest

from sweeper.cli.main import main
from tests.cli.tiny import COMMAND


def shell(*words, **options):
    return subprocess.run([*COMMAND, "shell", *words], capture_output=True, text=True, check=False, **options)


def test_a_command_runs_in_the_attempts_folder(sweep):
    """It runs beside the trial, with the trial's variables, and its exit code is ours."""
    made = sweep().start(1)
    script = 'pwd; echo "$CVSWEEP_SWEEP $CVSWEEP_TRIAL $CVSWEEP_ATTEMPT"; cat; exit 7'
    done = shell("1", "--", "sh", "-c", script, input="hi\n")
    assert done.stdout == f"{made.log(1).parent}\ndigits-x 1 1\nhi\n"
    assert (done.stderr, done.returncode) == ("", 7)


def test_without_a_command_it_is_the_persons_own_shell(sweep, monkeypatch):
    """$SHELL is what opens."""
    sweep().start(0)
    monkeypatch.setenv("SHELL", "/bin/sh")
    done = shell("digits-x", "0", input='echo "$CVSWEEP_OUT"\n')
    assert done.stdout.endswith("/attempts/1\n")


def test_what_has_ended_is_said_to(sweep):
    """An ended attempt's folder can be looked into, and it is said that it has ended."""
    sweep().complete(0)
    done = shell("0", "--", "true")
    assert (done.returncode, done.stderr) == (0, "trial 0 is completed; this is what it left\n")


@pytest.mark.parametrize(("argv", "words"), [
    (["0"], "trial 0 has not started yet; it is queued"),
    (["9"], "there is no trial '9'"),
    (["1", "--", "/nonsuch"], "/nonsuch cannot be run: No such file or directory"),
    (["2"], "cannot be entered"),
])  # fmt: skip
def test_what_is_not_there_is_reported_in_one_line(sweep, capfd, monkeypatch, tmp_path, argv, words):
    """What is not there is said in one line, and the exit code is 2."""
    monkeypatch.chdir(tmp_path)  # and back, whatever it enters
    sweep().start(1).start(2, log=None)
    assert main(["shell", *argv]) == 2
    err = capfd.readouterr().err
    assert words in err.splitlines()[-1]
    assert err.count("\n") == 1
