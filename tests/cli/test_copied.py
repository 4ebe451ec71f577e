"""Runs with a copy of the project: that it is frozen, and what is said of what is not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweeper.store.folder import SweepFolder
from tests.cli.tiny import GATED, Tiny

SNAPSHOT = ("code.mode=snapshot", "sweep.name=x", "cluster.max_parallel=1")


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Commits all of the project."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path.parent))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def commit() -> None:
        for words in ("init -q", "add -A", "-c user.name=x -c user.email=x@y commit -qm x"):
            subprocess.run(["git", *words.split()], cwd=tmp_path, check=True)

    return commit


@pytest.fixture
def lib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the project that PYTHONPATH leads to, and a script elsewhere that prints its text."""
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path / "lib"))
    (tmp_path / "lib").mkdir()
    (tmp_path / "scripts").mkdir()
    (tmp_path / "lib" / "ours.py").write_text("TEXT = 'old'\n")
    (tmp_path / "scripts" / "train.py").write_text("import ours; print(ours.TEXT)\n")
    return tmp_path / "lib"


def test_an_edit_in_mid_sweep_reaches_no_later_trial(tiny, until, tmp_path, monkeypatch):
    """Locally too a copy is frozen: what is edited while the first trial runs changes none."""
    monkeypatch.setenv("GO", os.fspath(tmp_path / "go"))
    tiny.program(GATED.replace("$CVSWEEP_CODE/go", "$GO"))
    process = tiny.start("-m", "x=1,2,3", *SNAPSHOT)
    until(lambda: tiny.running() == 1)
    tiny.program("exit 3\n")
    tiny.go()
    assert process.wait(20) == 0, tiny.err
    assert [row["v"] for row in tiny.rows()] == [1, 2, 3]
    assert "copied: later edits change nothing\n" in tiny.err


def test_a_module_that_python_path_leads_to_is_frozen(tiny, lib):
    """An absolute path into the project leads to the copy, in a trial and by hand."""
    command = f'task.command=["{sys.executable}",scripts/train.py]'
    result = tiny.run("x=1", command, *SNAPSHOT)
    assert result.code == 0, result.err
    assert "later edits change nothing" in result.err
    (script,) = tiny.sweeps.glob("x/trials/*/command.sh")
    (lib / "ours.py").write_text("TEXT = 'new'\n")
    done = subprocess.run(["sh", script], capture_output=True, text=True, check=True)
    assert done.stdout == "old\n"


@pytest.mark.parametrize("flag", ["-I", "-E", "-sE"])
def test_a_flag_that_ignores_python_path_is_reported(tiny, lib, flag):
    """With it nothing can lead to the copy: the line says which flag, and nobody claims the contrary."""
    result = tiny.run("x=1", f'task.command=["{sys.executable}",{flag},scripts/train.py]', *SNAPSHOT)
    assert f"warning: task.command has {flag}, with which Python does not read PYTHONPATH" in result.err
    assert "copied; not all is frozen, see above\n" in result.err
    assert "change nothing" not in result.err


def test_a_place_that_python_path_cannot_hold_is_reported(tiny, lib):
    """A colon in the path of the copy would end a folder's name: nobody claims that it is frozen."""
    result = tiny.run(
        "x=1", f'task.command=["{sys.executable}",scripts/train.py]', *SNAPSHOT, "sweep.root='a:b'"
    )
    assert "holds a ':', which PYTHONPATH cannot" in result.err
    assert "change nothing" not in result.err


def test_another_python_of_some_trials_is_reported(tiny, lib, tmp_path):
    """Where trials start different Pythons, one was asked: nobody claims to know of the others."""
    other = tmp_path / "other" / "python"
    other.parent.mkdir()
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    for name, python in (("a", sys.executable), ("b", other)):
        text = f"# @package _global_\ntask: {{command: [{python}, scripts/train.py]}}\n"
        (tmp_path / "configs" / "experiment" / f"{name}.yaml").write_text(text)
    result = tiny.run("-m", "experiment=a,b", *SNAPSHOT)
    assert f"only {sys.executable} was asked" in result.err
    assert f"some trials start {other}\n" in result.err
    assert "change nothing" not in result.err


def test_a_project_without_python_is_frozen(tiny, monkeypatch):
    """Where there is no Python nothing is imported, and there is nothing to warn of."""
    monkeypatch.setattr("sweeper.snapshot.imports.find_interpreter", lambda *_: None)
    assert "later edits change nothing" in tiny.run("x=1", *SNAPSHOT).err


def test_what_git_ignores_is_named_in_one_line(tiny, git, tmp_path):
    """What a program may read is named, with the setting that copies it."""
    (tmp_path / ".gitignore").write_text("data/\n.env\next.py\nsweeps\nerr\n_version.py\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    git()
    (tmp_path / "data").mkdir()
    for name in ("data/x", ".env", "ext.py", "pkg/_version.py"):
        (tmp_path / name).touch()
    result = tiny.run("x=1", *SNAPSHOT)
    line = "not copied (ignored by git): .env, data/, ext.py; code.include=[...] copies what it names\n"
    assert line in result.err
    assert "copied although git ignores them, since packages need them: pkg/_version.py\n" in result.err
    assert not (tiny.sweeps / "x" / "code" / "data").exists()
    tiny.run("x=1", "code.mode=snapshot", "sweep.name=y", "code.include=[data,ext.py]")
    assert (tiny.sweeps / "y" / "code" / "data" / "x").exists()


def test_an_include_that_matches_nothing_leaves_nothing(tiny):
    """Exit code 2, one line, and no folder."""
    result = tiny.run("x=1", *SNAPSHOT, "code.include=[programm.sh]")
    assert result.code == 2
    assert "code.include: 'programm.sh' matches nothing in " in result.err
    assert not tiny.sweeps.exists()


def test_a_program_that_git_ignores_is_refused(tiny, git, tmp_path):
    """`.venv/bin/python` is in the project but not in its copy: one line, and nothing is made."""
    (tmp_path / ".gitignore").write_text(".venv\n")
    git()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    result = tiny.run("x=1", "task.command=[.venv/bin/python,-V]", *SNAPSHOT)
    assert result.code == 2
    assert "task.command: .venv/bin/python is not in the copy of the project" in result.err
    assert f"write {tmp_path}/.venv/bin/python" in result.err
    assert not tiny.sweeps.exists()


@pytest.mark.parametrize("name", ["{project}/train.py", "{project}/link/train.py", "{beside}/train.py"])
def test_a_program_of_the_project_by_an_absolute_path_is_refused(tiny, tmp_path, name):
    """It would be the project's own file and not the copy's, also through a link; the message says so."""
    (tmp_path / "train.py").touch()
    (tmp_path / "link").symlink_to(".")
    beside = tmp_path.with_name(f"{tmp_path.name}-beside")
    beside.symlink_to(tmp_path)
    program = name.format(project=tmp_path, beside=beside)
    result = tiny.run("x=1", f"task.command=[python,{program}]", *SNAPSHOT)
    assert result.code == 2
    assert f"task.command: {program} is a file of the project, not of its copy" in result.err
    assert "write train.py" in result.err
    assert not tiny.sweeps.exists()
    assert tiny.run("x=1", f"task.command=[python,{program}]", "sweep.name=y").code == 0


def test_a_program_of_another_folder_is_not_said_to_be_ignored_by_git(tiny, tmp_path):
    """A path with .. leaves the project: it is not in the copy, and starts elsewhere from there."""
    beside = tmp_path.with_name(f"{tmp_path.name}-other")
    beside.mkdir()
    (beside / "train.py").touch()
    result = tiny.run("x=1", f"task.command=[python,../{beside.name}/train.py]", *SNAPSHOT)
    assert result.code == 2
    assert f"task.command: ../{beside.name}/train.py is not in the project, {tmp_path}" in result.err
    assert "git" not in result.err


def test_an_include_without_a_copy_is_said_to_do_nothing(tiny):
    """There is no copy that it could add to."""
    result = tiny.run("x=1", "sweep.name=x", "code.include=[program.sh]")
    assert "code.include does nothing here" in result.err


def test_in_place_the_commit_is_recorded_too(tiny, git, tmp_path):
    """Without a copy, too, a sweep tells which commit it was, and what differed from it."""
    git()
    (tmp_path / "program.sh").write_text("true\n")
    tiny.run("x=1", "sweep.name=x")
    assert '"copied": false' in (tiny.sweeps / "x" / "code.json").read_text()
    assert "+true" in (tiny.sweeps / "x" / "code.diff").read_text()


def test_an_edit_in_mid_sweep_is_flagged_in_place(tiny, until, git, tmp_path):
    """Which trials ran the edited code is in the table, at the end, in summary.md, with the commit."""
    (tmp_path / ".gitignore").write_text("sweeps\nerr\ngo\n")
    tiny.program(GATED)
    git()
    process = tiny.start("-m", "x=1,2,3", "sweep.name=x", "cluster.max_parallel=1")
    until(lambda: tiny.running() == 1)
    began = time.monotonic()
    (tmp_path / "edited").write_text(f"{GATED}true\n")
    (tmp_path / "edited").rename(tmp_path / "program.sh")  # the shell still reads the former one
    until(lambda: time.monotonic() > began + 1.3)
    tiny.go()
    assert process.wait(20) == 0, tiny.err
    rows = tiny.rows()
    assert [row["v"] for row in rows] == [1, 2, 3]
    version = rows[1]["code"]
    assert [row["code"] for row in rows] == ["as made", version, version]
    note = f"the code was edited (program.sh) before trials 1, 2 ran: version {version}"
    assert note in tiny.err
    summary = (tiny.sweeps / "x" / "summary.md").read_text()
    assert "the code was edited" in summary
    assert "commit " in summary


def test_unedited_code_is_not_in_the_table(tiny):
    """Where all trials ran the same code there is no such column, and nothing is said."""
    result = tiny.run("-m", "x=1,2", "sweep.name=x")
    assert "edited" not in result.err
    assert "code" not in tiny.rows()[0]


def edit_default(tiny: Tiny) -> None:
    file = tiny.folder / "configs" / "experiment" / "tiny.yaml"
    file.write_text(file.read_text().replace("y: 0", "y: 5"))


def test_points_that_are_added_are_composed_from_the_copy(tiny: Tiny) -> None:
    """A default that was edited since reaches no later trial, and it is said; the same grid runs nothing."""
    assert tiny.run("-m", "x=1", *SNAPSHOT).code == 0
    edit_default(tiny)
    result = tiny.run("-m", "x=1,2", *SNAPSHOT)
    assert result.code == 0
    assert "changed since this sweep was made (configs/experiment/tiny.yaml): its points are" in result.err
    assert "use a new sweep.name" in result.err
    trials = [one.trial for one in SweepFolder(tiny.sweeps / "x").state().trials]
    assert [one.params for one in trials] == [{"x": 1, "y": 0}, {"x": 2, "y": 0}]


def test_what_only_the_project_has_needs_a_new_sweep(tiny: Tiny) -> None:
    """An option that was written after the copy was made is refused, with the way out."""
    assert tiny.run("-m", "x=1", *SNAPSHOT).code == 0
    (tiny.folder / "configs" / "model").mkdir()
    (tiny.folder / "configs" / "model" / "vit.yaml").write_text("width: 1\n")
    result = tiny.run("-m", "x=1", "+model=vit", *SNAPSHOT)
    assert result.code == 2
    assert "in the sweep's copy of the project" in result.err
    assert "new sweep.name" in result.err


def test_in_place_the_projects_configuration_counts(tiny: Tiny) -> None:
    """Without a copy an edited default makes other trials, as it always did."""
    assert tiny.run("-m", "x=1", "sweep.name=x").code == 0
    edit_default(tiny)
    assert tiny.run("-m", "x=1", "sweep.name=x").code == 0
    assert [one.trial.params["y"] for one in SweepFolder(tiny.sweeps / "x").state().trials] == [0, 5]


@pytest.mark.parametrize("is_absolute", [True, False])
def test_a_config_dir_in_the_project_is_frozen_too(tiny: Tiny, is_absolute: bool) -> None:
    """--config-dir leads to the copy if it lies within the project, whichever way it is given."""
    extra = tiny.folder / "extra"
    extra.mkdir()
    (extra / "more.yaml").write_text("defaults: [config, _self_]\ny: 1\n")
    words = ("-cd", str(extra) if is_absolute else "extra", "-cn", "more", "-m")
    assert tiny.run(*words, "x=1", *SNAPSHOT).code == 0
    (extra / "more.yaml").write_text("defaults: [config, _self_]\ny: 2\n")
    result = tiny.run(*words, "x=1,2", *SNAPSHOT)
    assert "(extra/more.yaml)" in result.err
    assert [(row["x"], row["y"]) for row in tiny.rows()] == [(1, 1), (2, 1)]


def test_a_config_dir_elsewhere_does_not_thaw_the_projects_own(tiny: Tiny, tmp_path_factory) -> None:
    """With a --config-dir outside of the project the rest is still composed from the copy."""
    extra = tmp_path_factory.mktemp("extra")
    words = ("-cd", str(extra), "-m")
    assert tiny.run(*words, "x=1", *SNAPSHOT).code == 0
    edit_default(tiny)
    result = tiny.run(*words, "x=1,2", *SNAPSHOT)
    assert "(configs/experiment/tiny.yaml)" in result.err
    trials = [one.trial for one in SweepFolder(tiny.sweeps / "x").state().trials]
    assert [one.params["y"] for one in trials] == [0, 0]
