"""Notes and tags."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.notes_and_tags import (
    LONGEST_NOTE,
    MOST_TAGS,
    Noted,
    NotesAndTags,
    Tagged,
    are_tags,
    is_note,
    why_no_note,
    why_no_tag,
)


def test_the_last_note_counts_and_an_empty_one_removes_it() -> None:
    """The sweep's own note is not that of a trial."""
    found = NotesAndTags()
    for record in (Noted("first"), Noted("second"), Noted("odd", (1, 2)), Noted("", (2, 5))):
        found.note(record)
    assert found.notes == {None: "second", 1: "odd"}


def test_tags_are_kept_in_the_order_in_which_they_were_given_each_once() -> None:
    """One that is taken away in the same breath is not there; nobody minds one that never was."""
    found = NotesAndTags()
    for record in (
        Tagged(("b", "a")),
        Tagged(("a", "c"), ("b", "unknown")),
        Tagged(("best",), (), (3, 1)),
        Tagged(("best", "odd"), (), (2,)),
        Tagged(("x",), ("x",), (4,)),
        Tagged((), ("best",), (3,)),
    ):
        found.tag(record)
    assert found.tags == {None: ("a", "c"), 1: ("best",), 2: ("best", "odd")}
    assert found.tagged() == {"best": [1, 2], "odd": [2]}


def test_the_same_request_twice_changes_nothing_more() -> None:
    """A line of the journal that is there twice does no harm."""
    once, twice = NotesAndTags(), NotesAndTags()
    for record in (Tagged(("a",), ("b",), (0,)), Tagged(("b",), (), (0,))):
        once.tag(record)
        twice.tag(record)
        twice.tag(record)
    assert once.tags == twice.tags == {0: ("a", "b")}


@pytest.mark.parametrize("word", ["best", "v1.2", "lab/7", "a:b", "c++", "größe", "_x", "e2e", "1st", "5-8x"])
def test_what_can_be_a_tag(word: str) -> None:
    """A word that nobody takes for an option, a trial or a setting."""
    assert why_no_tag(word) == ""
    assert are_tags([word])


@pytest.mark.parametrize(
    "word", ["", "3", "5-8", "-x", "a b", "a,b", "lr=1", "a\n", "\x1b[31m", "x" * 65, "a'b"]
)
def test_what_cannot_be_a_tag_is_refused_with_the_reason(word: str) -> None:
    """Spaces, commas and quotes would not survive a table, and a number means a trial."""
    assert why_no_tag(word)
    assert not are_tags([word])


def test_a_note_is_any_text_that_is_not_too_long() -> None:
    """Lines and characters are its writer's affair: who shows it spells them out."""
    assert is_note("a\nb\x1b[31m\udcff")
    assert not is_note("x" * (LONGEST_NOTE + 1))
    assert str(LONGEST_NOTE) in why_no_note("x" * (LONGEST_NOTE + 1))


@pytest.mark.parametrize("found", [None, "best", {"best": 1}, [1], ["a", None], ["a"] * (MOST_TAGS + 1)])
def test_what_is_no_list_of_tags_is_refused(found: Any) -> None:
    """A request is a file: anything may stand in it."""
    assert not are_tags(found)
    assert not is_note(3)
