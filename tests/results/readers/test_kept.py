"""Results in the folder that is kept between attempts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.core.results_dir import results_dir_line
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


@pytest.fixture
def shared(trial: Path) -> Path:
    """A folder that the user chose; the attempt ran in it from second 1000 to 1010."""
    folder = trial / "shared"
    put(trial, {"command.sh": results_dir_line(str(folder)), "shared/model.pt": "x"})
    record = '{"uid":"u","code":0,"terminated":false,"start":50,"end":60,"host":"h"}\n'
    put(trial, {"attempts/2/exit.json": record})
    os.utime(trial / "attempts" / "2" / "exit.json", (1010, 1010))
    return folder


def write(folder: Path, at: float, name: str = "metrics.jsonl") -> None:
    put(folder, {name: '{"step": 1, "acc": 0.5}\n'})
    os.utime(folder / name, (at, at))


@pytest.mark.parametrize("at", [1000, 1009, 1011])
def test_what_the_attempt_wrote_into_a_chosen_folder_is_its_result(trial, shared, at):
    """Between its begin and its end; a clock that is a second ahead does no harm."""
    write(shared, at)
    out = str(trial / "attempts" / "2")
    assert read_metrics(out).metrics == {"step": 1, "acc": 0.5}
    assert read_curve(out)[0].series == {"acc": (0.5,)}


def test_what_was_written_after_the_end_of_the_attempt_is_not_taken(trial, shared):
    """Another sweep has used the same folder since; the row says so."""
    write(shared, 1020)
    out = str(trial / "attempts" / "2")
    words = "metrics.jsonl is newer than this attempt: something else wrote it since, so it is not read"
    assert (read_metrics(out).metrics, read_metrics(out).problem) == ({}, words)
    assert read_curve(out)[0] == Curve()
    write(shared, 1020, "fold0/metrics.jsonl")
    write(shared, 1005, "fold1/metrics.jsonl")
    (shared / "metrics.jsonl").unlink()
    found = read_metrics(out, ResultsSettings(reader="jsonl"))
    assert found.metrics == {"step": 1, "fold1/acc": 0.5}
    assert found.warning.startswith(f"fold0/{words}")


def test_an_attempt_without_a_record_of_its_end_has_no_last_moment(trial, shared):
    """It runs, or was lost: what has been written since it began counts."""
    write(shared, 1020)
    (trial / "attempts" / "2" / "exit.json").unlink()
    assert read_metrics(str(trial / "attempts" / "2")).metrics == {"step": 1, "acc": 0.5}


def test_the_checkpoints_of_a_trial_are_its_own_also_later(trial, shared):
    """Whoever mends a file there can have it read again."""
    out = leave(trial, 2000, {"metrics.json": '{"acc": 0.5}'})
    assert read_metrics(out).metrics == {"acc": 0.5}
