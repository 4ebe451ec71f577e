"""How a sweep is put into words."""

from __future__ import annotations

import time

import pytest

from sweeper.cli import words


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
    assert words.duration(seconds) == text


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
    assert words.indexes(numbers, most=3) == text


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
    assert words.escape(text) == shown


def test_a_moment_of_today_is_its_hour_alone():
    """A moment of today is its hour alone, any other has its date."""
    at = time.mktime((2026, 3, 1, 2, 14, 0, 0, 0, -1))
    assert words.moment(at, now=at + 60) == "02:14"
    assert words.moment(at, now=at + 86400) == "2026-03-01 02:14"


def test_a_command_is_put_in_one_line():
    """A command's lines are joined, without exec."""
    assert words.one_line("export a='1'\nexec python x.py") == "export a='1'; python x.py"
