"""Markdown in which nothing of a user's is markup."""

from __future__ import annotations

import pytest

from sweeper.report.markdown import block, code, inline, table


@pytest.mark.parametrize("text", ["val_acc", "0.001", "lr 1e-3, x=2", "grün", "", "it's (so)"])
def test_plain_words_stay_as_they_are(text):
    """What holds no markup is not decorated."""
    assert inline(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>", "`<script>`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("*bold* [x](y)", "`*bold* [x](y)`"),
        ("_x_", "`_x_`"),
        ("a\nb", "`a\\nb`"),
        ("\x1b[31mred", "red"),
    ],
)
def test_markup_is_quoted_as_code(text, shown):
    """What could be read as markup is code, on one line, with control characters spelled."""
    assert inline(text) == shown


def test_a_long_text_is_cut():
    """A text is cut to what is asked for."""
    assert inline("x" * 50, 10) == "x" * 9 + "…"


def test_no_text_leaves_its_block_of_code():
    """A block's fence is longer than every run of backticks in it."""
    assert block("a ```` b") == "`````\na ```` b\n`````"
    assert code("a") == "`a`"


def test_a_bar_does_not_end_a_cell():
    """A vertical bar in a cell is escaped, in code as well."""
    assert table(["a"], [["`x|y`"]]) == "| a |\n| --- |\n| `x\\|y` |"
