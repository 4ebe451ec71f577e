"""The table as a DataFrame."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pandas
import pytest

import sweeper
from sweeper import load_results
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.model import Cause
from tests.results.conftest import make_table


def test_a_finished_sweep_is_a_frame_with_proper_dtypes(make, tmp_path):
    """Every column has the dtype of its values, and the index is the trial."""
    params = [{"lr": 0.1, "n": 1, "amp": True, "model": "mlp", "dims": [8, 8], "wd": None}, {"lr": 1, "n": 2}]
    params[1] |= {"amp": False, "model": "cnn", "dims": [8, 16], "wd": None}
    ended = [
        *make.ran(0, metrics={"acc": 0.5, "epochs": 3}),
        *make.ran(1, metrics={"acc": math.nan, "epochs": 4}),
    ]
    frame = load_results(make.folder(tmp_path, params, *ended).paths.folder)
    assert frame.index.name == "trial"
    assert frame.index.tolist() == [0, 1]
    assert frame.dtypes.astype(str).to_dict() == {
        "lr": "float64",
        "n": "int64",
        "amp": "bool",
        "model": "string",
        "dims": "string",
        "wd": "object",
        "acc": "float64",
        "epochs": "int64",
        "state": "string",
        "cause": "string",
        "attempts": "int64",
        "seconds": "float64",
        "gpu_seconds": "float64",
        "queue_seconds": "float64",
        "host": "string",
        "gpu": "string",
        "error": "string",
    }
    assert frame.loc[1, "dims"] == "[8,16]"
    assert frame["acc"].idxmax() == 0
    assert frame[frame["state"] == "completed"].groupby("model")["epochs"].max().to_dict() == {
        "cnn": 4,
        "mlp": 3,
    }


def test_a_running_sweep_can_be_read(make, tmp_path):
    """What a trial does not have yet is missing, and whole numbers stay whole."""
    ended = make.ran(1, metrics={"epochs": 3, "ok": True, "note": "x", "acc": 0.5})
    failed = make.ran(2, Cause.ERROR, error="bad")
    frame = load_results(make.folder(tmp_path, [{"lr": n} for n in range(3)], *ended, *failed).paths.folder)
    assert frame["state"].tolist() == ["queued", "completed", "failed"]
    kinds = frame[["epochs", "ok", "note", "acc"]].dtypes.astype(str).tolist()
    assert kinds == ["Int64", "boolean", "string", "float64"]
    assert frame["epochs"].isna().tolist() == [True, False, True]
    assert frame.loc[1, "epochs"] == 3


def test_a_sweep_in_which_nothing_has_ended_has_its_columns(make, tmp_path):
    """The columns of ours have their dtypes from the start."""
    frame = load_results(make.folder(tmp_path, [{"lr": 1}]).paths.folder)
    kinds = frame[["seconds", "cause", "error", "host"]].dtypes.astype(str).tolist()
    assert kinds == ["float64", "string", "string", "string"]
    assert len(load_results(make.folder(tmp_path / "empty", []).paths.folder)) == 0


@pytest.mark.parametrize(
    "values", [[10**400, 1], [2**63, 1], [2**53 + 1, 0.5], [10**400, 0.5], [True, 1], ["a", 1], [True, 0.5]]
)
def test_what_no_dtype_holds_exactly_stays_an_object(make, tmp_path, values):
    """Huge whole numbers and mixed kinds come back as the very values that were recorded."""
    ended = [record for index, one in enumerate(values) for record in make.ran(index, metrics={"m": one})]
    frame = load_results(make.folder(tmp_path, [{"seed": 0}, {"seed": 1}], *ended).paths.folder)
    assert frame["m"].dtype == object
    assert list(map(repr, frame["m"])) == list(map(repr, values))


def test_lists_and_dicts_are_texts_that_can_be_grouped_and_pivoted(make, tmp_path):
    """Parameters and metrics alike: a frame that holds lists has neither groups nor a pivot table."""
    params = [{"dims": dims, "seed": seed} for dims in ([8, 16], [8], None) for seed in (0, 1)]
    ended = [
        record
        for index in range(6)
        for record in make.ran(index, metrics={"acc": index / 10, "per_class": [0.5, index], "top": {"a": 1}})
    ]
    frame = load_results(make.folder(tmp_path, params, *ended).paths.folder)
    assert frame.groupby("dims")["acc"].count().to_dict() == {"[8,16]": 2, "[8]": 2}
    assert frame.groupby("dims", dropna=False).ngroups == 3
    assert frame.pivot_table(index="dims", columns="seed", values="acc").loc["[8]", 1] == 0.3
    assert frame[frame["dims"] == "[8,16]"].index.tolist() == [0, 1]
    assert frame["per_class"].map(json.loads).tolist()[2] == [0.5, 2]
    assert frame["top"].unique().tolist() == ['{"a":1}']
    assert not frame.duplicated().any()


@pytest.mark.parametrize(
    ("values", "want"),
    [
        (["[1]", [1], "a"], ['"[1]"', "[1]", "a"]),
        ([[1], 1, True], ["[1]", 1, True]),
        ([[], {}, [[]]], ["[]", "{}", "[[]]"]),
        ([["é"], [None, True, 1e-3]], ['["\\u00e9"]', "[null,true,0.001]"]),
    ],
)
def test_different_values_stay_different_beside_lists(make, tmp_path, values, want):
    """A text that reads like a list beside it is quoted; numbers and truth values stay what they are."""
    made = make.folder(tmp_path, [{"x": value} for value in values])
    found = load_results(made.paths.folder)["x"].tolist()
    assert list(map(repr, found)) == list(map(repr, want))


def test_the_frame_has_the_columns_of_the_table(make, tmp_path):
    """The frame and the table in the terminal never disagree."""
    folder = make.folder(tmp_path, [{"lr": 1, "m": {"n": 2}}], *make.ran(0, metrics={"lr": 3.0}))
    state = sweeper.core.state.State().apply_all(folder.read().records)
    assert ("trial", *load_results(folder.paths.folder).columns) == make_table(state).columns


def test_the_path_may_be_of_any_kind(make, tmp_path, monkeypatch):
    """A Path, a relative path and a trailing slash mean the same folder."""
    make.folder(tmp_path, [{"lr": 1}])
    monkeypatch.chdir(tmp_path)
    frames = [load_results(tmp_path / "s"), load_results("s"), load_results("s/")]
    assert all(isinstance(frame, pandas.DataFrame) and len(frame) == 1 for frame in frames)


def test_several_sweeps_make_one_frame(make, tmp_path):
    """A list of paths gives a level `sweep`, also where it holds one path, or one path twice."""
    one = make.folder(tmp_path / "a", [{"lr": 1}], *make.ran(0, metrics={"acc": 0.5})).paths.folder
    two = make.folder(tmp_path / "b", [{"lr": 2}, {"lr": 3}]).paths.folder
    frame = load_results([one, two])
    assert frame.index.names == ["sweep", "trial"]
    assert frame.index.tolist() == [(one, 0), (two, 0), (two, 1)]
    assert frame["lr"].tolist() == [1, 2, 3]
    assert frame["acc"].isna().tolist() == [False, True, True]
    assert load_results(iter([one, f"{one}/"])).index.tolist() == [("s", 0)]


def test_no_sweep_at_all_is_refused():
    """An empty list is a mistake of the caller's, said in one line."""
    with pytest.raises(UsageError, match="no sweep was given"):
        load_results([])


def test_hostile_names_are_columns_like_others(make, tmp_path):
    """Markup, formulas and control characters in names and texts come through unchanged."""
    hostile = {"<script>": "=1+1", "a\x1b[2J": "\x00", "sweep": 1, "trial": 2, "step": 3}
    frame = load_results(make.folder(tmp_path, [{"<b>": "@x"}], *make.ran(0, metrics=hostile)).paths.folder)
    names = ["<b>", "<script>", "a\x1b[2J", "metric.sweep", "metric.trial", "step"]
    assert frame.loc[0, names].tolist() == ["@x", "=1+1", "\x00", 1, 2, 3]


def test_times_and_gpus_are_numbers(make, tmp_path):
    """GPU-seconds and queue seconds are floats, missing where nobody knows."""
    records = make.ran(0, seconds=10.0, gpus=0.5, gpu="1")
    frame = load_results(make.folder(tmp_path, [{"n": 0}, {"n": 1}], *records).paths.folder)
    assert frame.loc[0, ["gpu_seconds", "gpu", "queue_seconds"]].tolist() == [5.0, "1", 0.0]
    assert frame.loc[1, ["gpu_seconds", "gpu", "queue_seconds"]].isna().all()


def test_a_path_that_is_no_sweep_is_refused(tmp_path):
    """A folder without a sweep, a file and a missing path each give one clear line."""
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file", tmp_path / "gone"):
        with pytest.raises(UsageError, match="is not a sweep"):
            load_results(path)


def test_a_damaged_journal_is_refused(make, tmp_path):
    """Damage before the part that may be torn is an error, never a shorter table."""
    paths = make.folder(tmp_path, [{"lr": 1}]).paths
    with open(paths.term(1), "r+b") as file:
        file.seek(150)
        file.write(b"XXXX")
    with pytest.raises(StorageError, match="is damaged"):
        load_results(paths.folder)


def test_a_torn_last_line_counts_for_nothing(make, tmp_path):
    """A line that is being written while the sweep is read is not there yet."""
    paths = make.folder(tmp_path, [{"lr": 1}], *make.ran(0, metrics={"acc": 1.0})).paths
    with open(paths.term(2), "ab") as file:
        file.write(b'["0000')
    assert load_results(paths.folder)["acc"].tolist() == [1.0]


def test_the_garbage_collector_is_left_as_it_was(make, tmp_path):
    """Reading pauses the collector and leaves it as the caller had it."""
    import gc

    folder = make.folder(tmp_path, [{"lr": 1}]).paths.folder
    try:
        for turn_on in (gc.enable, gc.disable):
            turn_on()
            before = gc.isenabled()
            load_results(folder)
            assert gc.isenabled() is before
    finally:
        gc.enable()


def test_the_package_is_light_until_results_are_asked_for():
    """Importing the package loads neither pandas nor package metadata, and its version is its own."""
    code = (
        "import sys, sweeper; heavy = {'pandas', 'numpy', 'importlib.metadata'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from importlib.metadata import version; assert sweeper.__version__ == version('cvsweep')\n"
        "import sweeper.results.output, sweeper.results.readers, sweeper.results.results_frame\n"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_public_names_are_few():
    """All that is public can be had, and nothing else can."""
    assert {name for name in sweeper.__all__ if getattr(sweeper, name)} == {
        "Sweep",
        "__version__",
        "create_sweep",
        "load_curves",
        "load_results",
        "open_sweep",
        "sweep",
    }
    with pytest.raises(AttributeError, match="no attribute 'load_result'"):
        sweeper.load_result  # noqa: B018 - looking is the point
