"""Notes and tags on a sweep or its trials."""

from __future__ import annotations

from collections.abc import Iterable

from sweeper.app.asking import ask
from sweeper.app.observers import Observers
from sweeper.core.errors import UsageError
from sweeper.core.formatting import clipped
from sweeper.core.notes_and_tags import MOST_TAGS, why_no_note, why_no_tag
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request

Trials = tuple[int, ...] | None


def note(folder: SweepFolder, text: str, trials: Trials, observers: Observers) -> None:
    """Write a note on trials, or on the sweep itself (None); an empty text removes it.

    Raises:
        UsageError: the text is too long, or the sweep belongs to another user.
        ControllerError, StorageError: as from `ask`.
    """
    if why := why_no_note(text):
        raise UsageError(why)
    ask(folder, new_request("note", trials, note=text.strip()), observers)


def tag(
    folder: SweepFolder, tags: Iterable[str], untags: Iterable[str], trials: Trials, observers: Observers
) -> None:
    """Add tags to trials, or to the sweep itself (None), and remove others.

    Raises:
        UsageError: a word cannot be a tag, a tag is both added and removed, there are too many of them, or
            the sweep belongs to another user.
        ControllerError, StorageError: as from `ask`.
    """
    add, drop = tuple(dict.fromkeys(tags)), tuple(dict.fromkeys(untags))
    for word in (*add, *drop):
        if why := why_no_tag(word):
            raise UsageError(f"{clipped(word, 80)!r} cannot be a tag: {why}")
        if word in add and word in drop:
            raise UsageError(f"the tag {word} is given and taken away: leave one out")
    if max(len(add), len(drop)) > MOST_TAGS:
        raise UsageError(f"at most {MOST_TAGS} tags at a time")
    ask(folder, new_request("tag", trials, tags=add, untags=drop), observers)
