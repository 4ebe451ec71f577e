"""A sweep goes on with the Python and the environment that it was made with, whatever shell resumes it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sweeper.core.model import Status
from tests.cli.tiny import COMMAND, QUICK

PROGRAM = """\
[ "$CVSWEEP_TRIAL" = 0 ] || [ -e "$CVSWEEP_CODE/go" ] || exit 3
python "$CVSWEEP_CODE"; echo "${PYTHONPATH:-none} ${VIRTUAL_ENV:-none}"
"""


@pytest.fixture
def shells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Enters an environment: the `python` of each prints its name."""

    def enter(name: str) -> Path:
        folder = tmp_path / "environments" / name
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "pyvenv.cfg").touch()
        python = folder / "bin" / "python"
        python.write_text(f"#!/bin/sh\necho {name}\n")
        python.chmod(0o755)
        monkeypatch.setenv("VIRTUAL_ENV", os.fspath(folder))
        monkeypatch.setenv("PATH", f"{folder}/bin{os.pathsep}{os.defpath}")
        monkeypatch.delenv("CONDA_PREFIX", raising=False)
        return folder

    monkeypatch.delenv("PYTHONPATH", raising=False)
    return enter


def logs(tiny, number: int = 1) -> list[str]:
    found = sorted(tiny.sweeps.glob(f"x/trials/*/attempts/{number}/log.txt"))
    return [" ".join(log.read_text().split()) for log in found]


def test_another_shell_changes_nothing_and_is_reported(tiny, shells, monkeypatch):
    """Resumed from another environment, later trials use the first one; one line says what differs."""
    first = shells("first")
    tiny.program(PROGRAM)
    tiny.run("-m", "x=1,2", "sweep.name=x")
    second = shells("second")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    tiny.go()
    result = tiny.run("retry", "x")
    assert logs(tiny) + logs(tiny, 2) == [f"first none {first}", "", f"first none {first}"]
    assert (
        f"this shell differs from the one that the sweep was made in (python is {second}/bin/python,"
        f" was {first}/bin/python; VIRTUAL_ENV is {second}, was {first}; PYTHONPATH is /elsewhere,"
        " was not set)" in result.err
    )


def test_this_shells_environment_can_be_wanted(tiny, shells):
    """--this-environment takes the new one, for good."""
    shells("first")
    tiny.program(PROGRAM)
    tiny.run("-m", "x=1,2", "sweep.name=x", "retry.budgets.error=0")
    second = shells("second")
    tiny.go()
    tiny.run("retry", "x")
    result = tiny.run("resume", "x", "--this-environment")
    assert "this shell differs" not in result.err
    result = tiny.run("resume", "x")
    assert "this shell differs" not in result.err
    assert json.loads((tiny.sweeps / "x" / "sweep.json").read_text())["environment"]["VIRTUAL_ENV"] == str(
        second
    )


def test_a_python_that_is_gone_is_one_line(tiny, shells):
    """Exit code 2, with the way out, and nothing runs."""
    first = shells("first")
    tiny.program("exit 3\n")
    tiny.run("x=range(9)", "-m", "sweep.name=x")  # it pauses
    (first / "bin" / "python").unlink()
    shells("second")
    result = tiny.run("resume", "x")
    assert result.code == 2
    assert f"x was made with {first}/bin/python, which is no more" in result.err
    assert "--this-environment" in result.err
    tiny.program(QUICK)
    tiny.run("resume", "x", "--this-environment")
    assert tiny.count(Status.COMPLETED) >= 1


@pytest.mark.parametrize("words", [("retry", "x", "0", "--completed"), ("-m", "x=1,2", "sweep.name=x")])
def test_what_is_refused_for_its_python_leaves_no_request(tiny, shells, words):
    """Exit code 2 means that nothing was asked for: no later command runs it after all."""
    first = shells("first")
    tiny.run("x=1", "sweep.name=x")
    (first / "bin" / "python").unlink()
    shells("second")
    result = tiny.run(*words)
    assert result.code == 2
    assert "which is no more" in result.err
    assert not list((tiny.sweeps / "x" / "requests").iterdir())


def test_a_sweep_that_is_over_needs_no_python(tiny, shells):
    """There is nothing to run: the table is shown, and no environment is compared."""
    first = shells("first")
    tiny.run("x=1", "sweep.name=x")
    (first / "bin" / "python").unlink()
    shells("second")
    result = tiny.run("resume", "x")
    assert result.code == 0
    assert "differs" not in result.err


def test_a_sweep_of_an_older_version_uses_the_shell(tiny, shells):
    """It has kept nothing: resumed, it runs as it always did."""
    shells("first")
    tiny.run("x=1", "sweep.name=x")
    path = tiny.sweeps / "x" / "sweep.json"
    data = json.loads(path.read_text())
    for name in ("environment", "imports", "checksum"):
        del data[name]
    path.write_text(json.dumps(data))
    for name in ("environment.txt", "code.json", "code.sha256"):
        (tiny.sweeps / "x" / name).unlink()
    shells("second")
    result = tiny.run("x=2", "sweep.name=x")
    assert result.code == 0
    assert "differs" not in result.err


def test_packages_are_recorded_and_compared(tiny, tmp_path):
    """environment.txt names the interpreter and its packages; a version that has changed is said."""
    tiny.run("-m", "x=range(9)", "sweep.name=x", f"task.command=[{COMMAND[0]},--wrong]")  # it pauses
    path = tiny.sweeps / "x" / "environment.txt"
    text = path.read_text()
    assert f"# interpreter: {COMMAND[0]}\n" in text
    assert "\nnumpy==" in text
    path.write_text(text.replace("\nnumpy==", "\nnumpy==0."))
    result = tiny.run("resume", "x")
    assert "warning: since the sweep was made its environment has changed: numpy 0." in result.err
    assert "resumed with: numpy 0." in path.read_text()


def test_a_flag_of_the_first_run_is_not_lost_in_silence(tiny, tmp_path):
    """Points that are added without --config-dir may come from another configuration: that is said."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.yaml").write_text((tmp_path / "configs" / "config.yaml").read_text())
    tiny.run("x=1", "sweep.name=x", "--config-dir", "other")
    result = tiny.run("x=2", "sweep.name=x")
    place = tmp_path / "other"
    assert f"warning: x was made with --config-dir {place}, these points with no --config-dir" in result.err
    result = tiny.run("x=3", "sweep.name=x", "--config-dir", "other", "--config-name", "config")
    assert "was made without --config-name, these points with --config-name config" in result.err
    result = tiny.run("x=4", "sweep.name=x", "--config-dir", "other")
    assert "warning: x was made" not in result.err
