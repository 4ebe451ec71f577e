"""Sweeps and projects that somebody has moved."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sweeper.cli.main import main
from sweeper.results.table import source
from sweeper.store.folder import SweepFolder
from tests.cli.tiny import QUICK

NEEDS_GO = f'test "$x" = 1 || test -e "$CVSWEEP_CODE/go" || exit 1\n{QUICK}'
"""Fails, but for the first trial, until the file `go` lies in the project."""


def test_a_sweep_is_called_as_its_folder(sweep, capsys, project):
    """After it was moved too: in messages, in the column and in the report; its manifest stays."""
    made = sweep("a", trials=1).fail(0, "KeyError")
    os.rename(made.paths.folder, project / "sweeps" / "b")
    folder = SweepFolder(project / "sweeps" / "b")
    assert (folder.name, source(folder).name, folder.manifest.name) == ("b", "b", "a")
    main(["status", "b", "-o", "json"])
    assert json.loads(capsys.readouterr().out)["sweep"] == "b"
    main(["cancel", "b"])
    assert capsys.readouterr().err.startswith("b: there is nothing to cancel")


@pytest.fixture
def moved(tiny, monkeypatch) -> Path:
    """A project of which a trial has failed, moved together with its sweeps; we are in it."""
    tiny.program(NEEDS_GO)
    assert tiny.run("-m", "x=1,2", "sweep.name=x").code == 1
    place = tiny.folder.with_name(f"{tiny.folder.name}-moved")
    tiny.folder.rename(place)
    monkeypatch.chdir(place)
    return place


def test_a_project_that_is_gone_is_one_line_with_the_way_out(tiny, moved, monkeypatch):
    """Nothing runs; the line can be typed as it is in the folder that seems to be the project."""
    for words in (["retry", "x"], ["x=3", "sweep.name=x"]):
        result = tiny.run(*words)
        assert result.code == 2
        assert f"{tiny.folder}, " in result.err
        assert "cvsweep resume --code . x" in result.err
        assert result.err.count("\n") == 1
    assert tiny.run("resume", "x").code == 1  # of a sweep that has ended there is only a table to show
    monkeypatch.chdir("/")
    assert f"cvsweep resume --code DIR {moved}/sweeps/x" in tiny.run("retry", f"{moved}/sweeps/x").err


def test_a_moved_project_is_recorded_and_goes_on(tiny, moved):
    """All that runs, now and by hand, starts in the new place, and whoever comes later knows it too."""
    result = tiny.run("resume", "--code", ".", "x")
    assert (result.code, SweepFolder("sweeps/x").manifest.code) == (1, str(moved))
    scripts = [path.read_text() for path in Path("sweeps/x/trials").glob("*/command.sh")]
    assert ["CVSWEEP_CODE=" + str(moved) in text for text in scripts] == [True, True]
    Path("go").touch()
    assert tiny.run("retry", "x").code == 0
    assert "already there" in tiny.run("x=1", "sweep.name=x").err


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("nowhere", "resume: --code nowhere: there is no such folder"),
        ("sweeps", "of the files that x was made with, none is there (program.sh)"),
    ],
)
def test_a_folder_that_is_not_the_project_is_refused(tiny, moved, given, problem):
    """Before anything is changed: a wrong folder would fail every trial."""
    before = Path("sweeps/x/sweep.json").read_bytes()
    result = tiny.run("resume", "--code", given, "x")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert problem in result.err
    assert Path("sweeps/x/sweep.json").read_bytes() == before


def test_the_copy_of_a_project_moves_with_its_sweep(tiny):
    """Trials that run a copy of the project find it where the sweep lies now."""
    tiny.program(NEEDS_GO)
    tiny.go()
    assert tiny.run("x=1", "sweep.name=x", "code.mode=snapshot", "code.include=[go]").code == 0
    os.rename("sweeps/x", "sweeps/y")
    assert tiny.run("retry", "--completed", "y").code == 0
    copy = str(Path("sweeps/y/code").resolve())
    assert SweepFolder("sweeps/y").manifest.start == copy
    (script,) = Path("sweeps/y/trials").glob("*/command.sh")
    assert f"CVSWEEP_CODE={copy}" in script.read_text()


def test_a_command_file_that_cannot_be_written_is_reported(tiny, moved, monkeypatch):
    """The sweep goes on: only who repeats that trial by hand starts in the wrong place."""
    script = min(Path("sweeps/x/trials").glob("*/command.sh"))
    rename = os.rename

    def refuse(old, new, **options):
        if os.fspath(new).endswith(str(script)):
            raise OSError(30, "Read-only file system")
        rename(old, new, **options)

    monkeypatch.setattr("os.rename", refuse)
    monkeypatch.setattr("os.replace", refuse)
    result = tiny.run("resume", "--code", ".", "x")
    assert "command.sh: Read-only file system: this file still names the former folder" in result.err
