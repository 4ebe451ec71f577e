"""Sweeps that an older version made: read, resumed and added to, with the keys that they have."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import sweeper
from sweeper.cli.main import main
from sweeper.core.model import Status
from sweeper.store.folder import SweepFolder
from tests.recorded import recorded

GRID = ("-m", "experiment=resnet,vit", "lr=0.1,0.01", "seed=0,1", "cluster.max_parallel=1")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The recorded project of format 1, and we are in it."""
    monkeypatch.chdir(recorded("format_1", tmp_path))
    monkeypatch.delenv("CVSWEEP_ROOT", raising=False)
    return tmp_path


def test_a_sweep_of_format_1_is_read(project: Path) -> None:
    """Its table is what it was: no choices, and every parameter."""
    frame = sweeper.load_results("sweeps/app")
    assert list(frame.columns[:3]) == ["model.width", "lr", "acc"]
    assert frame["acc"].tolist() == [0.1, 0.1, 0.2, 0.2]


def test_a_sweep_of_format_1_is_resumed(project: Path) -> None:
    """What its controller left is collected, and what was queued runs."""
    assert main(["resume", "old"]) == 0
    state = SweepFolder("sweeps/old").state()
    assert state.counts[Status.COMPLETED] == len(state.trials) == 8
    assert [one.number for one in state.trials] == [1] * 8


def test_repeating_a_grid_of_format_1_runs_nothing_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A trial keeps its key, whatever is part of a key by now."""
    keys = [one.trial.key for one in SweepFolder("sweeps/old").state().trials]
    assert main(["resume", "old"]) == 0
    assert main(GRID) == 0
    assert "8 of 8 are already there; nothing new to run" in capsys.readouterr().err
    assert main([*GRID, "lr=0.1,0.01,0.5"]) == 0
    trials = [one.trial for one in SweepFolder("sweeps/old").state().trials]
    assert [one.key for one in trials[:8]] == keys
    assert [(one.choices["experiment"], one.params["lr"]) for one in trials[8:]] == [
        ("resnet", 0.5), ("resnet", 0.5), ("vit", 0.5), ("vit", 0.5),
    ]  # fmt: skip


def test_points_that_an_older_sweep_cannot_distinguish_are_not_added_as_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its keys hold no choices: of two options with the same values one would be lost without a word."""
    shutil.copy("configs/experiment/vit.yaml", "configs/experiment/vit2.yaml")
    before = len(SweepFolder("sweeps/old").state().trials)
    assert main(["-m", "experiment=vit,vit2", "seed=7"]) == 2
    stderr = capsys.readouterr().err
    assert "experiment=vit and experiment=vit2 are one trial if nothing else differs" in stderr
    assert len(SweepFolder("sweeps/old").state().trials) == before


def test_a_hydra_app_of_format_1_is_known_again(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output folder that a Hydra app is told now is not part of its trials' keys."""
    shutil.rmtree("configs")  # the app has no other configuration than its own
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    assert main(["-cd", "conf", "-m", "lr=0.1,0.2", "model=cnn,mlp"]) == 0
    assert "4 of 4 are already there; nothing new to run" in capsys.readouterr().err
