"""Notes and tags, which users write on a sweep or on its trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sweeper.core.fields import seconds, text, texts, wholes
from sweeper.core.patterns import lazy

LONGEST_NOTE = 2000
"""The most characters of a note."""

MOST_TAGS = 64
"""The most tags in one request."""

_TAG = lazy(r"\w[\w.:/@+-]{0,63}")
_LIKE_A_TRIAL = lazy(r"[0-9]+(-[0-9]+)?")

Target = int | None
"""The index of a trial, or None for the sweep itself."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A user wrote a note on the sweep (`trials` is None) or on trials; an empty `text` removes the note.

    `at` is wall time.
    """

    text: str
    trials: tuple[int, ...] | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Tagged:
    """A user added tags to the sweep (`trials` is None) or to trials, and removed others."""

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    trials: tuple[int, ...] | None = None
    at: float = 0.0


def noted(data: Mapping[str, Any]) -> Noted:
    """Return the record of a line of the journal."""
    return Noted(text(data, "text"), wholes(data, "trials"), seconds(data, "at", 0.0))


def tagged(data: Mapping[str, Any]) -> Tagged:
    """Return the record of a line of the journal."""
    return Tagged(texts(data, "add"), texts(data, "drop"), wholes(data, "trials"), seconds(data, "at", 0.0))


class NotesAndTags:
    """The last note of each target, and the tags of each target in the order in which they were added."""

    def __init__(self) -> None:
        self.notes: dict[Target, str] = {}
        self.tags: dict[Target, tuple[str, ...]] = {}

    def note(self, record: Noted) -> None:
        """Apply a note."""
        for one in _targets(record.trials):
            _put(self.notes, one, record.text)

    def tag(self, record: Tagged) -> None:
        """Apply added and removed tags."""
        for one in _targets(record.trials):
            kept = (*self.tags.get(one, ()), *record.add)
            _put(self.tags, one, tuple(dict.fromkeys(tag for tag in kept if tag not in record.drop)))

    def tagged(self) -> dict[str, list[int]]:
        """Return the trials that have each tag."""
        found: dict[str, list[int]] = {}
        for one, tags in self.tags.items():
            for tag in tags if one is not None else ():
                found.setdefault(tag, []).append(one or 0)
        return {tag: sorted(indexes) for tag, indexes in found.items()}


def why_no_tag(word: str) -> str:
    """Return why a word cannot be a tag, as the end of a sentence; empty if it can."""
    if _LIKE_A_TRIAL.fullmatch(word):
        return "it reads like the number of a trial"
    if not _TAG.fullmatch(word):
        return "a tag is at most 64 letters, digits and . : / @ + - _, and begins with a letter or digit"
    return ""


def why_no_note(note: str) -> str:
    """Return why a text cannot be a note, as the end of a sentence; empty if it can."""
    if len(note) > LONGEST_NOTE:
        return f"a note has at most {LONGEST_NOTE} characters, and this one has {len(note)}"
    return ""


def are_tags(value: Any) -> bool:
    """Whether the value is a list of valid tags."""
    return isinstance(value, list) and len(value) <= MOST_TAGS and all(map(_is_tag, value))


def is_note(value: Any) -> bool:
    """Whether the value is a valid note."""
    return isinstance(value, str) and not why_no_note(value)


def _is_tag(word: Any) -> bool:
    return isinstance(word, str) and not why_no_tag(word)


def _targets(trials: Iterable[int] | None) -> Iterable[Target]:
    return (None,) if trials is None else trials


def _put(there: dict[Target, Any], one: Target, value: Any) -> None:
    if value:
        there[one] = value
    else:
        there.pop(one, None)
