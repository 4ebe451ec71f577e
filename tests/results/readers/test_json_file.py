"""metrics.json."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sweeper.results.curve import Curve

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
        ("[" * 500_000, "metrics.json is nested too deep"),
        ('{"a":' * 150_000, "metrics.json is nested too deep"),
        (
            '{"a":' * 21 + "1" + "}" * 21,
            "metrics.json is nested deeper than 20 levels; what lies deeper is left out",
        ),
        (" " * 1_048_577, "metrics.json has 1048577 bytes, more than 1048576: keep the final values in it"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(leave, content, words):
    """Each way to be wrong has its own line, with the place where that helps."""
    assert problem_of(leave({"metrics.json": content})) == words


def test_of_too_many_metrics_the_first_thousand_and_the_named_one_are_kept(remarks):
    """What the journal has to keep is bounded, in number and in bytes; that is said."""
    content = json.dumps({f"acc.{i}": i for i in range(1500)})
    metrics, warning = remarks({"metrics.json": content}, metric="acc.1400")
    assert [*metrics] == [f"acc.{i}" for i in (*range(1000), 1400)]
    assert warning == "there are 1500 metrics, too many; 1001 of them are kept"
    long = json.dumps({f"{i}": "x" * 990 for i in range(70)} | {"acc": 1})
    metrics, warning = remarks({"metrics.json": long}, metric="acc:max")
    assert metrics["acc"] == 1
    assert warning == f"there are 71 metrics, too many; {len(metrics)} of them are kept"


@pytest.mark.parametrize(
    ("content", "metrics", "twice"),
    [
        ('{"a": 1, "a": 2}', {"a": 2}, "'a'"),
        ('{"b": 1, "x": [{"a\\u001b": 1, "a\\u001b": 1}]}', {"b": 1}, r"'a\x1b'"),
        ('{"a.b": 1, "a": {"b": 2}}', {"a.b": 2}, "'a.b'"),
    ],
)
def test_of_a_name_given_twice_the_last_value_counts(remarks, content, metrics, twice):
    """As for any reader of JSON, but it is said."""
    warning = f"metrics.json gives {twice} twice; the last one counts"
    assert remarks({"metrics.json": content}) == (metrics, warning)


def test_an_object_a_line_is_read_as_lines(remarks, trace):
    """The last line counts and all are the curve, whatever the size of the file; a torn line is left out."""
    lines = "".join(f'{{"epoch": {n}, "acc": {n / 4}}}\n' for n in range(3))
    for torn in ("", '{"epoch": 3, "a'):
        files = {"metrics.json": lines + torn}
        assert remarks(files) == ({"epoch": 2, "acc": 0.5}, "")
        assert trace(files) == (Curve((0, 1, 2), {"acc": (0.0, 0.25, 0.5)}, "epoch"), "")
    many = "".join(f'{{"epoch": {n}, "acc": 0.5}}\n' for n in range(60_000))
    assert remarks({"metrics.json": many}) == ({"epoch": 59_999, "acc": 0.5}, "")


def test_a_list_of_objects_is_read_as_rows(remarks, trace):
    """It is what a program has collected and writes at its end."""
    files = {"metrics.json": '[{"epoch": 1, "acc": 0.25}, {"epoch": 2, "acc": 0.5}]'}
    assert remarks(files) == ({"epoch": 2, "acc": 0.5}, "")
    assert trace(files) == (Curve((1, 2), {"acc": (0.25, 0.5)}, "epoch"), "")


def test_a_history_of_lists_is_a_curve_whose_last_value_counts(remarks, trace):
    """Keras' History.history, also one level down."""
    history = '{"acc": [0.1, 0.2], "val_acc": [0.3, NaN]}'
    for content, prefix in ((history, ""), (f'{{"history": {history}}}', "history.")):
        metrics, _ = remarks({"metrics.json": content})
        assert metrics[f"{prefix}acc"] == 0.2
        assert math.isnan(metrics[f"{prefix}val_acc"])
        found, problem = trace({"metrics.json": content})
        assert (found.steps, found.series[f"{prefix}acc"], problem) == ((1, 2), (0.1, 0.2), "")


def test_lists_beside_final_values_are_remarked_upon(remarks, trace):
    """Their last value counts; lists of texts, and what has a number for each class, are no curves."""
    files = {"metrics.json": '{"acc": 0.9, "loss": [3, 2, 1], "ids": ["a"], "per_class_acc": [1, 0]}'}
    words = "metrics.json: lists are read as curves, whose last value counts: loss"
    assert remarks(files) == ({"acc": 0.9, "loss": 1}, words)
    assert trace(files) == (Curve((1, 2, 3), {"loss": (3, 2, 1)}), "")
    files = {"metrics.json": '{"acc": 0.9, "classes": ["cat", "dog"], "recall": [0.1, 0.2]}'}
    assert remarks(files) == ({"acc": 0.9}, "")


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


@pytest.mark.parametrize(
    "content",
    [
        '{"acc": 0.5, "fold_acc": [0.1, 0.9]}',
        '{"acc": 0.5, "acc_per_fold": [0.1, 0.9], "acc_folds": [1, 2], "kfold": [1, 2]}',
        '{"acc": 0.5, "per_seed": [0.1, 0.9]}',
        '{"acc": 0.5, "fit_time": [1, 2], "score_time": [1, 2], "test_score": [0.1, 0.9]}',
    ],
)
def test_a_number_for_each_fold_is_no_curve(remarks, trace, content):
    """The last of the folds is not the trial's result."""
    assert remarks({"metrics.json": content}) == ({"acc": 0.5}, "")
    assert trace({"metrics.json": content})[0].series == {}


@pytest.mark.parametrize("name", ["metrics.json", "metrics.jsonl"])
@pytest.mark.parametrize("line_end", ["", "\n"])
def test_rows_of_several_folds_are_reported(remarks, name, line_end):
    """A last row that is one of several folds is not the trial, and the row says so."""
    lines = '{"fold": 0, "acc": 0.5}\n{"fold": 1, "acc": 0.75}' + line_end
    found, warning = remarks({name: lines})
    assert found == {"fold": 1, "acc": 0.75}
    assert warning.startswith(f"{name} has rows of several folds, and the last row alone counts")
    assert remarks({name: lines.replace('"fold": 0', '"fold": 1')})[1] == ""


def test_a_list_of_folds_is_reported(remarks):
    """As with an object a line."""
    found, warning = remarks({"metrics.json": '[{"fold": "a", "acc": 0.5}, {"fold": "b", "acc": 0.75}]'})
    assert found == {"fold": "b", "acc": 0.75}
    assert "several folds" in warning


def test_a_shorter_list_has_its_values_at_even_distances(remarks, trace):
    """Keras' validation_freq=2: the validation belongs to every second epoch, the last one included."""
    files = {"metrics.json": '{"acc": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "val_loss": [3, 1, 2], "test": [7]}'}
    found, problem = trace(files)
    assert problem == ""
    assert found.steps == (1, 2, 3, 4, 5, 6)
    assert found.series["val_loss"] == (None, 3, None, 1, None, 2)
    assert found.series["test"] == (None, None, None, None, None, 7)
    assert found.best("val_loss", "min")["acc"] == 0.4
    assert remarks(files) == (
        {"acc": 0.6, "val_loss": 2, "test": 7},
        "metrics.json: 'val_loss' has 3 values for 6 steps: they count for steps 2, 4, …",
    )
    nested = {"metrics.json": '{"train": {"epoch": [1, 2], "loss": [4, 3]}, "val": {"loss": [5]}}'}
    assert trace(nested)[0].series["val.loss"] == (None, 5)


def test_steps_that_the_longest_lists_count_hold_for_shorter_ones(trace):
    """The k-th, 2k-th, … of the steps that are given."""
    found, _ = trace({"metrics.json": '{"epoch": [5, 6, 7, 8], "acc": [1, 2, 3, 4], "val": [8, 9]}'})
    assert found == Curve((5, 6, 7, 8), {"acc": (1, 2, 3, 4), "val": (None, 8, None, 9)}, "epoch")


def test_a_list_of_unknown_steps_is_in_no_curve(remarks, trace):
    """Nobody knows to which of 6 steps 4 or 5 values belong: the last one counts, and the row says so."""
    content = '{"acc": [1, 2, 3, 4, 5, 6], "val_loss": [4, 2, 1, 3], "val": {"acc": [1, 2, 3, 4, 5]}}'
    found, problem = trace({"metrics.json": content})
    assert (found, problem) == (Curve((1, 2, 3, 4, 5, 6), {"acc": (1, 2, 3, 4, 5, 6)}), "")
    metrics, warning = remarks({"metrics.json": content})
    assert metrics == {"acc": 6, "val_loss": 3, "val.acc": 5}
    words = "metrics.json: 'val_loss' (and 1 more) has 4 values for 6 steps: they are in no curve"
    assert warning == words
