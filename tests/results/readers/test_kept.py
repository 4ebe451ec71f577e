"""Results in the folder that is kept between attempts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve, read_metrics
from tests.results.readers.conftest import put

STATE = '{"log_history": [{"step": 1, "eval_loss": 0.5}]}'


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A trial whose second attempt began at second 1000 and has left nothing in its own folder."""
    put(tmp_path, {"attempts/2/owner": "uid\n", "attempts/2/log.txt": "hello\n", "checkpoints/a.pt": "x"})
    os.utime(tmp_path / "attempts" / "2" / "owner", (1000, 1000))
    return tmp_path


def leave(trial: Path, at: float, files: dict[str, str]) -> str:
    """Leave files in the checkpoint folder at a time; the folder of the attempt."""
    put(trial / "checkpoints", dict(files))
    for name in files:
        os.utime(trial / "checkpoints" / name, (at, at))
    return str(trial / "attempts" / "2")


@pytest.mark.parametrize(
    ("files", "metrics"),
    [
        ({"metrics.json": '{"acc": 0.5}'}, {"acc": 0.5}),
        ({"checkpoint-1/trainer_state.json": STATE}, {"step": 1, "eval_loss": 0.5}),
        ({"lightning_logs/version_0/metrics.csv": "step,acc\n1,0.5\n"}, {"step": 1, "acc": 0.5}),
    ],
)
def test_what_the_attempt_wrote_there_is_its_result(trial, files, metrics):
    """A framework with a single output folder gets the one that is kept."""
    out = leave(trial, 1001, files)
    read = read_metrics(out)
    assert (read.metrics, read.problem, read.warning) == (metrics, "", "")
    if "metrics.json" not in files:
        assert read_curve(out)[0].steps == (1,)


def test_what_an_earlier_attempt_left_is_not_taken(trial):
    """It is older than this attempt; the row says so."""
    out = leave(trial, 999, {"metrics.json": '{"acc": 0.5}'})
    read = read_metrics(out)
    assert read.metrics == {}
    assert read.problem == (
        "checkpoints/metrics.json is older than this attempt: an earlier one left it, so it is not read"
    )
    assert read_curve(out) == (Curve(), "")


def test_of_two_runs_there_only_the_one_of_this_attempt_counts(trial):
    """A logger makes a new version for every attempt."""
    leave(trial, 999, {"version_0/metrics.csv": "step,acc\n1,0.25\n"})
    out = leave(trial, 1001, {"version_1/metrics.csv": "step,acc\n2,0.5\n"})
    read = read_metrics(out)
    assert read.metrics == {"step": 2, "acc": 0.5}
    assert read.warning.startswith("checkpoints/version_0/metrics.csv is older than this attempt")


def test_the_attempts_own_folder_goes_first(trial):
    """What lies there is this attempt's without any doubt; and reader=none reads nothing anywhere."""
    out = leave(trial, 1001, {"metrics.json": '{"acc": 0.5}'})
    assert read_metrics(out, ResultsSettings(reader="none")).metrics == {}
    (trial / "attempts" / "2" / "metrics.json").write_text('{"acc": 1}')
    assert read_metrics(out).metrics == {"acc": 1}


def test_a_claim_that_the_program_removed_is_not_needed(trial):
    """The record of its end tells when it began; if nothing does, nothing there is read."""
    out = leave(trial, 1001, {"metrics.json": '{"acc": 0.5}'})
    (trial / "attempts" / "2" / "owner").unlink()
    assert read_metrics(out).metrics == {}
    record = '{"uid":"u","code":0,"terminated":false,"start":50,"end":60,"host":"h"}\n'
    exit_file = trial / "attempts" / "2" / "exit.json"
    exit_file.write_text(record)
    os.utime(exit_file, (1010, 1010))
    assert read_metrics(out).metrics == {"acc": 0.5}


def test_a_trial_without_such_a_folder_has_no_results_there(trial):
    """A program may have removed it."""
    (trial / "checkpoints" / "a.pt").unlink()
    (trial / "checkpoints").rmdir()
    assert read_metrics(str(trial / "attempts" / "2")).problem == ""


@pytest.mark.parametrize("folder", ["fold", "runs/cv_", "kfold-"])
def test_of_folds_from_two_attempts_none_is_taken_for_the_trial(trial, folder):
    """A cross-validation that was interrupted after its first fold goes on with the second one."""
    leave(trial, 999, {f"{folder}0/metrics.csv": "step,acc\n1,0.25\n"})
    out = leave(trial, 1001, {f"{folder}1/metrics.csv": "step,acc\n2,0.5\n"})
    read = read_metrics(out, ResultsSettings(reader="csv"))
    name = f"{folder.removeprefix('runs/')}1/acc"
    assert read.metrics == {"step": 2, name: 0.5}
    assert f"checkpoints/{folder}0/metrics.csv is older than this attempt" in read.warning
    assert read_curve(out, ResultsSettings(reader="csv"))[0].series == {name: (0.5,)}


def test_a_file_that_the_settings_name_counts_like_those_of_the_usual_name(trial):
    """What an earlier attempt left under that name is not read as the result of this one."""
    settings = ResultsSettings(file="final.json")
    out = leave(trial, 2000, {"final.json": '{"acc": 0.5}'})
    assert read_metrics(out, settings).metrics == {"acc": 0.5}
    leave(trial, 500, {"final.json": '{"acc": 0.5}'})
    found = read_metrics(out, settings)
    assert (found.metrics, found.problem.partition(":")[0]) == (
        {},
        "checkpoints/final.json is older than this attempt",
    )
