"""cvsweep tag: add tags to a sweep or to some of its trials, or remove them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sweeper.app.owners import require_right_to_ask
from sweeper.app.write_notes import tag
from sweeper.cli.common import find_sweep, is_known_sweep, say
from sweeper.cli.parsers.tag import make_parser
from sweeper.cli.printing import printing
from sweeper.core.errors import UsageError
from sweeper.core.formatting import indexes, listed
from sweeper.core.selectors import trials

_MINUS = "\0"
"""Prefix of a tag to remove; it replaces `-`, which argparse would read as an option."""

_TRIALS = re.compile(r"[0-9]+(-[0-9]+)?")
_KEY = re.compile(r"[0-9a-f]{4,}")
_OPTIONS = ("-h", "--")


def main(argv: list[str]) -> int:
    """Add and remove tags; return the exit code."""
    given = make_parser().parse_intermixed_args(_hidden(argv))
    words = [word for word in given.words if not word.startswith(_MINUS)]
    untags = [word.removeprefix(_MINUS) for word in given.words if word.startswith(_MINUS)]
    named = bool(words) and (not _TRIALS.fullmatch(words[0]) or is_known_sweep(words[0], given.root))
    folder = find_sweep(words[0] if named else None, given.root)
    require_right_to_ask(folder)
    chosen, tags = _chosen(words[named:], [one.trial.key for one in folder.state().trials])
    if not (tags or untags):
        raise UsageError("tag: name a tag as well, as in: cvsweep tag NAME 3 best (-best takes it away)")
    tag(folder, tags, untags, chosen or None, printing())
    where = f"{folder.name}, {indexes(chosen)}" if chosen else folder.name
    say(f"{where}: {listed([*(f'+{word}' for word in tags), *(f'-{word}' for word in untags)])}")
    return 0


def _hidden(argv: Sequence[str]) -> list[str]:
    """Return the arguments with the `-` of each `-TAG` replaced by `_MINUS`."""
    return [
        _MINUS + word[1:]
        if word[:1] == "-" and word not in _OPTIONS and word[:2] != "--" and word[1:]
        else word
        for word in argv
    ]


def _chosen(words: Sequence[str], keys: Sequence[str]) -> tuple[tuple[int, ...], list[str]]:
    """Split the words into trials and tags; a word like a key is a trial only if a trial has that key."""
    chosen: list[int] = []
    tags: list[str] = []
    for word in words:
        is_key = _KEY.fullmatch(word) and any(key.startswith(word) for key in keys)
        if is_key or _TRIALS.fullmatch(word):
            chosen += trials(word, keys)
        else:
            tags.append(word)
    return tuple(dict.fromkeys(chosen)), tags
