"""Groups and pivots of random tables, against plain loops over their rows."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.results.groups import grouped
from sweeper.results.pivot import pivoted
from sweeper.results.tabular import Table

KINDS = [0, 1, 1.0, True, "1", "true", None, math.nan, 0.5, 0.0, -0.0, "", [1], [1.0], 2**53 + 1, 10**30]
VALUES = st.sampled_from(KINDS) | st.integers(0, 3)
THOUSANDTHS = st.integers(-(10**6), 10**6).map(lambda whole: whole / 1000)
NUMBERS = st.sampled_from([None, math.nan, 1, 0.41, 2**53 + 1, True]) | THOUSANDTHS
STATES = st.sampled_from(["completed", "completed", "failed", "running"])
ROWS = st.lists(st.tuples(VALUES, VALUES, NUMBERS, STATES), max_size=12)
FIRST = (1, 1, 0.5, "completed")


def make(rows):
    """At least one trial has a metric."""
    return Table(("lr", "seed", "acc", "state"), (FIRST, *rows), parameters=("lr", "seed"), metrics=("acc",))


def kind(value):
    """The same text only for the same value of the same kind."""
    return f"{type(value).__name__} {json.dumps(value)}"


def numbers(values):
    return [float(value) for value in values if value is not None and value == value]


def deviation(values):
    """The sample standard deviation, without a rounding error before the root."""
    exact = list(map(Fraction, values))
    mean = sum(exact) / len(exact)
    return math.sqrt(sum((one - mean) ** 2 for one in exact) / (len(exact) - 1))


@settings(deadline=None, max_examples=30)
@given(rows=ROWS)
def test_groups_are_those_of_a_loop(rows):
    """Values with their kinds; how many seeds each group has and lacks; mean and deviation."""
    table = make(rows)
    found = grouped(table, ["seed"], "acc", descending=False).table
    assert sorted(map(kind, found.column("lr"))) == sorted(set(map(kind, table.column("lr"))))
    seeds = set(map(kind, table.column("seed")))
    for row in found.rows:
        got = dict(zip(found.columns, row, strict=True))
        group = [one for one in table.rows if kind(one[0]) == kind(got["lr"]) and one[3] == "completed"]
        has = {kind(one[1]) for one in group if numbers([one[2]])}
        assert (got["n"], got["of"], got["missing"].count("seed=")) == (
            len(has),
            len(seeds),
            len(seeds) - len(has),
        )
        accs = numbers([one[2] for one in group])
        assert got["acc"] == (pytest.approx(fmean(accs), rel=1e-15) if accs else None)
        assert got["acc.std"] == (pytest.approx(deviation(accs), rel=1e-12) if len(accs) > 1 else None)


@settings(deadline=None, max_examples=30)
@given(rows=ROWS)
def test_a_pivot_is_that_of_a_loop(rows):
    """Values in their order; a cell is its only number as it was reported, or the mean of several."""
    table = make(rows)
    found = pivoted(table, "lr", "seed", "acc").table
    down, across = (list(dict.fromkeys(map(kind, table.sort(name).column(name)))) for name in ("lr", "seed"))
    assert [kind(row[0]) for row in found.rows] == down
    for lr, row in zip(down, found.rows, strict=True):
        for seed, cell in zip(across, row[1:], strict=True):
            accs = [one[2] for one in table.rows if (kind(one[0]), kind(one[1])) == (lr, seed)]
            shown = [acc for acc in accs if acc is not None]
            if len(shown) < 2:
                assert kind(cell) == kind(shown[0] if shown else None)
            else:
                assert cell == (pytest.approx(fmean(numbers(shown)), rel=1e-15) if numbers(shown) else None)
