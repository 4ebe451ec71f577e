"""What a cell holds, and how it reads."""

from __future__ import annotations

import math

import pytest

from sweeper.results.cells import can_be_drawn, is_finite, is_numeric, readable


@pytest.mark.parametrize("value", [True, None, "1", math.nan, -math.inf, 10**400])
def test_only_finite_numbers_are_numbers(value):
    """Truth values, texts, NaN, infinities and numbers beyond any axis are no numbers to be drawn."""
    assert not is_finite(value)
    assert is_finite(3)
    assert is_finite(-0.5)
    assert is_finite(1e305)
    assert not can_be_drawn(1e305)
    assert not can_be_drawn(value)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [([1, 2.5, None], True), ([None], False), ([], False), ([True], False), ([1, "1"], False)],
)
def test_a_column_is_of_numbers_where_it_holds_nothing_else(values, numbers):
    """Gaps are allowed, truth values and texts are not, and gaps alone are no numbers."""
    assert is_numeric(values) is numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456789, "0.123457"), (1e-05, "1e-05"), (math.nan, "nan"), (12345678, "12345678"), ("a b", "a b")],
)
def test_people_read_six_digits_of_a_number_and_all_of_a_text(value, text):
    """Whole numbers and texts are whole, all else is rounded."""
    assert readable(value) == text
