"""From rows to a curve: what counts the steps, what is put together, what is left out."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.results.curve import Curve
from sweeper.results.readers.listing import BadMetricsError
from sweeper.results.readers.rows import AXES, curve_of

NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False)


def curve(*rows):
    return curve_of(rows, "the file", lambda remark: None)


@pytest.mark.parametrize("axis", AXES)
def test_a_number_that_every_row_gives_counts_the_steps(axis):
    """By the names that programs use for it; it is no metric then."""
    assert curve({axis: 2, "a": 1}, {axis: 5, "a": 3}) == Curve((2, 5), {"a": (1, 3)}, axis)


def test_capitals_make_no_difference():
    """Programs print Epoch and Step as well."""
    assert curve({"Epoch": 2, "a": 1}, {"Epoch": 3, "a": 2}) == Curve((2, 3), {"a": (1, 2)}, "Epoch")


def test_a_step_goes_before_an_epoch():
    """What counts finer counts, and the other is a metric."""
    rows = [{"epoch": 0, "a": 1, "step": 10}, {"epoch": 0, "a": 2, "step": 20}]
    assert curve(*rows) == Curve((10, 20), {"epoch": (0, 0), "a": (1, 2)}, "step")


@pytest.mark.parametrize("odd", [None, "2", True, math.nan, math.inf, [2]])
def test_what_is_not_always_a_number_does_not_count(odd):
    """Then the rows are counted, from 1."""
    found = curve({"epoch": 1, "a": 1}, {"epoch": odd, "a": 2})
    assert (found.steps, found.axis, found.series["a"]) == ((1, 2), "step", (1, 2))


def test_rows_of_one_step_are_put_together():
    """Training and validation are often told in rows of their own, and late."""
    rows = [{"step": 1, "a": 1}, {"step": 2, "a": 2}, {"step": 1, "b": 3}, {"step": 2, "b": None}]
    assert curve(*rows) == Curve((1, 2), {"a": (1, 2), "b": (3, None)}, "step")


def test_a_step_told_again_replaces_what_was_told():
    """A run that went back to its checkpoint goes over some steps again."""
    rows = [
        {"step": step, "a": step * 10 + turn}
        for turn, steps in ((0, (1, 2, 3)), (1, (3, 4)))
        for step in steps
    ]
    assert curve(*rows) == Curve((1, 2, 3, 4), {"a": (10, 20, 31, 41)}, "step")


def test_an_epoch_of_many_rows_counts_no_steps():
    """Where every batch has a row and only the epoch is told, no row is lost."""
    rows = [{"epoch": epoch, "a": batch} for epoch in (0, 1) for batch in range(5)]
    found = curve(*rows)
    assert (found.steps, found.axis) == (tuple(range(1, 11)), "step")
    assert found.series["a"] == (0, 1, 2, 3, 4) * 2
    assert found.series["epoch"] == (0,) * 5 + (1,) * 5


def test_only_numbers_make_a_curve():
    """Texts, truth values, lists and nulls are left out, and so is a metric that has nothing else."""
    rows = [{"a": 1, "t": "x", "b": True, "l": [1], "n": None}, {"a": "x", "t": "y", "b": 2}]
    assert curve(*rows) == Curve((1, 2), {"a": (1, None), "b": (None, 2)})


def test_nested_names_are_joined_by_dots():
    """As in the table of final values, in rows that are not all nested."""
    assert curve({"a": {"b": 1}, "c": 2}, {"a": 3}) == Curve(
        (1, 2), {"a.b": (1, None), "c": (2, None), "a": (None, 3)}
    )


def test_numbers_beyond_an_array_become_floats():
    """A whole number of hundreds of digits is no reason to fail."""
    found = curve({"a": 2**63 - 1}, {"a": 2**63}, {"a": -(10**400)})
    assert found.series["a"] == (2**63 - 1, float(2**63), -math.inf)
    assert list(map(type, found.series["a"])) == [int, float, float]


def test_half_characters_are_replaced():
    """No UTF-8 file can hold them."""
    assert curve({"\ud800": 1}).series == {"\ufffd": (1,)}


def test_nothing_makes_an_empty_curve():
    """No rows, or rows without any number."""
    assert curve() == curve({}) == curve({"t": "x"}, {}) == Curve()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{f"m{i}": 1 for i in range(1000)}] + [{}] * 4000, "the file holds 4001 rows of 1000 metrics"),
    ],
)
def test_what_would_not_fit_is_refused(rows, words):
    """A file of a few bytes a row must not become gigabytes."""
    with pytest.raises(BadMetricsError, match=words):
        curve(*rows)


def test_what_is_too_much_is_left_out_with_a_remark():
    """Of too many metrics the wanted ones and the first thousand are kept; of a deep object what is above."""
    remarks = []
    found = curve_of([{f"m{i}": 1 for i in range(1500)}], "the file", remarks.append, ["m1400"])
    assert [*found.series] == [f"m{i}" for i in (*range(1000), 1400)]
    assert remarks == ["the file holds curves of 1500 metrics, too many; 1001 of them are kept"]
    deep = json.loads('{"b": 1, "a":' + '{"a":' * 20 + "1" + "}" * 21)
    assert curve_of([deep], "the file", remarks.append) == Curve((1,), {"b": (1,)})
    assert remarks[1] == "the file is nested deeper than 20 levels; what lies deeper is left out"


@given(
    rows=st.lists(
        st.fixed_dictionaries({"step": st.integers(0, 9)}, optional={"a": NUMBERS, "b": NUMBERS}), min_size=1
    )
)
def test_steps_grow_and_every_series_is_as_long(rows):
    """Whatever comes in which order; and no value is made up."""
    found = curve(*rows)
    assert list(found.steps) == sorted(set(found.steps))
    assert {len(values) for values in found.series.values()} <= {len(found.steps)}
    if found.axis == "step" and "step" not in found.series:
        for name, values in found.series.items():
            last = {row["step"]: row[name] for row in rows if name in row}
            assert values == tuple(map(last.get, found.steps))


@given(rows=st.lists(st.fixed_dictionaries({"a": NUMBERS, "b": NUMBERS}), min_size=1))
def test_full_rows_come_back_as_columns(rows):
    """Without an axis every row is a step, and every value is there, equal and of its type."""
    found = curve(*rows)
    assert found.steps == tuple(range(1, len(rows) + 1))
    for name in ("a", "b"):
        written = [row[name] for row in rows]
        assert list(found.series[name]) == written
        assert list(map(type, found.series[name])) == list(map(type, written))
