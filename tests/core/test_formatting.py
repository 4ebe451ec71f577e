"""How a sweep is put into words."""

from __future__ import annotations

import pytest

from sweeper.core import formatting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0s"),
        (4.24, "4.2s"),
        (41, "41s"),
        (59.7, "1m00s"),
        (125, "2m05s"),
        (3720, "1h02m"),
        (273600, "3d04h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds, text):
    """A duration has its two largest units."""
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([3], "trial 3"),
        ([5, 4], "trials 4, 5"),
        ([1, 7, 6, 5], "trials 1, 5-7"),
        (range(0, 60, 2), "trials 0, 2, 4, …"),
    ],
)
def test_many_indexes_are_put_shortly(numbers, text):
    """Neighbouring indexes become a range, and a long list is cut."""
    assert formatting.indexes(numbers, most=3) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\tb", "a       b"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\u202eabc\x9b", "\\u202eabc\\x9b"),
        ("grün …", "grün …"),
    ],
)
def test_nothing_in_a_text_can_steer_the_terminal(text, shown):
    """Colours are dropped, and what else would steer a terminal is made visible."""
    assert formatting.escape(text) == shown


def test_a_command_is_put_in_one_line():
    """A command's lines are joined, without exec."""
    assert formatting.one_line("export a='1'\nexec python x.py") == "export a='1'; python x.py"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"failed": 1, "completed": 2, "queued": 0}, "3 trials: 2 completed, 1 failed"),
        ({"running": 1}, "1 trial: 1 running"),
        ({}, "0 trials"),
    ],
)
def test_counts_are_reported_in_the_order_of_a_trials_life(counts, text):
    """States are counted in the order of a trial's life, and those that none is in are left out."""
    assert formatting.counted(counts) == text


def test_the_last_lines_are_those_that_a_terminal_would_show():
    """Of a progress bar the last state counts, and empty lines do not."""
    assert formatting.last_lines("first\r\n\n10%\r50%\r99%\nlast\n", 2) == ["99%", "last"]


def test_a_long_text_is_cut_and_what_moves_a_cursor_is_spelled():
    """In one line, whatever it was."""
    assert formatting.clipped("a\nb\x1b[2J", 20) == "a\\nb\\x1b[2J"
    assert formatting.clipped("x" * 9, 5) == "xxxx…"


def test_a_near_miss_is_named():
    """And where nothing is near, nothing is guessed."""
    assert formatting.did_you_mean("momentom", ["lr", "momentum"]) == " (did you mean momentum?)"
    assert formatting.did_you_mean("seed", ["lr", "momentum"]) == ""


def test_the_last_part_of_a_name_is_known():
    """Behind a dot, a slash or a blank; capitals and dashes are no difference."""
    known = ["model.lr", "optimizer.lr", "lr_max", "val/top-1", "test acc", "blr"]
    assert formatting.ending_in("LR", known) == ["model.lr", "optimizer.lr"]
    assert formatting.ending_in("top_1", known) == ["val/top-1"]
    assert formatting.ending_in("acc", known) == ["test acc"]
    assert formatting.ending_in("x", known) == []


@pytest.mark.parametrize(
    ("wrong", "right"), [("LR", "lr"), ("batch-size", "batch_size"), ("Optimzer", "optimizer"), ("x", None)]
)
def test_capitals_and_dashes_are_no_difference(wrong, right):
    assert formatting.nearest(wrong, ["lr", "batch_size", "optimizer"]) == right


@pytest.mark.parametrize(
    ("part", "want"),
    [
        ("dig", ["digits-a", "digits-b"]),
        ("DIGITS_B", ["digits-b"]),
        ("-b", ["digits-b"]),
        ("nigth", ["night"]),
        ("xyzzy", []),
        ("", []),
    ],
)
def test_a_part_of_a_name_means_those_that_have_it(part, want):
    assert formatting.meant(part, ["night", "digits-a", "digits-b"]) == want


def test_of_many_that_are_meant_the_newest_are_named():
    assert formatting.meant("a", ["a1", "a2", "a3", "a4"], most=2) == ["a3", "a4"]


def test_long_lists_of_names_are_cut():
    """The first ones, and how many more there are; each name is printable and not too long."""
    assert formatting.listed(["a", "b"]) == "a, b"
    assert formatting.listed(["a\nb", "c" * 100], 12) == f"a\\nb, {'c' * 59}…"
    assert formatting.listed((str(n) for n in range(1000)), 3) == "0, 1, 2 and 997 more"
    assert formatting.listed([]) == ""
