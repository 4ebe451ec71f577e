"""metrics.json."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

on_disk = settings(deadline=None)  # a busy disk is no failure

SCALARS = (
    st.booleans()
    | st.integers()
    | st.integers(-(10**900), 10**900)
    | st.floats(allow_nan=False)
    | st.text(max_size=50)
)
FLAT = st.dictionaries(st.text(max_size=20), SCALARS, max_size=20)


def problem_of(found):
    metrics, problem = found
    assert metrics == {}
    assert "\n" not in problem
    return problem


@on_disk
@given(written=FLAT)
@example(written={"huge": 10**400, "big": 1e308, "odd": "\x1b[2J\0\n", "": 1, "a.b": -0.0})
def test_scalars_come_back_as_they_were_written(leave, written):
    """Whatever scalars a program writes come back equal and of the same type."""
    metrics, problem = leave({"metrics.json": json.dumps(written)})
    assert problem == ""
    assert metrics == written
    assert list(map(type, metrics.values())) == list(map(type, written.values()))


def test_nan_and_infinities_are_floats(leave):
    """What a diverged run writes is kept: NaN, the infinities, and numbers beyond all floats."""
    metrics, _ = leave({"metrics.json": '{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999}'})
    assert math.isnan(metrics.pop("a"))
    assert metrics == {"b": math.inf, "c": -math.inf, "d": math.inf}


def test_nested_names_are_joined_by_dots(leave):
    """Nested objects become dotted names, in order."""
    metrics, _ = leave({"metrics.json": '{"val": {"acc": 1, "top": {"5": 2}}, "n": 3}'})
    assert list(metrics.items()) == [("val.acc", 1), ("val.top.5", 2), ("n", 3)]


def test_what_is_no_scalar_is_left_out(leave):
    """Lists, nulls, empty objects, long texts and endless numbers are no metrics; the rest is kept."""
    text = json.dumps({"l": [1], "n": None, "o": {}, "t": "x" * 1001, "k": "x" * 1000})
    metrics, problem = leave({"metrics.json": text.replace("[1]", '[1, {}], "i": ' + "9" * 5000)})
    assert (metrics, problem) == ({"k": "x" * 1000}, "")


def test_half_characters_are_replaced(leave):
    """Half a surrogate pair, which no UTF-8 file can hold, becomes the replacement character."""
    assert leave({"metrics.json": r'{"\ud800": "a\udfff"}'}) == ({"\ufffd": "a\ufffd"}, "")


def test_a_byte_order_mark_is_ignored(leave):
    """A byte order mark in front is no part of the text."""
    assert leave({"metrics.json": b'\xef\xbb\xbf{"n": 1}'}) == ({"n": 1}, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nope", "metrics.json is not JSON: Expecting value (column 1)"),
        ('{"a": 1,\n "b" 2}', "metrics.json is not JSON: Expecting ':' delimiter (line 2, column 6)"),
        ('{"a": 1} {}', "metrics.json is not JSON: Extra data (column 10)"),
        (b'{"a": "\xff"}', "metrics.json is not UTF-8 text (byte 7)"),
        ("[1, 2]", "metrics.json holds a list, not an object with a value for each name"),
        ("0.5", "metrics.json holds a number, not an object with a value for each name"),
        ("null", "metrics.json holds null, not an object with a value for each name"),
        ('{"a": 1, "a": 1}', "metrics.json gives 'a' twice"),
        ('{"x": [{"a\\u001b": 1, "a\\u001b": 1}]}', r"metrics.json gives 'a\x1b' twice"),
        ('{"a.b": 1, "a": {"b": 2}}', "metrics.json gives 'a.b' twice"),
        ("[" * 500_000, "metrics.json is nested too deep"),
        ('{"a":' * 150_000, "metrics.json is nested too deep"),
        ('{"a":' * 21 + "1" + "}" * 21, "metrics.json is nested deeper than 20 levels"),
        (" " * 1_048_577, "metrics.json has 1048577 bytes, more than 1048576: keep the final values in it"),
        (json.dumps({str(i): i for i in range(1001)}), "metrics.json holds more than 1000 metrics"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(leave, content, words):
    """Each way to be wrong has its own line, with the place where that helps."""
    assert problem_of(leave({"metrics.json": content})) == words


def test_too_many_bytes_of_metrics_are_a_problem(leave):
    """What the journal would have to keep is bounded."""
    content = json.dumps({f"{i}": "x" * 990 for i in range(70)})
    assert problem_of(leave({"metrics.json": content})).endswith("bytes of metrics, more than 65536")


def test_twenty_levels_are_deep_enough(leave):
    """The deepest nesting that is taken."""
    assert leave({"metrics.json": '{"a":' * 20 + "1" + "}" * 20}) == ({".".join("a" * 20): 1}, "")


@on_disk
@given(content=st.binary(max_size=200))
def test_garbage_never_crashes_the_reader(leave, content):
    """Any bytes give metrics or one line that says why not."""
    metrics, problem = leave({"metrics.json": content})
    assert not (metrics and problem)
    assert "\n" not in problem
    assert problem.isprintable()
