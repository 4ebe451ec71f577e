"""metrics.jsonl as a curve."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.results.curve import Curve

on_disk = settings(deadline=None)  # a busy disk is no failure

ROWS = st.lists(
    st.fixed_dictionaries({"loss": st.floats(allow_nan=False), "n": st.integers(-9, 9)}),
    min_size=1,
    max_size=9,
)


@on_disk
@given(rows=ROWS, ending=st.sampled_from(["", "\n", "\r\n", "\n\n"]))
def test_every_line_is_a_row(trace, leave, rows, ending):
    """With or without a line end behind the last; and the last row is what the table shows."""
    files = {"metrics.jsonl": "\n".join(map(json.dumps, rows)) + ending}
    curve, problem = trace(files)
    assert problem == ""
    assert curve.steps == tuple(range(1, len(rows) + 1))
    assert curve.series["loss"] == tuple(row["loss"] for row in rows)
    assert curve.final() == leave(files)[0]


@on_disk
@given(cut=st.integers(0, 40))
def test_a_torn_last_line_is_left_out(trace, cut):
    """Wherever the writer was cut off, or still is at it, in the middle of a character too."""
    torn = '{"note": "ä€😀", "epoch": 2, "deep": {"n": 1}}'.encode()[:cut]
    found = trace({"metrics.jsonl": b'{"epoch": 1, "a": 5}\n' + torn})
    assert found == (Curve((1,), {"a": (5,)}, "epoch"), "")


@pytest.mark.parametrize("content", ["", " \n", "\n\n", '{"a":'])
def test_a_run_that_has_just_begun_has_an_empty_curve(trace, content):
    """It has made its file, and told nothing yet: no problem."""
    assert trace({"metrics.jsonl": content}) == (Curve(), "")


def test_nan_and_infinities_are_values(trace):
    """What a diverged run writes is shown."""
    curve, _ = trace({"metrics.jsonl": '{"a": NaN}\n{"a": 1e999}\n{"a": -Infinity}\n'})
    assert repr(curve.series) == "{'a': (nan, inf, -inf)}"


def test_a_byte_order_mark_is_ignored(trace):
    """A byte order mark in front is no part of the first line."""
    assert trace({"metrics.jsonl": b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n'})[0].series == {"a": (1, 2)}


def test_an_endless_number_is_no_value(trace):
    """Python reads no number of 5,000 digits, and nobody measures one."""
    curve, problem = trace({"metrics.jsonl": '{"a": 1, "b": 1}\n{"a": %s, "b": 2}\n' % ("9" * 5000)})
    assert (curve.series, problem) == ({"a": (1, None), "b": (1, 2)}, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": 1}\n\noops\n{"a": 2}\n', "line 3 of metrics.jsonl is not JSON: Expecting value (column 1)"),
        ('{"a": 1}\n3\n', "line 2 of metrics.jsonl holds a number"),
        ('{"a": 1}, {"a": 2}\n', "line 1 of metrics.jsonl is not JSON: Extra data"),
        ("[" * 100_000 + "\n", "line 1 of metrics.jsonl is nested too deep"),
        (b'{"a": "\xff"}\n', "line 1 of metrics.jsonl is not UTF-8 text"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(trace, content, words):
    """A whole line that is garbage is not passed over, and its number is told."""
    curve, problem = trace({"metrics.jsonl": content})
    assert curve == Curve()
    assert problem.startswith(words)


def test_a_huge_file_is_refused_unread(trace, tmp_path):
    """A file of a gigabyte (of holes) is not read into memory."""
    from sweeper.results.readers import read_curve

    with open(tmp_path / "metrics.jsonl", "wb") as file:
        file.truncate(1024**3)
    assert read_curve(str(tmp_path)) == (Curve(), "metrics.jsonl has 1073741824 bytes, more than 33554432")


@pytest.mark.parametrize("name", ["metrics.jsonl", "metrics.csv"])
def test_a_bomb_of_tiny_lines_is_refused(trace, name):
    """Two bytes a line would become a hundred each in memory."""
    head, line = (b"a\n", b"1\n") if name.endswith("csv") else (b"", b"{}\n")
    found = trace({name: head + line * 500_001})
    assert found == (Curve(), f"{name} has more than 500000 lines")


@on_disk
@given(content=st.binary(max_size=200) | st.text('{}[]",:1a\n ', max_size=60))
def test_garbage_never_crashes_the_reader(trace, content):
    """Any bytes give a curve or one line that says why not."""
    curve, problem = trace({"metrics.jsonl": content})
    assert not (curve.steps and problem)
    assert problem.isprintable()
