"""A command line that ends at the cursor is split as the shell would split it."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.core.completion.line import Line, join_pieces, read_line

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", Line(())),
        ("cvsweep ", Line(("cvsweep",))),
        ("cvsweep  st", Line(("cvsweep",), "st")),
        ("a my\\ sw", Line(("a",), "my sw")),
        ("a 'my sw", Line(("a",), "my sw", "'")),
        ('a "my $x\\" \\q', Line(("a",), 'my $x" \\q', '"')),
        ("a '' x", Line(("a", ""), "x")),
        ("a 'b c'd e", Line(("a", "b cd"), "e")),
        ("a b\\", Line(("a",), "b")),
        ("a model=cn", Line(("a",), "model=cn", kept=6)),
        ("a best:x@l", Line(("a",), "best:x@l", kept=7)),
        ("a model='cn", Line(("a",), "model=cn", "'", kept=6)),
        ("a 'model=cn", Line(("a",), "model=cn", "'")),
        ("a 'model=cn'", Line(("a",), "model=cn")),
        ('a x="c\\"=', Line(("a",), 'x=c"=', '"', kept=2)),
        ('a "b\\"c" d', Line(("a", 'b"c'), "d")),
        ("a model= ", Line(("a", "model="))),
    ],
)
def test_a_line_is_split_at_the_cursor(text: str, line: Line) -> None:
    assert read_line(text, BREAKS) == line


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"])), max_size=4))
def test_words_that_were_quoted_are_read_back(words: list[str]) -> None:
    assert read_line(f"{shlex.join(words)} ").words == tuple(words)


@pytest.mark.parametrize(
    ("pieces", "line"),
    [
        ([], Line(())),
        (["a", ""], Line(("a",))),
        (["a", "model", "=", "cn"], Line(("a",), "model=cn", kept=6)),
        (["a", "model", "="], Line(("a",), "model=", kept=6)),
        (["a", "lr=1", "model=cn"], Line(("a", "lr=1"), "model=cn")),
        (["a", "'digits x'", "st"], Line(("a", "digits x"), "st")),
        (["a", "my sw"], Line(("a",), "my sw")),
        (["a", "'my"], Line(("a",), "my", "'")),
        (["a", "model", "=", "cnn", ""], Line(("a", "model=cnn"))),
    ],
)
def test_pieces_that_bash_has_split_are_joined_again(pieces: list[str], line: Line) -> None:
    assert join_pieces(pieces, BREAKS) == line
