"""The code that pods run, and the files that a run leaves on the volume."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.cluster.lab import TINY, UID, Lab, until

QUICK = [*TINY, "cluster.probe=false"]
WAIT = 240.0


def git(lab: Lab, *words: str) -> str:
    who = ["-c", "user.name=Lis", "-c", "user.email=lis@example.org"]
    command = lab.as_member("git", *who, *words)
    return subprocess.run(command, cwd=lab.project, capture_output=True, text=True, check=True).stdout.strip()


def words_read(lab: Lab) -> list[str]:
    """What each trial read in its copy of the project, in their order."""
    return [path.read_text() for path in sorted(lab.sweep().glob("trials/*/attempts/1/word"))]


@pytest.mark.parametrize(
    ("mode", "read"), [("snapshot", ["old", "old"]), ("in_place", ["old", "new"])], ids=["frozen", "in place"]
)
def test_an_edit_reaches_only_trials_that_run_in_place(lab: Lab, mode: str, read: list[str]) -> None:
    """What is edited while trials are queued reaches them only where they run in the project itself."""
    lab.shell_project(f'printf %s "$(cat word)" > "$CVSWEEP_OUT/word"; {lab.gate}')
    lab.write("word", "old")
    with lab.running("-m", "x=0,1", *QUICK, "cluster.max_parallel=1", f"code.mode={mode}") as sweep:
        until(lab.at_gate, WAIT)
        lab.write("word", "new")
        if mode == "snapshot":
            lab.write("run.sh", "exit 1")
        lab.open_gate()
        assert sweep.wait(WAIT) == 0
    assert words_read(lab) == read


def test_it_is_recorded_which_code_ran(lab: Lab) -> None:
    """Commit, branch and uncommitted changes lie beside the copy; files that git does not know are named."""
    lab.shell_project('printf "%s " $(cat word new) > "$CVSWEEP_OUT/word"')
    lab.write("word", "committed\n")
    lab.write(".gitignore", "sweeps/\nignored\n")
    git(lab, "init", "--quiet", "--initial-branch=trunk")
    git(lab, "add", ".")
    git(lab, "commit", "--quiet", "--message=First")
    lab.write("word", "changed\n")
    lab.write("new", "unknown\n")
    lab.write("ignored", "left out\n")
    done = lab.cvsweep("x=1", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "warning: git does not know new: copied all the same" in done.stderr
    facts = json.loads((lab.sweep() / "code.json").read_text())
    assert (facts["commit"], facts["branch"]) == (git(lab, "rev-parse", "HEAD"), "trunk")
    assert (facts["dirty"], facts["new"]) == (True, ["new"])
    diff = (lab.sweep() / "code.diff").read_text()
    assert "-committed" in diff
    assert "+changed" in diff
    assert words_read(lab) == ["changed unknown "]
    assert not (lab.sweep() / "code" / "ignored").exists()


def test_all_files_are_the_members_own(lab: Lab) -> None:
    """Everything that a run makes belongs to the member, and is no more open than the umask says."""
    lab.shell_project('mkdir "$CVSWEEP_OUT/made"; date > "$CVSWEEP_CHECKPOINT_DIR/kept"')
    done = lab.cvsweep("-m", "x=range(2)", *TINY, umask=0o027)
    assert done.returncode == 0, done.stderr
    assert list(lab.sweep().glob("trials/*/checkpoints/kept"))
    for path in [lab.project / "sweeps", *(lab.project / "sweeps").rglob("*")]:
        found = path.lstat()
        assert found.st_uid == UID, path
        assert not found.st_mode & 0o022, path
        if not made_in_a_pod(path):
            assert not stat.S_IMODE(found.st_mode) & 0o027, f"{path}: {stat.filemode(found.st_mode)}"


def made_in_a_pod(path: Path) -> bool:
    """There another umask holds; but it all lies in folders that the controller made."""
    return path.name in ("owner", "log.txt", "exit.json", "made", "kept")


def test_a_frozen_copy_outlives_the_project(lab: Lab) -> None:
    """With its copy beside it a failed trial can be tried again though the project has moved on."""
    lab.shell_project('. ./word.sh; [ -e "$CVSWEEP_CHECKPOINT_DIR/../../../again" ]')
    lab.write("word.sh", ":")
    first = lab.cvsweep("x=1", *QUICK, "retry.budgets.error=0")
    assert first.returncode == 1, first.stderr
    os.remove(lab.project / "word.sh")
    os.remove(lab.project / "run.sh")
    (lab.sweep() / "again").touch()
    again = lab.cvsweep("retry")
    assert again.returncode == 0, again.stderr
