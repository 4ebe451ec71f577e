"""PyTorch Lightning's CSVLogger, as a real script left it."""

from __future__ import annotations

import pytest

from sweeper.results.readers import read_curve
from tests.results.readers.conftest import final

HEADER = "epoch,step,train,val\n"
FINAL = {
    "epoch": 3,
    "step": 12,
    "test_loss": 0.0010078959167003632,
    "train_loss": 0.002826149109750986,
    "val_loss": 0.0010078959167003632,
}


def test_the_last_value_of_every_column_counts(data):
    """Its table is sparse: what is logged together stands in a row of its own."""
    assert final(str(data / "lightning")) == (FINAL, "")


def test_rows_of_one_step_are_one(data):
    """Training and validation at the same step are told side by side."""
    curve, problem = read_curve(str(data / "lightning"))
    assert (problem, curve.axis, curve.steps) == ("", "step", (1, 3, 5, 7, 9, 11, 12))
    assert curve.series["train_loss"][1] == 0.4927709698677063
    assert curve.series["val_loss"][:3] == (None, 0.09914205223321915, None)
    assert curve.series["test_loss"] == (None,) * 6 + (FINAL["test_loss"],)
    assert curve.final() == {name: value for name, value in FINAL.items() if name != "step"}


def test_a_fit_and_a_test_beside_each_other_are_one(remarks, trace):
    """Their metrics are disjoint but for what both count by, of which the largest number counts."""
    files = {
        "lightning_logs/version_0/metrics.csv": "epoch,step,val_acc\n0,9,0.5\n1,19,0.75\n",
        "lightning_logs/version_1/metrics.csv": "epoch,step,test_acc\n0,0,0.625\n",
    }
    assert remarks(files) == ({"epoch": 1, "step": 19, "val_acc": 0.75, "test_acc": 0.625}, "")
    found, problem = trace(files)
    assert (found.steps, problem) == ((0, 9, 19), "")
    assert (found.series["val_acc"], found.series["test_acc"]) == ((None, 0.5, 0.75), (0.625, None, None))


@pytest.mark.parametrize(
    "places",
    [
        ["lightning_logs/version_{}", "version_{}"],
        ["fold{}/lightning_logs/version_0", "fold{}"],
        ["fold{}/version_3", "fold{}"],
        ["2024-05-04/12-00-0{}/version_0", "run{}"],
    ],
)
def test_a_metric_of_several_runs_is_named_by_their_folders(remarks, trace, places):
    """None of them is taken for the trial, and the row says so."""
    place, label = places
    one = 1 if label == "run{}" else 0
    files = {f"{place.format(n)}/metrics.csv": f"step,val_acc\n7,0.{n + 1}\n" for n in range(3)}
    names = [f"{label.format(n + one)}/val_acc" for n in range(3)]
    metrics, warning = remarks(files)
    assert metrics == {"step": 7, names[0]: 0.1, names[1]: 0.2, names[2]: 0.3}
    assert warning == f"3 runs give 'val_acc': they are named by their folders, {', '.join(names)}"
    assert trace(files)[0].series == {names[0]: (0.1,), names[1]: (0.2,), names[2]: (0.3,)}


def test_a_run_that_cannot_be_used_does_not_hide_the_others(remarks):
    """It is said."""
    files = {"version_0/metrics.csv": "step,a\n1,2\n", "version_1/metrics.csv": ""}
    assert remarks(files) == ({"step": 1, "a": 2}, "version_1/metrics.csv is empty")


@pytest.mark.parametrize(
    "files",
    [
        {"metrics.csv": "{}", "hparams.yaml": "{}"},
        {"logs/metrics.csv": "{}", "logs/hparams.yaml": ""},
        {"logs/mine/version_3/metrics.csv": "{}"},
        {"version_0/metrics.csv": "{}", "checkpoints/a.ckpt": "x"},
    ],
)
def test_it_is_found_where_the_logger_was_told_to_write(leave, files):
    """In the attempt's folder itself, or as deep as its name and version say."""
    table = HEADER + "0,1,0.5,\n0,1,,0.25\n"
    files = {name: table if text == "{}" and name.endswith("csv") else text for name, text in files.items()}
    assert leave(files) == ({"epoch": 0, "step": 1, "train": 0.5, "val": 0.25}, "")


def test_other_tables_in_folders_are_the_program_s_own(leave):
    """A metrics.csv that no logger has made is not found by looking, but where it is asked for."""
    files = {"eval/metrics.csv": "a\n1\n"}
    assert leave(files) == ({}, "")
    assert leave(files, reader="csv") == ({"a": 1}, "")


def test_a_table_that_is_just_written_anew_is_read_as_far_as_it_is(trace):
    """The logger writes all again when it learns of a new metric."""
    found, problem = trace({"version_0/metrics.csv": HEADER + "0,1,0.5,\n0,2,0.2"})
    assert (found.steps, found.series["train"], problem) == ((1,), (0.5,), "")


def test_the_final_values_of_a_long_table_are_found_near_its_end(leave):
    """Reading all of it would keep the controller from its work."""
    rows = "".join(f"{step // 1000},{step},0.5,\n" for step in range(100_000))
    metrics, problem = leave({"version_0/metrics.csv": f"{HEADER}0,0,,0.75\n{rows}99,100000,,0.25\n"})
    assert (metrics, problem) == ({"epoch": 99, "step": 100_000, "train": 0.5, "val": 0.25}, "")


def test_what_is_wrong_is_said_with_the_place(leave):
    """The file is named from the attempt's folder on, and its folder's name steers no terminal."""
    files = {"a\x1b[2J/version_0/metrics.csv": "1,1\n"}
    metrics, problem = leave(files)
    assert metrics == {}
    assert problem == r"'a\x1b[2J/version_0/metrics.csv' has no line with the names of its columns"


@pytest.mark.parametrize("damaged", ["garbage", "epoch,step,val_acc\n", b"\xff\n"])
def test_a_fold_that_is_lost_leaves_the_others_their_folders(remarks, trace, damaged):
    """The number of one fold is never the trial's, also if the other folds cannot be read."""
    files = {
        "version_0/metrics.csv": "epoch,step,val_acc\n0,10,0.5\n",
        "version_1/metrics.csv": damaged,
    }
    found, warning = remarks(files)
    assert found == {"epoch": 0, "step": 10, "version_0/val_acc": 0.5}
    assert warning.endswith("the metrics of one of several runs are named by its folder, version_0/val_acc")
    assert trace(files)[0].series == {"epoch": (0,), "version_0/val_acc": (0.5,)}


def test_a_run_that_wrote_nothing_is_no_run(remarks, trace):
    """An empty file beside it takes no metric its name."""
    files = {"version_0/metrics.csv": "epoch,step,val_acc\n0,10,0.5\n", "version_1/metrics.csv": ""}
    assert remarks(files) == ({"epoch": 0, "step": 10, "val_acc": 0.5}, "version_1/metrics.csv is empty")
    assert trace(files)[0].series == {"epoch": (0,), "val_acc": (0.5,)}
