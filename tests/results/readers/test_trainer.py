"""Hugging Face's Trainer, as a real script left it."""

from __future__ import annotations

import json
import shutil

import pytest

from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve
from tests.results.readers.conftest import final


def state(*history):
    return json.dumps({"best_metric": None, "log_history": history})


def test_what_the_script_saved_as_results_counts(data):
    """all_results.json has the last word on the final values."""
    metrics, problem = final(str(data / "trainer"))
    assert problem == ""
    assert (metrics["eval_loss"], metrics["train_loss"], metrics["epoch"]) == (
        0.6923761367797852,
        0.689393475651741,
        2.0,
    )


def test_the_log_history_is_the_curve(data):
    """What was logged of training and evaluation at the same step stands side by side."""
    curve, problem = read_curve(str(data / "trainer"))
    assert (problem, curve.axis, curve.steps) == ("", "step", (2, 4, 6, 8))
    assert curve.series["eval_loss"] == (None, 0.6924556493759155, None, 0.6923761367797852)
    assert curve.series["loss"][0] == 0.6896881461143494
    assert curve.series["epoch"] == (0.5, 1.0, 1.5, 2.0)
    assert curve.best("eval_loss", "min")["epoch"] == 2.0


def test_a_script_that_saves_nothing_itself_has_its_last_checkpoint(data, tmp_path):
    """Trainer keeps its history in each checkpoint; the one with the largest number knows most."""
    shutil.copytree(data / "trainer" / "checkpoint-8", tmp_path / "out" / "checkpoint-8")
    old = tmp_path / "out" / "checkpoint-4"
    old.mkdir()
    (old / "trainer_state.json").write_text(state({"loss": 9, "step": 4}))
    metrics, problem = final(str(tmp_path))
    assert problem == ""
    assert (metrics["step"], metrics["loss"], metrics["eval_loss"]) == (
        8,
        0.6818873882293701,
        0.6923761367797852,
    )
    assert read_curve(str(tmp_path))[0].steps == (2, 4, 6, 8)


def test_the_whole_training_goes_before_its_checkpoints(trace):
    """What lies nearer is of the whole."""
    files = {
        "checkpoint-10/trainer_state.json": state({"loss": 1, "step": 10}),
        "trainer_state.json": state({"loss": 1, "step": 10}, {"loss": 0.5, "step": 20}),
    }
    assert trace(files) == (Curve((10, 20), {"loss": (1, 0.5)}), "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "out/trainer_state.json is not JSON"),
        ("[]", "out/trainer_state.json holds a list"),
        ("{}", "out/trainer_state.json has no list log_history with an object for each time it logged"),
        ('{"log_history": [1]}', "out/trainer_state.json has no list log_history"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(leave, trace, content, words):
    """For the final values and for the curve alike."""
    for read in (leave, trace):
        _, problem = read({"out/trainer_state.json": content})
        assert problem.startswith(words)


def test_a_huge_state_is_passed_over(leave, trace):
    """It would take ten times its bytes in memory; the trial is no worse for it."""
    files = {"trainer_state.json": state() + " " * 16 * 1024 * 1024}
    assert leave(files)[1].endswith("; it is not read")
    assert trace(files)[1].startswith("trainer_state.json has 167")


def test_a_training_that_has_logged_nothing_has_an_empty_curve(leave, trace):
    """It may have ended before its first log."""
    assert trace({"trainer_state.json": state()}) == (Curve(), "")
    assert leave({"trainer_state.json": state()}) == ({}, "")


def test_what_was_logged_stays_beside_what_was_saved(remarks):
    """save_metrics("train") knows nothing of evaluations; what it does know has the last word."""
    files = {
        "out/trainer_state.json": state({"eval_loss": 0.5, "step": 4}, {"train_loss": 9, "step": 8}),
        "out/all_results.json": '{"train_loss": 0.25, "epoch": 2}',
    }
    assert remarks(files) == ({"eval_loss": 0.5, "step": 8, "train_loss": 0.25, "epoch": 2}, "")


def test_several_trainings_are_named_by_their_folders(remarks):
    """Each with its own checkpoints."""
    files = {f"fold{n}/trainer_state.json": state({"eval_loss": n, "step": 4}) for n in range(2)}
    files |= {f"fold{n}/checkpoint-2/trainer_state.json": state({"eval_loss": 9}) for n in range(2)}
    words = "2 runs give 'eval_loss': they are named by their folders, fold0/eval_loss, fold1/eval_loss"
    assert remarks(files) == ({"step": 4, "fold0/eval_loss": 0, "fold1/eval_loss": 1}, words)


def test_a_foreign_file_is_passed_over_for_the_next_reader(remarks, trace):
    """Nobody has asked for it by name."""
    files = {"trainer_state.json": "{}", "logs/version_0/metrics.csv": "step,a\n1,2\n"}
    metrics, warning = remarks(files)
    assert metrics == {"step": 1, "a": 2}
    assert warning.startswith("trainer_state.json has no list log_history")
    assert trace(files)[0].series == {"a": (2,)}
