"""What is refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.clusters.executables import find_program
from sweeper.core.errors import UsageError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a program, a file that is none, and a folder."""
    for name, mode in (("run.sh", 0o755), ("train.py", 0o644)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("program", ["run.sh", "./run.sh", "folder/../run.sh", "{project}/run.sh"])
def test_a_program_that_is_there_is_accepted(project: Path, program: str) -> None:
    """A program may be named by PATH, from the project's folder or in full."""
    find_program(program.format(project=project), str(project), str(project))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("./gone.sh", "gone.sh does not exist"),
        ("./train.py", "train.py is not an executable file"),
        ("./folder", "folder is not an executable file"),
        ("train.py", "'train.py' is not on PATH"),
        ("gone", "'gone' is not on PATH"),
        ("", "'' is not on PATH"),
    ],
)
def test_a_program_that_cannot_run_is_refused(project: Path, program: str, why: str) -> None:
    """One line says which program cannot be run, and why."""
    with pytest.raises(UsageError, match=why) as caught:
        find_program(program, str(project), str(project))
    assert "\n" not in str(caught.value)
