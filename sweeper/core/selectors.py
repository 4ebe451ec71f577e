"""Parses TRIAL arguments (index, range, key prefix), and explains wrong ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

_KEY = lazy(r"[0-9a-f]{4,}")
_SPAN = lazy(r"([0-9]+)-([0-9]+)")
_MOST_DIGITS = 9
_FOLDER = lazy(r"0*([0-9]+)-[0-9a-f]{4,}")
_LIST = lazy(r"[0-9-]+([,;+][0-9-]*)+")
_OTHER_SPAN = lazy(r"\[?([0-9]+)(?:\.\.+|:|–|—|\.\.=)([0-9]+)\]?")
_OPEN_SPAN = lazy(r"([0-9]+)(?:-|\.\.|:)")
_NUMBERED = lazy(r"(?:#|\[|trials?|t|no\.?|nr\.?)[-_ ]?([0-9]+)\]?", re.IGNORECASE)
_WORDS = ("all", "any", "best", "last", "latest", "newest", "first", "failed", "cancelled", "completed",
          "running", "queued", "waiting")  # fmt: skip


def is_selector(text: str) -> bool:
    """Whether the text looks like a trial, even in an unsupported form, and not like a sweep."""
    return (
        text.isdigit()
        or _KEY.fullmatch(text) is not None
        or text.lower() in _WORDS
        or any(one.fullmatch(text) for one in (_SPAN, _FOLDER, _LIST, _OTHER_SPAN, _OPEN_SPAN, _NUMBERED))
        or (text.startswith("-") and text[1:].isdigit())
    )


def trials(text: str, keys: Sequence[str]) -> Sequence[int]:
    """Return the trials that an argument selects: an index, a span of indexes (5-8), or the start of a key.

    Args:
        text: the argument.
        keys: the keys of all trials, in order.

    Raises:
        UsageError: no trial, or more than one, matches; the message says what to type instead.
    """
    span = _SPAN.fullmatch(text)
    if span is None or any(key.startswith(text) for key in keys):
        return (trial(text, keys),)
    first, last = (trial(end, keys) for end in span.groups())
    if first > last:
        raise UsageError(f"{text}: the first trial of a span must not come after the last")
    return range(first, last + 1)


def trial(text: str, keys: Sequence[str]) -> int:
    """Return the trial that an argument selects: its index, or the start of its key.

    UsageError if no trial, or more than one, matches; the message says what to type instead.
    """
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) < len(keys):
        return int(text)
    matches = [index for index, key in enumerate(keys) if key.startswith(text)] if len(text) >= 4 else []
    if len(matches) == 1:
        return matches[0]
    if matches:
        some = ", ".join(map(str, matches[:3])) + (", …" if len(matches) > 3 else "")
        raise UsageError(f"the keys of several trials begin with {text!r} ({some}): write more of it")
    raise UsageError(f"there is no trial {text!r}; {_way_out(text, keys)}")


def _way_out(text: str, keys: Sequence[str]) -> str:
    last = len(keys) - 1
    numbered = f"they are numbered from 0 to {last}" if keys else "the sweep has no trials"
    if found := _FOLDER.fullmatch(text):
        return f"of a trial's folder type the number: {found[1]}"
    if _LIST.fullmatch(text):
        several = " ".join(filter(None, re.split("[,;+]", text)))
        return f"where several may be named, they are words of their own: {several}"
    if found := _OTHER_SPAN.fullmatch(text):
        return f"a span of trials is {found[1]}-{found[2]}, where several may be named"
    if found := _OPEN_SPAN.fullmatch(text):
        return f"a span of trials has two ends: {found[1]}-{last}"
    if found := _SPAN.fullmatch(text):
        return f"only one can be named here, as in {found[1]}"
    if found := _NUMBERED.fullmatch(text):
        return f"type the number alone: {found[1]}"
    if text.lower() == "all":
        return f"{numbered}; without a TRIAL, cancel and collect take all of them"
    if text.lower() in _WORDS:
        return f"{numbered}; cvsweep results --columns trial,state shows them"
    if "=" in text:
        return (
            f"{numbered}; cvsweep results --where {_condition(text)!r} --columns trial shows which they are"
        )
    if re.fullmatch("[0-9a-fA-F]{1,3}", text) and not text.isdigit():
        return f"{numbered}; of a key type the first 4 letters at least"
    if text != text.lower() and any(key.startswith(text.lower()) for key in keys):
        return f"keys are in lower case: {text.lower()}"
    return numbered


def _condition(text: str) -> str:
    key, _, value = text.partition("=")
    return f"{key}=={value.lstrip('=')}"
