"""PyTorch Lightning's CSVLogger, as a real script left it."""

from __future__ import annotations

import shutil

import pytest

from sweeper.results.curve import Curve
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


def test_the_newest_version_counts(data, tmp_path):
    """A program that fits twice makes version_1, and the tenth comes after the ninth."""
    shutil.copytree(data / "lightning", tmp_path, dirs_exist_ok=True)
    for number in (9, 10):
        version = tmp_path / f"lightning_logs/version_{number}"
        version.mkdir()
        (version / "metrics.csv").write_text(f"step,val\n1,{number}\n")
    assert final(str(tmp_path)) == ({"step": 1, "val": 10}, "")
    assert read_curve(str(tmp_path)) == (Curve((1,), {"val": (10,)}), "")


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
    files = {"a\x1b[2J/version_0/metrics.csv": "a,a\n1,1\n"}
    metrics, problem = leave(files)
    assert metrics == {}
    assert problem == r"'a\x1b[2J/version_0/metrics.csv' names the column 'a' twice"
