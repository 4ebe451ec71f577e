"""Groups over seeds: their numbers, their gaps, their order."""

from __future__ import annotations

import math

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.errors import UsageError
from sweeper.core.model import Cause, Trial
from sweeper.core.records import Added
from sweeper.core.state import State
from sweeper.results.groups import grouped
from sweeper.results.numbers import mean_and_std
from sweeper.results.results_frame import frame_of
from sweeper.results.table import RowSource, joined
from tests.results.conftest import make_table

NUMBERS = st.floats(-1e6, 1e6) | st.just(math.nan)


def swept(make, *, without=(), failed=(), acc=lambda lr, seed: lr + seed / 10):
    """Two learning rates, three seeds; some trials never started, some have failed."""
    params = [{"lr": lr, "model": "mlp", "seed": seed} for lr in (0.1, 0.2) for seed in range(3)]
    records = []
    for index, one in enumerate(params):
        if index in failed:
            records += make.ran(index, Cause.ERROR, error="bad")
        elif index not in without:
            records += make.ran(index, metrics={"acc": acc(one["lr"], one["seed"]), "note": "x"})
    return make_table(make.state(params, *records))


@settings(deadline=None, max_examples=25)
@given(
    accs=st.lists(NUMBERS, min_size=12, max_size=12),
    gone=st.sets(st.integers(0, 11)),
    failed=st.sets(st.integers(0, 11)),
)
def test_the_numbers_are_those_of_a_groupby(make, accs, gone, failed):
    """Means, deviations and counts equal those of a groupby that is written by hand."""
    params = [
        {"lr": lr, "opt": {"name": name}, "seed": seed}
        for lr in (0.1, 0.2)
        for name in ("sgd", "adam")
        for seed in range(3)
    ]
    records = [
        record
        for index in set(range(12)) - gone
        for record in make.ran(
            index,
            Cause.ERROR if index in failed else Cause.COMPLETED,
            metrics={"acc": accs[index], "k": index},
        )
    ]
    table = make_table(make.state(params, *records))
    found = grouped(table, ["seed"], "acc", descending=True).table

    frame = frame_of(table)
    done = frame[frame["state"] == "completed"]
    if done.empty:
        assert set(found.column("n")) == {0}
        return
    want = done.groupby(["lr", "opt.name"])[["acc", "k"]].agg(["mean", "std", "count"])
    for row in found.rows:
        got = dict(zip(found.columns, row, strict=True))
        key = got["lr"], got["opt.name"]
        if key not in want.index:
            assert (got["n"], got["acc"], got["k"]) == (0, None, None)
            continue
        assert got["n"] == want.loc[key, ("acc", "count")]
        for name in ("acc", "k"):
            assert same(got[name], want.loc[key, (name, "mean")])
            assert same(got[f"{name}.std"], want.loc[key, (name, "std")])
    means = [row[found.place("acc")] for row in found.rows]
    assert means == sorted(means, key=lambda mean: (mean is None, -(mean or 0)))


def keys(groups):
    """The values of every group, in order."""
    return list(zip(*map(groups.table.column, groups.table.parameters), strict=True))


def counts(groups):
    """With how many seeds each has, and which are missing."""
    return list(zip(keys(groups), groups.table.column("n"), groups.table.column("missing"), strict=True))


def same(ours, theirs):
    """pandas has NaN where we have nothing."""
    if ours is None:
        return bool(pandas.isna(theirs))
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-6)


def test_the_best_group_comes_first(make):
    """The largest mean is first, or the smallest where less is better."""
    table = swept(make)
    assert keys(grouped(table, ["seed"], "acc", descending=True)) == [(0.2,), (0.1,)]
    assert keys(grouped(table, ["seed"], "acc", descending=False)) == [(0.1,), (0.2,)]


def test_groups_that_lack_a_seed_are_flagged(make):
    """A trial that failed, one that never ran and one that diverged are missing, each by name."""
    table = swept(
        make, failed=[0], without=[4], acc=lambda lr, seed: math.nan if seed == 2 and lr == 0.1 else lr
    )
    groups = grouped(table, ["seed"], "acc", descending=True)
    assert counts(groups) == [((0.2,), 2, "seed=1"), ((0.1,), 1, "seed=0, seed=2")]
    assert groups.incomplete == 2
    shown = groups.shown(groups.table)
    assert shown.columns == ("lr", "n", "missing", "acc")
    assert shown.rows == ((0.2, "2 of 3", "seed=1", "0.2 ± 0"), (0.1, "1 of 3", "seed=0, seed=2", "0.1 ± ?"))
    assert groups.table.columns == ("lr", "n", "of", "missing", "acc", "acc.std")
    assert groups.table.rows[1] == (0.1, 1, 3, "seed=0, seed=2", 0.1, None)


def test_a_seed_that_the_grid_left_out_is_missing_too(make):
    """What counts is how many seeds there are anywhere, not how many a group was given."""
    params = [{"lr": 1, "seed": 0}, {"lr": 1, "seed": 1}, {"lr": 2, "seed": 0}]
    table = make_table(make.state(params, *(r for i in range(3) for r in make.ran(i, metrics={"acc": i}))))
    groups = grouped(table, ["seed"], None, descending=False)
    assert counts(groups) == [((1,), 2, ""), ((2,), 1, "seed=1")]


def test_complete_groups_say_nothing_of_gaps(make):
    """Where nothing is missing there is no column for it."""
    groups = grouped(swept(make), ["seed"], "acc", descending=True)
    assert groups.incomplete == 0
    shown = groups.shown(groups.table)
    assert shown.columns == ("lr", "n", "acc")
    assert shown.rows[0] == (0.2, "3 of 3", "0.3 ± 0.1")


def test_kinds_tell_groups_apart(make):
    """A value is another where its kind is: 1, 1.0, true and "1" make four groups."""
    values = [1, 1.0, True, "1", None, [1], [1]]
    params = [{"p": value, "seed": index} for index, value in enumerate(values)]
    table = make_table(make.state(params))
    assert list(map(repr, grouped(table, ["seed"], None, descending=False).table.column("p"))) == [
        "1", "1.0", "True", "'1'", "None", "[1]",
    ]  # fmt: skip


def test_infinities_have_means(make):
    """An infinite metric makes an infinite mean, and the deviation of it is no number."""
    table = swept(make, acc=lambda lr, seed: math.inf if seed else 1.0)
    ((_, count, _, _, mean, std), _) = grouped(table, ["seed"], "acc", descending=True).table.rows
    assert (count, mean) == (3, math.inf)
    assert math.isnan(std)


def test_several_sweeps_stay_apart_unless_grouped_over(make):
    """The sweep is one of the things that tell groups apart, like a parameter."""
    states = [make.state([{"seed": seed}], *make.ran(0, metrics={"acc": seed})) for seed in (0, 1)]
    table = joined([RowSource(state, name) for state, name in zip(states, "ab", strict=True)])
    assert keys(grouped(table, ["seed"], "acc", descending=True)) == [("b",), ("a",)]
    both = grouped(table, ["seed", "sweep"], "acc", descending=True).table
    assert both.only(["n", "acc"]).rows == ((2, 0.5),)
    assert both.parameters == ()


def test_parameters_and_metrics_named_like_our_columns_keep_their_values(make):
    """A parameter called n and a metric called missing are told apart from what we say of the groups."""
    params = [{"n": n, "seed": 0} for n in (5, 6)]
    state = make.state(params, *make.ran(0, metrics={"missing": 1.0}), *make.ran(1, metrics={"missing": 2.0}))
    found = grouped(make_table(state), ["seed"], None, descending=False).table
    assert found.columns == ("param.n", "n", "of", "missing", "metric.missing", "missing.std")
    assert found.rows[0] == (5, 1, 1, "", 1.0, None)


@pytest.mark.parametrize(
    ("over", "says"),
    [("sed", "did you mean 'seed'?"), ("acc", "'acc' is no parameter"), ("state", "'state' is no parameter")],
)
def test_only_parameters_can_be_grouped_over(make, over, says):
    """A metric, a column of ours and a name that is none are refused in one line."""
    with pytest.raises(UsageError) as caught:
        grouped(swept(make), [over], None, descending=False)
    assert says in str(caught.value)


def test_the_frame_of_groups_has_proper_dtypes(make):
    """Counts are whole numbers, means are floats."""
    kinds = frame_of(grouped(swept(make), ["seed"], "acc", descending=True).table).dtypes.astype(str)
    assert kinds.to_dict() == {
        "lr": "float64",
        "n": "int64",
        "of": "int64",
        "missing": "string",
        "acc": "float64",
        "acc.std": "float64",
    }
    assert isinstance(kinds, pandas.Series)


def test_equal_values_have_themselves_as_mean_and_no_deviation():
    """Though three times 0.41 is not a third of itself in floats."""
    assert mean_and_std([0.41, 0.41, 0.41]) == (0.41, 0.0)
    assert mean_and_std([0.41]) == (0.41, None)


def test_options_are_never_averaged(make):
    """Trials that differ in a choice alone are groups of their own: their mean would be of two models."""
    points = [({"seed": seed}, {"model": model}) for model in ("cnn", "vit") for seed in (0, 1)]
    trials = [
        Added(Trial(at, f"{at:012x}", params, "exec true", choices=choices))
        for at, (params, choices) in enumerate(points)
    ]
    ended = [record for at in range(4) for record in make.ran(at, metrics={"acc": at})]
    table = make_table(State().apply_all([*trials, *ended]))
    groups = grouped(table, ["seed"], "acc", descending=True)
    assert groups.table.only(["model", "n", "acc"]).rows == (("vit", 2, 2.5), ("cnn", 2, 0.5))
    assert groups.table.parameters == ("model",)


def test_a_metric_called_n_ranks_the_groups_and_is_not_their_size(make):
    """Whoever names it means their own number; the column is called metric.n, beside ours."""
    params = [{"lr": lr, "seed": seed} for lr in (1, 2, 3) for seed in (0, 1)]
    ended = [r for at in range(6) if at != 5 for r in make.ran(at, metrics={"n": [3, 3, 9, 9, 1, 0][at]})]
    groups = grouped(make_table(make.state(params, *ended)), ["seed"], "n", descending=True)
    assert groups.names == {"lr": "lr", "n": "metric.n"}
    assert groups.table.columns == ("lr", "n", "of", "missing", "metric.n", "n.std")
    assert [row[0] for row in groups.table.rows] == [2, 1, 3]


def test_a_metric_called_like_a_deviation_keeps_its_column(make):
    """acc and acc.std may both be metrics; then the deviation of acc is called otherwise."""
    ended = [r for at in range(2) for r in make.ran(at, metrics={"acc": at, "acc.std": 7})]
    params = [{"lr": 1, "seed": seed} for seed in (0, 1)]
    table = grouped(make_table(make.state(params, *ended)), ["seed"], "acc", descending=True).table
    assert table.metrics == ("acc", "std.acc.std", "acc.std", "acc.std.std")
    (row,) = table.rows
    assert row[-4:] == (0.5, pytest.approx(0.5**0.5), 7.0, 0.0)
    assert len(row) == len(table.columns)


@pytest.mark.parametrize("size", [5e-324 * 1024, 1e-320, 1e-200, 1.0, 1e200, 4e307])
def test_numbers_of_any_size_have_a_mean_and_a_deviation(size):
    """Squares of small ones are not nothing, sums of large ones not infinite."""
    mean, std = mean_and_std([size, 2 * size, 3 * size])
    assert mean == pytest.approx(2 * size, rel=1e-3)
    assert std == pytest.approx(size, rel=1e-3)


def test_a_deviation_beyond_all_floats_is_infinite():
    """That of the largest numbers of both signs is."""
    assert mean_and_std([-1.7e308, 1.7e308]) == (0.0, math.inf)
