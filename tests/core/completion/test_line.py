"""A command line that ends at the cursor is split as the shell would split it."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.core.completion.line import PartialLine, join_pieces, read_line

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", PartialLine(())),
        ("cvsweep ", PartialLine(("cvsweep",))),
        ("cvsweep  st", PartialLine(("cvsweep",), "st")),
        ("a my\\ sw", PartialLine(("a",), "my sw")),
        ("a 'my sw", PartialLine(("a",), "my sw", "'")),
        ('a "my $x\\" \\q', PartialLine(("a",), 'my $x" \\q', '"')),
        ("a '' x", PartialLine(("a", ""), "x")),
        ("a 'b c'd e", PartialLine(("a", "b cd"), "e")),
        ("a b\\", PartialLine(("a",), "b")),
        ("a model=cn", PartialLine(("a",), "model=cn", kept=6)),
        ("a best:x@l", PartialLine(("a",), "best:x@l", kept=7)),
        ("a model='cn", PartialLine(("a",), "model=cn", "'", kept=6)),
        ("a 'model=cn", PartialLine(("a",), "model=cn", "'")),
        ("a 'model=cn'", PartialLine(("a",), "model=cn")),
        ('a x="c\\"=', PartialLine(("a",), 'x=c"=', '"', kept=2)),
        ('a "b\\"c" d', PartialLine(("a", 'b"c'), "d")),
        ("a model= ", PartialLine(("a", "model="))),
    ],
)
def test_a_line_is_split_at_the_cursor(text: str, line: PartialLine) -> None:
    assert read_line(text, BREAKS) == line


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"])), max_size=4))
def test_words_that_were_quoted_are_read_back(words: list[str]) -> None:
    assert read_line(f"{shlex.join(words)} ").words == tuple(words)


@pytest.mark.parametrize(
    ("pieces", "line"),
    [
        ([], PartialLine(())),
        (["a", ""], PartialLine(("a",))),
        (["a", "model", "=", "cn"], PartialLine(("a",), "model=cn", kept=6)),
        (["a", "model", "="], PartialLine(("a",), "model=", kept=6)),
        (["a", "lr=1", "model=cn"], PartialLine(("a", "lr=1"), "model=cn")),
        (["a", "'digits x'", "st"], PartialLine(("a", "digits x"), "st")),
        (["a", "my sw"], PartialLine(("a",), "my sw")),
        (["a", "'my"], PartialLine(("a",), "my", "'")),
        (["a", "model", "=", "cnn", ""], PartialLine(("a", "model=cnn"))),
    ],
)
def test_pieces_that_bash_has_split_are_joined_again(pieces: list[str], line: PartialLine) -> None:
    assert join_pieces(pieces, BREAKS) == line
