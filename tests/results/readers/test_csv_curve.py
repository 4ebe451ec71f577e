"""metrics.csv as a curve."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.results.curve import Curve

on_disk = settings(deadline=None)  # a busy disk is no failure

CELLS = st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)


@on_disk
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=9), end=st.sampled_from(["\n", "\r\n"]))
def test_every_row_is_a_step(trace, rows, end):
    """Numbers come back equal and of their type; a whole number in a column of others is a float."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([("x", "y"), *rows])
    curve, problem = trace({"metrics.csv": out.getvalue()})
    assert problem == ""
    for name, values in zip(("x", "y"), zip(*rows, strict=True), strict=True):
        assert curve.series.get(name, (None,) * len(rows)) == values


def test_empty_and_nameless_columns_are_left_out(trace):
    """Nor has a text a curve."""
    content = ",epoch,loss,empty,note\n0,1,0.5,,x\n1,2,0.25,,y\n"
    assert trace({"metrics.csv": content}) == (Curve((1, 2), {"loss": (0.5, 0.25)}, "epoch"), "")


@pytest.mark.parametrize("last", ["3", "3,0.1", '3,"un', '"'])
def test_a_last_row_without_its_end_is_left_out(trace, last):
    """Nobody can see whether its last number is whole."""
    assert trace({"metrics.csv": f"epoch,a\n1,2\n{last}"}) == (Curve((1,), {"a": (2,)}, "epoch"), "")


@pytest.mark.parametrize("content", ["", "a", "a,b\n", "a,b\n1,", "\n"])
def test_a_run_that_has_just_begun_has_an_empty_curve(trace, content):
    """A header alone, or not even that whole, is no problem."""
    assert trace({"metrics.csv": content}) == (Curve(), "")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("nan", math.nan),
        ("1e999", math.inf),
        ("-Infinity", -math.inf),
        ("1_0", None),
        ("٣", None),
        ("7 s", None),
    ],
)
def test_a_cell_is_read_as_what_it_looks_like(trace, cell, value):
    """As in the table of final values: a number only where a program would write one."""
    curve, _ = trace({"metrics.csv": f"a\n1\n{cell}\n"})
    assert repr(curve.series["a"][1]) == repr(value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1,2\n3,4\n", "metrics.csv has no line with the names of its columns"),
        (b"a\n\xff\n", "metrics.csv is not UTF-8 text"),
        ("a\n" + "x" * 200_000 + "\n", "metrics.csv is not CSV: field larger than field limit"),
        ("a," * 40_000 + "\n1\n", "metrics.csv has more than 20000 columns"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(trace, content, words):
    """Each way to be wrong has its own line."""
    curve, problem = trace({"metrics.csv": content})
    assert curve == Curve()
    assert problem.startswith(words)


@on_disk
@given(content=st.binary(max_size=200) | st.text('ab1,"\n\r\t \0', max_size=60))
def test_garbage_never_crashes_the_reader(trace, content):
    """Any bytes give a curve or one line that says why not."""
    curve, problem = trace({"metrics.csv": content})
    assert not (curve.steps and problem)
    assert problem.isprintable()


def test_a_header_that_grows_makes_one_curve(trace):
    """Columns that came later have no value before."""
    content = "epoch;a\n1;2\n2;3\nepoch;a;b\n3;4;5\n"
    assert trace({"metrics.csv": content}) == (
        Curve((1, 2, 3), {"a": (2, 3, 4), "b": (None, None, 5)}, "epoch"),
        "",
    )
