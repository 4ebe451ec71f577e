"""The environment variables that a local trial starts with."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from sweeper.clusters.trial_environment import trial_environment


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of environments, each with a `python`; cvsweep runs in the one called `own`."""
    for name, marker in [
        ("own", "pyvenv.cfg"),
        ("venv", "pyvenv.cfg"),
        ("conda", "conda-meta/history"),
        ("conda/envs/ml", "conda-meta/history"),
        ("system", "x"),
    ]:
        for path in (tmp_path / name / "bin/python", tmp_path / name / marker):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o755)
    (tmp_path / "conda/condabin").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "own"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "own/bin/python"))
    return tmp_path


def resolved(environ: dict[str, str], places: Path) -> str:
    """The environment whose `python` a trial would run."""
    found = shutil.which("python", path=trial_environment(environ)["PATH"])
    assert found
    return str(Path(found).parents[1].relative_to(places))


@pytest.mark.parametrize(
    ("variables", "path", "want"),
    [
        ({}, ["system"], "own"),
        ({"CONDA_PREFIX": "conda", "CONDA_DEFAULT_ENV": "base"}, ["conda", "system"], "own"),
        ({"CONDA_PREFIX": "conda"}, ["conda", "system"], "own"),
        ({"CONDA_PREFIX": "conda/envs/ml", "CONDA_DEFAULT_ENV": "ml"}, ["conda/envs/ml"], "conda/envs/ml"),
        ({"CONDA_PREFIX": "conda/envs/ml"}, ["conda/envs/ml", "conda"], "conda/envs/ml"),
        ({"VIRTUAL_ENV": "venv"}, ["venv", "system"], "venv"),
        ({"VIRTUAL_ENV": "venv", "CONDA_PREFIX": "conda"}, ["venv", "conda"], "venv"),
        ({"VIRTUAL_ENV": "own", "CONDA_PREFIX": "conda"}, ["conda", "own"], "own"),
    ],
)
def test_python_is_that_of_the_environment_that_counts(
    places: Path, variables: dict[str, str], path: list[str], want: str
) -> None:
    """`python` is cvsweep's own unless the user has activated another one, which conda's base is not."""
    environ = {
        name: value if name == "CONDA_DEFAULT_ENV" else str(places / value)
        for name, value in variables.items()
    }
    environ["PATH"] = os.pathsep.join(str(places / name / "bin") for name in path)
    assert resolved(environ, places) == want


@pytest.mark.parametrize("marker", ["pipx_metadata.json", "uv-receipt.toml"])
def test_a_tools_private_environment_is_not_the_trials(places: Path, marker: str) -> None:
    """Installed with pipx or as a uv tool, cvsweep leaves PATH as it is: nothing else is installed there."""
    (places / "own" / marker).touch()
    environ = {"PATH": str(places / "system/bin")}
    assert trial_environment(environ) == environ


def test_an_environment_under_another_name_is_known_as_ours(places: Path) -> None:
    """A symbolic link to our environment is no other environment."""
    (places / "link").symlink_to(places / "own")
    environ = {"VIRTUAL_ENV": str(places / "link"), "PATH": str(places / "system/bin")}
    assert resolved(environ, places) == "own"
