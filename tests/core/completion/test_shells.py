"""An answer as each shell reads it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.completion.facts import Candidate, Completion
from sweeper.core.completion.line import PartialLine, read_line
from sweeper.core.completion.shells import lines, quoted

ANSWER = Completion((Candidate("lr=", "a\nkey", open=True), Candidate("bad\x1b[2J"), Candidate("a b")))


@pytest.mark.parametrize(
    ("shell", "line", "shown"),
    [
        ("bash", PartialLine(()), ["nospace", "lr=", "a\\ b"]),
        ("bash", PartialLine((), "a ", "'", kept=1), ["nospace", "r=", " b"]),
        ("zsh", PartialLine(()), ["", "+lr=\ta key", "-a b\t"]),
        ("fish", PartialLine(()), ["", "lr=\ta key", "a b\t"]),
    ],
)
def test_each_shell_gets_its_own_lines(shell: str, line: PartialLine, shown: list[str]) -> None:
    """What cannot be printed is never sent to a terminal."""
    assert list(lines(shell, ANSWER, line)) == shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_first_line_is_the_kind_of_paths(shell: str) -> None:
    assert list(lines(shell, Completion(paths="dirs"), PartialLine(()))) == ["dirs"]


@pytest.mark.parametrize("quote", ["", "'", '"'])
@settings(max_examples=40)
@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_what_is_quoted_is_one_word_for_the_shell(quote: str, text: str) -> None:
    line = read_line(f"{quote}{quoted(text, quote)}{quote} ")
    assert line == PartialLine((text,))
