"""Texts measured in columns of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.core.width import fitted, padded, width


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("é", 1), ("日本", 4), ("e\u0301", 1), ("❤\ufe0f", 2), ("😀", 2)],
)
def test_wide_characters_take_two_columns_and_combining_ones_none(text, columns):
    """A text takes as many columns as a terminal draws."""
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("日本語", 1, "…"),
        ("日本語", 0, ""),
        ("abc", -1, ""),
        ("ae\u0301bc", 3, "ae\u0301…"),
    ],
)
def test_a_text_is_cut_with_a_mark(text, most, cut):
    """What does not fit ends with a mark that fits too."""
    assert fitted(text, most) == cut


def test_a_long_mark_is_left_out_if_it_does_not_fit_itself():
    """In two columns there is no room for three dots."""
    assert fitted("abcdef", 4, "...") == "a..."
    assert fitted("abcdef", 2, "...") == "ab"


@given(st.text(), st.integers(0, 30))
def test_a_fitted_text_is_never_wider_than_asked(text, most):
    """Whatever the text is."""
    assert width(fitted(text, most)) <= most


def test_a_text_is_padded_to_columns():
    """Blanks are added on one side; a text that is too long stays as it is."""
    assert padded("日", 4) == "日  "
    assert padded("日", 4, right=True) == "  日"
    assert padded("abcde", 4) == "abcde"
