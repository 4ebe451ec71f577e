"""The table: its columns, its rows, its order."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.notes_and_tags import Noted, Tagged
from sweeper.core.records import Added, Ended, Granted, Launched, Launching, Paused
from sweeper.core.state import State
from sweeper.results.cells import is_finite
from sweeper.results.condition import parse
from sweeper.results.groups import grouped
from sweeper.results.results_frame import frame_of
from sweeper.results.table import LAST, RowSource, distinct_names, joined, source, table_of
from sweeper.results.tabular import Table
from tests.results.conftest import make_table

CELLS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers())
)


def test_columns_come_in_a_fixed_order(make):
    """Trial, what was swept in grid order, what is constant, metrics as they first appear, then the rest."""
    params = [{"model": "mlp", "lr": 0.1, "opt": {"name": "sgd", "wd": wd}} for wd in (0, 1)]
    ended = make.ran(0, metrics={"loss": 2.0}), make.ran(1, metrics={"acc": 0.5, "loss": 1.0})
    table = make_table(make.state(params, *ended[0], *ended[1]))
    assert table.columns == ("trial", "opt.wd", "model", "lr", "opt.name", "loss", "acc", *LAST)
    assert (table.parameters, table.constants) == (("opt.wd",), ("model", "lr", "opt.name"))
    assert table.metrics == ("loss", "acc")
    assert table.rows[0] == (
        0,
        0,
        "mlp",
        0.1,
        "sgd",
        2.0,
        None,
        *("completed", "completed", 1, 2.0, None, None, "node-a", None, ""),
    )


def test_trials_without_an_outcome_have_empty_cells(make):
    """A trial that has not ended has its parameters and its state, and nothing else."""
    table = make_table(make.state([{"lr": 1}, {"lr": 2}], Paused("so"), Granted("w", "cancel", (1,))))
    assert table.rows == (
        (0, 1, "queued", None, 0, *[None] * 6),
        (1, 2, "cancelled", None, 0, *[None] * 6),
    )


def test_a_failed_trial_says_why_and_gives_no_results(make):
    """Metrics of a failed attempt are no results; its cause and its error are shown."""
    failed = make.ran(0, Cause.ERROR, metrics={"acc": 1.0}, error="ValueError: x")
    table = make_table(make.state([{}], *failed))
    assert table.columns == ("trial", *LAST)
    assert table.rows == ((0, "failed", "error", 1, 2.0, None, None, "node-a", None, "ValueError: x"),)


def test_a_column_warning_is_there_only_if_a_trial_has_one(make):
    """It is the last one, and its name is no parameter's and no metric's."""
    fine, odd = make.ran(0, metrics={"acc": 0.5}), make.ran(1, metrics={"warning": 1}, warning="in part")
    table = make_table(make.state([{"warning": 1}, {"warning": 2}], *fine, *odd))
    assert table.columns == ("trial", "param.warning", "acc", "metric.warning", *LAST, "warning")
    assert table.column("warning") == [None, "in part"]
    assert frame_of(table)["warning"].dtype == "string"
    assert make_table(make.state([{"x": 1}, {"x": 2}], *fine)).columns == ("trial", "x", "acc", *LAST)


def test_trials_that_differ_in_their_command_alone_have_a_column_for_it(make):
    """It is a parameter like others: whatever groups rows takes notice of it."""
    fine = [record for index in range(3) for record in make.ran(index, metrics={"acc": index})]
    added = make.added({"seed": 1, "command": "a"}, {"seed": 1, "command": "a"}, {"seed": 2, "command": "a"})
    commands = (
        "exec python train.py --seed=1",
        "exec python train.py --fast --seed=1",
        "exec python train.py --seed=2",
    )
    trials = [replace(one.trial, command=text) for one, text in zip(added, commands, strict=True)]
    table = make_table(State().apply_all([*map(Added, trials), *fine]))
    assert table.columns[:5] == ("trial", "seed", "command", "param.command", "acc")
    assert table.parameters == ("seed", "command")
    assert table.column("command") == [
        "python train.py --seed=", "python train.py --fast --seed=", "python train.py --seed=",
    ]  # fmt: skip
    groups = grouped(table, ["seed"], None, descending=False).table
    assert [row[1:4] for row in groups.rows] == [(2, 2, ""), (1, 2, "seed=2")]


def test_only_the_attempt_that_counts_gives_the_row(make):
    """After a retry, the row tells of the attempt that completed, and how many there were."""
    first = make.ran(0, Cause.ERROR, metrics={"acc": 0.1, "old": 1}, again=True, error="bad")
    second = make.ran(0, number=2, metrics={"acc": 0.9}, host="node-b")
    table = make_table(make.state([{}], *first, *second))
    assert table.columns == ("trial", "acc", *LAST)
    assert table.rows == ((0, 0.9, "completed", "completed", 2, 2.0, None, None, "node-b", None, ""),)


@pytest.mark.parametrize(
    ("one", "other", "varies"),
    [
        (1, 1, False),
        (1, 2, True),
        (1, 1.0, True),
        (1, True, True),
        (0.0, -0.0, True),
        (math.nan, float("nan"), False),
        (None, None, False),
        (None, "", True),
        ([1, {"a": 1, "b": 2}], [1, {"b": 2, "a": 1}], False),
        ([1], [True], True),
        ({}, {"k": 1}, True),
    ],
)
def test_parameters_vary_where_a_program_would_see_a_difference(make, one, other, varies):
    """Kinds count, the order of keys does not, and NaN is itself."""
    table = make_table(make.state([{"p": one}, {"p": other}]))
    assert ("p" in table.parameters) is varies


def test_a_parameter_that_only_some_trials_have_varies(make):
    """A key that is missing somewhere differs there, even from null."""
    table = make_table(make.state([{"p": None}, {"q": {"r": 1}}]))
    assert table.parameters == ("p", "q.r")
    assert [row[:3] for row in table.rows] == [(0, None, None), (1, None, 1)]


def test_names_that_clash_are_distinguished(make):
    """A metric never hides a parameter, and neither hides a column of ours."""
    params = {"lr": 0.1, "state": "Ohio"}
    left = {"lr": 0.05, "error": 0.2, "state": "ok", "acc": 1}
    table = make_table(make.state([params], *make.ran(0, metrics=left)))
    assert table.constants == ("lr", "param.state")
    assert table.metrics == ("metric.lr", "metric.error", "metric.state", "acc")


@given(
    names=st.lists(
        st.sampled_from(["trial", "lr", "param.trial", "metric.lr", "metric.metric.lr"]), unique=True
    )
)
def test_no_two_columns_ever_have_the_same_name(make, names):
    """Whatever parameters and metrics are called, every column is there once and has its own value."""
    params, left = {name: f"p {name}" for name in names}, {name: f"m {name}" for name in names}
    table = make_table(make.state([params], *make.ran(0, metrics=left)))
    assert len(set(table.columns)) == len(table.columns)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert [row[name] for name in table.constants] == list(params.values())
    assert [row[name] for name in table.metrics] == list(left.values())


def test_gpu_seconds_are_of_the_gpus_that_an_attempt_held(make):
    """What the journal says of an attempt comes first, then what the settings say of all."""
    records = [*make.ran(0, seconds=10.0, gpus=0.5, gpu="3"), *make.ran(1, seconds=10.0, gpus=0.0)]
    state = make.state([{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}], *records, *make.ran(2, seconds=10.0))
    assert make_table(state).column("gpu_seconds") == [5.0, 0.0, None, None]
    assert make_table(state).column("gpu") == ["3", None, None, None]
    assert table_of(RowSource(state, gpus=4.0)).column("gpu_seconds") == [5.0, 0.0, 40.0, None]


def test_what_quota_was_held_for_stands_beside_what_ran(make):
    """From the pod's creation to its end, times its GPUs; a sweep without quota has no such column."""
    records = [*make.ran(0, seconds=1.0, held=21.5), *make.ran(1, seconds=1.0, held=20.0, gpus=0.0)]
    state = make.state([{"n": 0}, {"n": 1}, {"n": 2}], *records, *make.ran(2, seconds=1.0))
    table = table_of(RowSource(state, gpus=2.0))
    assert table.columns[table.columns.index("gpu_seconds") + 1] == "quota_gpu_seconds"
    assert table.column("gpu_seconds") == [2.0, 0.0, 2.0]
    assert table.column("quota_gpu_seconds") == [43.0, 0.0, None]
    assert table.column("queue_seconds") == [None, None, None]
    assert frame_of(table)["quota_gpu_seconds"].dtype == "float64"
    assert "quota_gpu_seconds" not in make_table(make.state([{}], *make.ran(0, seconds=1.0))).columns
    named = make.state([{"quota_gpu_seconds": 1}], *make.ran(0))
    assert make_table(named).columns[1] == "param.quota_gpu_seconds"


def test_queue_seconds_last_until_an_attempt_first_runs(make):
    """They begin with the sweep, or when the trial joined it, and a retry adds nothing to them."""
    first, late = Trial(0, "a", {}, "true"), Trial(1, "b", {}, "true")
    records = [Launching(Attempt(0, 1), 110.0), Launched(Attempt(0, 1), "u", pending=True, at=111.0)]
    again = Ended(Attempt(0, 1), "u", Outcome(Cause.ERROR, 1.0, 131.0, 1), True)
    records += [Launched(Attempt(0, 1), "u", "n", at=130.0), again, Launching(Attempt(0, 2), 500.0)]
    state = State().apply_all([Added(first), *records, Added(late, 200.0), Launching(Attempt(1, 1), 190.0)])
    assert table_of(RowSource(state, made_at=100.0)).column("queue_seconds") == [30.0, None]
    state.apply(Launched(Attempt(1, 1), "v", at=199.0))
    assert table_of(RowSource(state, made_at=100.0)).column("queue_seconds") == [30.0, 0.0]
    assert make_table(state).column("queue_seconds") == [None, 0.0]


def test_a_wait_that_was_measured_is_believed_before_the_wall_clock(make):
    """After a step of the clock it is right, and what nobody could measure is not guessed."""
    step = 259_200.0
    start = [Launching(Attempt(0, 1), 101.0), Launched(Attempt(0, 1), "u", at=101.0 + step, waited=1.5)]
    ended = Ended(Attempt(1, 1), "v", Outcome(Cause.ERROR, 1.0, 103.0 + step, 1), waited=2.5)
    other = [Launching(Attempt(2, 1), 101.0 + step), Launched(Attempt(2, 1), "w", at=102.0 + step)]
    state = make.state([{"n": 0}, {"n": 1}, {"n": 2}], *start, Launching(Attempt(1, 1), 101.0), ended, *other)
    shown = table_of(RowSource(state, made_at=100.0, is_measured=True)).column("queue_seconds")
    assert shown == [1.5, 2.5, None]
    assert table_of(RowSource(state, made_at=100.0)).column("queue_seconds") == [1.5, 2.5, step + 2.0]


def test_a_folder_says_what_its_table_needs(make, tmp_path):
    """The time of its making and its name come from the manifest; this machine's GPUs from the journal."""
    folder = make.folder(tmp_path, [{}], Launching(Attempt(0, 1), 1003.0), Launched(Attempt(0, 1), "u"))
    found = source(folder)
    assert (found.name, found.made_at, found.gpus) == ("s", 1000.0, None)
    assert table_of(found).column("queue_seconds") == [3.0]


def test_several_sweeps_make_one_table(make):
    """A parameter that differs between sweeps varies, and each row says where it comes from."""
    one = make.state([{"lr": 1, "n": 0}], *make.ran(0, metrics={"acc": 0.5}))
    two = make.state([{"lr": 2, "n": 0, "new": 1}], *make.ran(0, metrics={"loss": 0.1}))
    table = joined([RowSource(one, "a"), RowSource(two, "b")])
    assert table.columns == ("sweep", "trial", "lr", "new", "n", "acc", "loss", *LAST)
    assert (table.parameters, table.constants) == (("lr", "new"), ("n",))
    assert [row[:7] for row in table.rows] == [("a", 0, 1, None, 0, 0.5, None), ("b", 0, 2, 1, 0, None, 0.1)]


def test_sweeps_of_the_same_name_go_by_their_paths(make, tmp_path):
    """Where two are called alike, their folders tell them apart."""
    folders = [make.folder(tmp_path / place, [{}]) for place in ("here", "there")]
    assert distinct_names(folders) == [str(tmp_path / "here" / "s"), str(tmp_path / "there" / "s")]
    assert distinct_names(folders[:1]) == ["s"]


def test_a_metric_can_be_added_behind_the_others(make):
    """A computed metric stands with the metrics, also where there are none yet."""
    table = make_table(make.results({"acc": 0.5}, {"acc": 0.7})).with_metric("acc:max", [0.6, 0.8])
    assert table.columns[:4] == ("trial", "seed", "acc", "acc:max")
    assert (table.metrics, table.column("acc:max")) == (("acc", "acc:max"), [0.6, 0.8])
    bare = make_table(make.state([{}])).with_metric("m", [None])
    assert bare.columns == ("trial", "m", *LAST)


def test_a_sweep_without_trials_has_an_empty_table():
    """No trials make no rows, and no error."""
    assert make_table(State()) == Table(("trial", *LAST), ())


def test_what_is_no_finite_number_comes_last_in_both_directions(make):
    """Infinities follow all that is finite, and NaN and what is missing follow them."""
    metrics = [{"x": value} for value in (1.0, math.nan, -math.inf, 10**400, math.inf)]
    table = make_table(make.results(*metrics, {}))
    assert [row[0] for row in table.sort("x").rows] == [0, 2, 3, 4, 1, 5]
    assert [row[0] for row in table.sort("x", descending=True).rows] == [0, 4, 3, 2, 1, 5]


@given(cells=st.lists(CELLS, max_size=12), descending=st.booleans())
def test_any_cells_can_be_sorted(cells, descending):
    """Any mix of values has an order, which does not depend on where the rows stood before."""
    rows = [(place, cell) for place, cell in enumerate(cells)]
    table = Table(("trial", "x"), tuple(rows)).sort("x", descending=descending)
    kinds = [_kind(cell) for _, cell in table.rows]
    assert kinds == sorted(kinds)
    numbers = [cell for _, cell in table.rows if _kind(cell) == 0]
    assert numbers == sorted(numbers, reverse=descending)
    random.shuffle(rows)
    again = Table(("trial", "x"), tuple(rows)).sort("x", descending=descending)
    assert [repr(c) for _, c in again.rows if _kind(c) == 1] == [
        repr(c) for _, c in table.rows if _kind(c) == 1
    ]


def _kind(cell):
    if cell is None or cell != cell:
        return 4
    if isinstance(cell, bool | int | float):
        return 0 if isinstance(cell, bool) or is_finite(cell) else 3
    return 1 if isinstance(cell, str) else 2


def test_equal_rows_keep_their_order(make):
    """Sorting is stable in both directions."""
    table = make_table(make.results(*[{"x": 1.0}, {"x": 2.0}] * 3))
    assert [row[0] for row in table.sort("x").rows] == [0, 2, 4, 1, 3, 5]
    assert [row[0] for row in table.sort("x", descending=True).rows] == [1, 3, 5, 0, 2, 4]


def test_the_top_is_the_first_rows(make):
    """The top is never more than there is, and never negative."""
    table = make_table(make.results({}, {}, {}))
    assert [len(table.top(count).rows) for count in (0, 2, 9, -1)] == [0, 2, 3, 0]


def test_some_of_the_columns_in_another_order(make):
    """A table can be narrowed to some columns, in any order."""
    table = make_table(make.results({"acc": 0.5})).only(["acc", "trial"])
    assert (table.columns, table.rows) == (("acc", "trial"), ((0.5, 0),))


@pytest.mark.parametrize(("asked", "answer"), [("ac", "did you mean 'acc'?"), ("zzz", "there are: trial, ")])
def test_an_unknown_column_is_named(make, asked, answer):
    """Asking for a column that is not there names the nearest one, or all."""
    table = make_table(make.results({"acc": 0.5}))
    with pytest.raises(UsageError, match=f"there is no column '{asked}'; ") as caught:
        table.sort(asked)
    assert answer in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("lr", "did you mean 'model.lr' or 'optimizer.lr'?"),
        ("LR", "did you mean 'model.lr' or 'optimizer.lr'?"),
        ("acc", "did you mean 'test acc'?"),
        ("loss", "did you mean 'val/loss'?"),
        ("optimizer-lr", "did you mean 'optimizer.lr'?"),
    ],
)
def test_the_last_part_of_a_columns_name_is_enough_for_a_hint(asked, answer):
    """Wherever a column is named: in a condition, too."""
    table = Table(("trial", "model.lr", "optimizer.lr", "test acc", "val/loss"), ())
    with pytest.raises(UsageError) as caught:
        table.only([asked])
    assert answer in str(caught.value)


def test_lists_are_sorted_in_both_directions(make):
    """By their text, which has an other way round as well."""
    table = make_table(make.results(*({"x": index} for index in range(3))))
    table = Table(("trial", "dims"), tuple((row[0], [row[0] + 1]) for row in table.rows))
    assert [row[0] for row in table.sort("dims").rows] == [0, 1, 2]
    assert [row[0] for row in table.sort("dims", descending=True).rows] == [2, 1, 0]


def with_choices(*choices: dict[str, str]) -> State:
    """A trial for each, all with the same parameters."""
    trials = [Trial(at, f"{at:012x}", {"lr": 1}, "exec true", choices=one) for at, one in enumerate(choices)]
    return State().apply_all(Added(one) for one in trials)


def test_choices_that_vary_come_first():
    """Options in which trials differ stand before all parameters; those that are alike, behind."""
    state = with_choices({"model": "cnn", "data": "a"}, {"model": "vit", "data": "a"})
    table = make_table(state)
    assert table.columns == ("trial", "model", "data", "lr", *LAST)
    assert (table.parameters, table.constants) == (("model",), ("data", "lr"))
    assert table.column("model") == ["cnn", "vit"]


def test_trials_of_an_older_sweep_have_no_choice():
    """A choice that only later trials have is empty for the others."""
    assert make_table(with_choices({}, {"model": "vit"})).column("model") == [None, "vit"]


def test_a_choice_and_a_parameter_of_one_name_are_distinguished():
    """The option keeps the group's name; so does no fixed column lose its own."""
    trial = Trial(0, "k", {"model": "x"}, "c", choices={"model": "cnn", "state": "on"})
    table = make_table(State().apply_all([Added(trial)]))
    assert table.columns[:4] == ("trial", "model", "choice.state", "param.model")


def test_notes_and_tags_are_columns_only_where_there_are_any(make):
    """The sweep's own are none of a trial's. A parameter of that name gives way only then."""
    params = [{"note": 1, "lr": 0.1}, {"note": 2, "lr": 0.2}]
    plain = make_table(make.state(params, Noted("of the sweep"), Tagged(("paper",))))
    assert plain.columns == ("trial", "note", "lr", *LAST)
    table = make_table(make.state(params, Noted("odd", (1,)), Tagged(("best", "x"), (), (1,))))
    assert table.columns == ("trial", "param.note", "lr", *LAST, "tags", "note")
    assert table.rows[0][-2:] == (None, None)
    assert table.rows[1][-2:] == (["best", "x"], "odd")


def test_a_condition_finds_whole_tags(make):
    """A part of one is another tag."""
    table = make_table(make.state([{}, {}, {}], Tagged(("best",), (), (0,)), Tagged(("best-2",), (), (1,))))
    test = parse('"best" in tags').on(table)
    assert [test(row) for row in table.rows] == [True, False, False]
