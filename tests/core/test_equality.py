"""When two values are equal."""

from __future__ import annotations

import math

import pytest

from sweeper.core.equality import same_value


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (1e-3, 0.001),
        (0.0, -0.0),
        (True, True),
        (None, None),
        ("a", "a"),
        (math.nan, math.nan),
        (math.inf, math.inf),
        ([1, [True]], [1.0, [True]]),
        ({"a": 1, "b": [math.nan]}, {"b": [math.nan], "a": 1.0}),
        ([], []),
        ({}, {}),
    ],
)
def test_the_same_value_in_another_spelling_is_equal(left, right):
    """Whole numbers and fractions, NaN, and the order of keys."""
    assert same_value(left, right)
    assert same_value(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (False, 0),
        (True, 1.0),
        (True, False),
        (True, "true"),
        (False, None),
        (0, None),
        ("", None),
        (1, "1"),
        (math.nan, None),
        (math.nan, "nan"),
        ([True], [1]),
        ([1], [1, 2]),
        ([1], 1),
        ([], {}),
        ({"a": True}, {"a": 1}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
    ],
)
def test_another_kind_of_value_is_another_value(left, right):
    """Truth values are no numbers, texts are no numbers, and what is missing equals nothing else."""
    assert not same_value(left, right)
    assert not same_value(right, left)
