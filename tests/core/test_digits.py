"""Whole numbers as people write them."""

import pytest

from sweeper.core.digits import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_ascii_digits_are_a_number(text, number):
    """Leading zeros do no harm."""
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "²", "١٢", "1_000", " 1", "-1", "+1", "1.0", "nan", "1e3", "９", "9" * 5000]
)
def test_nothing_else_is(text):
    """Neither what Python calls a digit and cannot read, nor what it would read."""
    assert whole_number(text) is None
