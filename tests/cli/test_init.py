"""`cvsweep init`."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.cli.adopting import files
from sweeper.cli.main import main

_WRITTEN = {
    ".gitignore",
    "configs/config.yaml",
    "configs/overnight.yaml",
    "configs/experiment/digits.yaml",
    "configs/experiment/shell.yaml",
    "experiments/digits.py",
    "experiments/digits.csv.gz",
    "experiments/DATA-LICENSE.md",
}


def test_a_project_is_written_and_the_next_command_is_named(project, capsys):
    """init writes the project into this folder and names the next command."""
    assert main(["init"]) == 0
    assert _files(project) == _WRITTEN
    assert "sweeps/" in (project / ".gitignore").read_text().splitlines()
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-1] == "next: cvsweep -m lr=1e-2,1e-3"
    assert shown.out == ""


def test_a_new_folder_is_made_and_the_way_there_is_named(project, capsys):
    """init DIR makes the folder and says how to get there."""
    assert main(["init", "my project"]) == 0
    assert _files(project / "my project") == _WRITTEN
    assert capsys.readouterr().err.endswith("next: cd 'my project' && cvsweep -m lr=1e-2,1e-3\n")


@pytest.mark.parametrize("name", sorted(_WRITTEN - {".gitignore"}))
def test_nothing_is_written_where_anything_exists(project, capsys, name):
    """Where one target exists, even as a dangling link, nothing is written: one line, exit code 2."""
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).symlink_to("nowhere")
    before = sorted(project.rglob("*"))
    assert main(["init"]) == 2
    assert sorted(project.rglob("*")) == before
    shown = capsys.readouterr().err
    assert f"{name} exists already" in shown
    assert shown.count("\n") == 1


def test_a_gitignore_that_is_there_is_left_alone(project, capsys):
    """init in an existing repository keeps its .gitignore and says what may be missing in it."""
    (project / ".gitignore").write_text("mine\n")
    assert main(["init"]) == 0
    assert (project / ".gitignore").read_text() == "mine\n"
    assert "you may want sweeps/ in it" in capsys.readouterr().err


def test_other_files_do_not_matter(project):
    """A folder that holds other files is fine."""
    (project / "README.md").write_text("mine")
    assert main(["init"]) == 0


def test_a_failure_half_way_leaves_nothing(project, capsys, monkeypatch):
    """A disk that fills up half way leaves no file behind."""
    real, calls = files.write_new, []

    def failing(path: Path, data: bytes, made: list[Path]) -> None:
        calls.append(path)
        if len(calls) == 4:
            raise OSError(28, "No space left on device", str(path))
        real(path, data, made)

    monkeypatch.setattr(files, "write_new", failing)
    assert main(["init"]) == 2
    assert _files(project) == set()
    assert "No space left on device" in capsys.readouterr().err


def test_a_file_in_the_way_is_one_line(project, capsys):
    """A DIR that is a file is one line and exit code 2."""
    (project / "taken").write_text("")
    assert main(["init", "taken"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_project_composes(project):
    """What init writes composes into a grid at once."""
    from sweeper.compose import compose

    main(["init"])
    composed = compose(["lr=1e-2,1e-3"], config_dir=None, config_name=None, multirun=True, project=project)
    assert [trial.params["lr"] for trial in composed.trials] == [0.01, 0.001]
    assert (project / "experiments/digits.py").stat().st_size > 1000


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
