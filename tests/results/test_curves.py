"""Curves of whole sweeps: which attempt's, in which order, while a sweep runs; and as a long frame."""

from __future__ import annotations

import math
import os
import threading
import warnings
from pathlib import Path

import pytest

from sweeper import load_curves, load_results
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Granted, Launched, Launching
from sweeper.results import curves
from sweeper.results.curves import read_curves

PARAMS = [{"lr": lr} for lr in (0.1, 0.2, 0.3)]


@pytest.fixture
def swept(make, tmp_path):
    """Two completed trials with curves of their own shape, and one that runs."""
    running = [Launching(Attempt(2, 1), 0.0), Launched(Attempt(2, 1), "u")]
    folder = make.folder(tmp_path, PARAMS, *make.ran(0), *make.ran(1), *running)
    make.curve(folder, 0, {"step": 1, "acc": 0.5}, {"step": 2, "acc": math.nan})
    make.curve(folder, 1, {"step": 1, "loss": 3, "acc": 0.1}, {"step": 4, "loss": 2})
    make.curve(folder, 2, {"step": 1, "acc": 0.7})
    return folder


def test_every_trial_has_the_curve_of_the_attempt_that_counts(make, tmp_path):
    """The attempt that completed, the last one that failed, and the one that runs now."""
    failed = [*make.ran(1, Cause.ERROR, again=True), *make.ran(1, Cause.ERROR, number=2)]
    again = [*make.ran(0, Cause.ERROR, again=True), *make.ran(0, number=2)]
    running = [Launching(Attempt(2, 1), 0.0), Launched(Attempt(2, 1), "u")]
    folder = make.folder(tmp_path, [*PARAMS, {"lr": 4}], *failed, *again, *running)
    for index, number in ((0, 1), (0, 2), (1, 1), (1, 2), (2, 1)):
        make.curve(folder, index, {"step": 1, "m": 10 * index + number}, number=number)
    found = [(index, curve.series["m"]) for index, curve in read_curves(folder)]
    assert found == [(0, (2,)), (1, (12,)), (2, (21,))]


def test_a_rerun_that_was_cancelled_leaves_the_curve_of_the_completed_attempt(make, tmp_path):
    """Its outcome counts, and its curve with it."""
    rerun = [Granted("r", "retry", (0,), True), Launching(Attempt(0, 2), 0.0), Launched(Attempt(0, 2), "u")]
    cancelled = [Granted("c", "cancel"), *make.ran(0, Cause.CANCELLED, number=2)[-1:]]
    folder = make.folder(tmp_path, PARAMS[:1], *make.ran(0), *rerun, *cancelled)
    for number in (1, 2):
        make.curve(folder, 0, {"step": 1, "m": number}, number=number)
    assert [curve.series["m"] for _, curve in read_curves(folder)] == [(1,)]


def test_an_attempt_that_went_on_from_a_checkpoint_has_the_whole_curve(make, tmp_path):
    """A retry of a preempted trial is not worse for it; one that left nothing, or garbage, is passed over."""
    lost = [record for number in (1, 2, 3) for record in make.ran(0, Cause.PREEMPTED, number, again=True)]
    folder = make.folder(tmp_path, PARAMS[:1], *lost, *make.ran(0, number=4))
    make.curve(folder, 0, *({"epoch": step, "acc": step / 10} for step in (1, 2, 3)), number=1)
    make.curve(folder, 0, number=2).write_text("{")
    make.curve(folder, 0, *({"epoch": step, "acc": 0.05} for step in (3, 4)), number=4)
    problems = []
    ((_, curve),) = read_curves(folder, report=lambda *shown: problems.append(shown))
    assert (curve.steps, curve.series["acc"], problems) == ((1, 2, 3, 4), (0.1, 0.2, 0.05, 0.05), [])


def test_an_attempt_that_had_nothing_left_to_do_has_the_curve_of_those_before(make, tmp_path):
    """It went on from the last checkpoint and told nothing; one that has only begun is awaited."""
    ended = [*make.ran(0, Cause.PREEMPTED, again=True), *make.ran(0, number=2)]
    begun = [Launching(Attempt(1, 2), 0.0), Launched(Attempt(1, 2), "u")]
    folder = make.folder(tmp_path, PARAMS[:2], *ended, *make.ran(1, Cause.PREEMPTED, again=True), *begun)
    for index in (0, 1):
        make.curve(folder, index, {"epoch": 1, "acc": 0.5}, number=1)
        Path(folder.paths.trial(folder.state().trials[index].trial).attempt(Attempt(index, 2))).mkdir()
    assert [(index, curve.steps) for index, curve in read_curves(folder)] == [(0, (1,))]


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_many_curves_come_in_order(make, tmp_path, threads):
    """However many read, every trial comes once, in its place."""
    number = 80
    ended = [record for index in range(number) for record in make.ran(index)]
    folder = make.folder(tmp_path, [{"n": index} for index in range(number)], *ended)
    for index in range(0, number, 2):
        make.curve(folder, index, {"step": 1, "m": index})
    found = [(index, curve.series["m"][0]) for index, curve in read_curves(folder, threads=threads)]
    assert found == [(index, index) for index in range(0, number, 2)]


def test_a_slow_volume_is_read_by_several(make, tmp_path, monkeypatch):
    """Where files have to be waited for, threads wait side by side."""
    ended = [record for index in range(40) for record in make.ran(index)]
    folder = make.folder(tmp_path, [{"n": index} for index in range(40)], *ended)
    taken = []
    real = curves._side_by_side
    monkeypatch.setattr(curves, "_side_by_side", lambda *given: taken.append(len(given[0])) or real(*given))
    monkeypatch.setattr(curves, "_SLOW", -1.0)
    list(read_curves(folder))
    monkeypatch.setattr(curves, "_SLOW", 1e9)
    list(read_curves(folder))
    assert taken == [8]


def test_whoever_stops_taking_stops_the_reading(make, tmp_path, monkeypatch):
    """Only a few chunks are read ahead of a consumer that leaves, and no thread stays."""
    ended = [record for index in range(100) for record in make.ran(index)]
    folder = make.folder(tmp_path, [{"n": index} for index in range(100)], *ended)
    for index in range(100):
        make.curve(folder, index, {"step": 1, "m": index})
    read, really = [], curves.read_curve
    monkeypatch.setattr(curves, "read_curve", lambda out, results: read.append(out) or really(out, results))
    monkeypatch.setattr(curves, "_CHUNK", 4)
    reading = read_curves(folder, threads=2)
    for _ in range(6):
        next(reading)
    reading.close()
    assert 6 <= len(read) <= 4 + 4 * 5
    assert not [one for one in threading.enumerate() if one.name.startswith("curves")]


def test_an_attempt_that_was_only_asked_for_is_not_looked_up(make, tmp_path, monkeypatch):
    """Its folder may not be there yet, and a host remembers names that it has missed."""
    folder = make.folder(tmp_path, PARAMS[:1], Launching(Attempt(0, 1), 0.0))
    monkeypatch.setattr(curves, "read_curve", None)
    assert list(read_curves(folder)) == []


def test_a_curve_that_cannot_be_used_is_reported(make, swept):
    """The others are there all the same, and the warning names the trial and the reason."""
    make.curve(swept, 0).write_text("{\nnonsense\n")
    with pytest.warns(UserWarning, match=r"the curve of trial 0 of s: .*metrics\.jsonl"):
        frame = load_curves(swept.paths.folder)
    assert frame["trial"].tolist() == [1, 1, 2]


def test_no_file_of_an_attempt_is_looked_up_by_a_guessed_name(swept, monkeypatch):
    """Only what a listing has shown is opened."""
    opened = []
    real = os.open
    monkeypatch.setattr(
        os, "open", lambda path, *rest, **more: opened.append(str(path)) or real(path, *rest, **more)
    )
    list(read_curves(swept, threads=1))
    assert {os.path.basename(path) for path in opened if "/attempts/" in path} == {"metrics.jsonl"}


def test_the_long_frame_has_a_row_a_step(swept):
    """Steps of all trials under each other, NaN where a metric was not given, proper dtypes."""
    frame = load_curves(swept.paths.folder)
    assert frame.columns.tolist() == ["trial", "step", "acc", "loss"]
    assert frame.dtypes.astype(str).tolist() == ["int64", "int64", "float64", "float64"]
    assert frame[["trial", "step"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1], [1, 4], [2, 1]]
    assert frame["acc"].isna().tolist() == [False, True, False, True, False]
    assert frame["loss"].fillna(-1).tolist() == [-1, -1, 3, 2, -1]


def test_it_joins_the_table(swept):
    """One line puts a parameter beside the metrics."""
    folder = swept.paths.folder
    joined = load_curves(folder).join(load_results(folder)["lr"], on="trial")
    assert joined["lr"].tolist() == [0.1, 0.1, 0.2, 0.2, 0.3]


def test_one_metric_may_be_named_alone(swept):
    """A text is a name, and not its letters."""
    assert load_curves(swept.paths.folder, metrics="acc").columns.tolist() == ["trial", "step", "acc"]


def test_some_metrics_and_some_trials_can_be_chosen(swept):
    """Columns come as they were asked for; a metric that no curve has is named, with those there are."""
    frame = load_curves(swept.paths.folder, metrics=["loss", "acc"], trials=[1])
    assert frame.columns.tolist() == ["trial", "step", "loss", "acc"]
    assert frame["trial"].tolist() == [1, 1]
    with pytest.raises(UsageError, match="no curve has the metric 'accc'; there are: acc, loss"):
        load_curves(swept.paths.folder, metrics=["accc"])


def test_several_sweeps_have_a_column_for_it(make, swept, tmp_path):
    """The leading column says which sweep a row comes from, and joins the table of them all."""
    other = make.folder(tmp_path / "other", PARAMS[:1], *make.ran(0))
    make.curve(other, 0, {"step": 0.5, "acc": 1e999, "trial": 7})
    paths = [swept.paths.folder, other.paths.folder]
    frame = load_curves(paths)
    assert frame.columns.tolist() == ["sweep", "trial", "step", "acc", "loss", "metric.trial"]
    assert frame["sweep"].tolist() == [paths[0]] * 5 + [paths[1]]
    assert str(frame.dtypes["step"]) == "float64"
    assert frame["acc"].iloc[-1] == math.inf
    assert frame.join(load_results(paths)["lr"], on=["sweep", "trial"])["lr"].notna().all()


def test_a_sweep_without_curves_has_an_empty_frame(make, tmp_path):
    """Nothing told is no error, and the columns are there."""
    frame = load_curves(make.folder(tmp_path, PARAMS).paths.folder)
    assert frame.dtypes.astype(str).to_dict() == {"trial": "int64", "step": "int64"}
    assert len(load_curves([tmp_path / "s"])) == 0


def test_it_reads_what_a_loop_by_hand_reads(make, tmp_path):
    """The frame equals one that is made row by row."""
    ended = [record for index in range(5) for record in make.ran(index)]
    folder = make.folder(tmp_path, [{"n": index} for index in range(5)], *ended)
    rows = {i: [{"step": k, "a": i / (k + 1), "b": -k} for k in range(i + 1)] for i in range(5)}
    for index, given in rows.items():
        make.curve(folder, index, *given)
    with warnings.catch_warnings(record=True) as shown:
        frame = load_curves(folder.paths.folder)
    assert not shown
    want = [[i, *row.values()] for i, given in rows.items() for row in given]
    assert frame.to_numpy().tolist() == want


def test_curves_say_which_option_a_trial_has(make, tmp_path):
    """Choices that vary are columns of the long form, so that no mean is taken over two models."""
    ended = [*make.ran(0), *make.ran(1)]
    folder = make.folder(tmp_path, [{}, {}], *ended, choices=[{"model": "cnn"}, {"model": "vit"}])
    for index in range(2):
        make.curve(folder, index, {"step": 1, "acc": index}, {"step": 2, "acc": index + 1})
    frame = load_curves(folder.paths.folder)
    assert frame.columns.tolist() == ["trial", "model", "step", "acc"]
    assert frame.groupby("model")["acc"].mean().to_dict() == {"cnn": 0.5, "vit": 1.5}
    assert load_curves(folder.paths.folder, trials=[1])["model"].tolist() == ["vit", "vit"]
