"""Detects texts in place of numbers: typing errors that Hydra's grammar accepts."""

from __future__ import annotations

import shlex

from sweeper.core.mistyped_values import quoted, separated, span
from sweeper.core.patterns import lazy

_SLICE = lazy(r"(\d+):(\d+)(?::(\d+))?")
_BETWEEN = lazy(r"(\d+)-(\d+)")
_NUMERIC = lazy(r"[-+.\d][-+.,;:|/\deE\s]*")


def looks_mistaken(text: str) -> bool:
    """Whether `mistaken` may return a problem for this text."""
    return not text or bool(_NUMERIC.fullmatch(text)) or text.startswith("$")


def mistaken(key: str, text: str, known: object) -> str:
    """Return why an unquoted text is probably a mistake, and how to write it; "" if it is fine.

    Args:
        key: the key of the override.
        text: its value.
        known: the value that the configuration has for this key; None if it has none.
    """
    if isinstance(known, str):
        return ""
    meant = span(key, text)
    is_number = _is_number(known)
    if not meant and is_number:
        meant = _range(key, text) or separated(key, text)
    if meant:
        return f"{key}={text} is one text; several values are written {meant}, the text {quoted(key, text)}"
    if not text and isinstance(known, bool | int | float):
        return (
            f"{key}= has no value, perhaps because of a shell variable that is not set; to mean an empty text"
            f" write {quoted(key, '')}"
        )
    if is_number and text.startswith("$") and not text.startswith("${"):
        return (
            f"{key}={text}: no shell has replaced this variable; in double quotes or none it does, and"
            f" '{key}=${{oc.env:{text[1:].strip('{}')}}}' lets the configuration read it"
        )
    if is_number and _NUMERIC.fullmatch(text):
        return (
            f"{key}={text} is a text, not a number as in the configuration; if meant so: {quoted(key, text)}"
        )
    return ""


def mistaken_list(key: str, text: str, known: object) -> str:
    """Like `mistaken`, for a list in a grid; `text` is the list with its brackets."""
    if not _is_number(known):
        return ""
    several = shlex.quote(f"{key}={text.strip('[] ')}")
    return (
        f"{key}={text} is one value, a list; several values are written {several}, the list"
        f" '{key}=choice({text})'"
    )


def empty_dict(key: str, known: object) -> str:
    """Return a message about an override with an empty dict; `known` is the value in the configuration."""
    if isinstance(known, dict) and known:
        return (
            f"{key}={{}} changes nothing: a dict is merged into the one that is there;"
            f" '~{key}.{next(iter(known))}' leaves out a key"
        )
    return f"{key}={{}} is an empty dict: of that nothing can be written as an option"


def _is_number(known: object) -> bool:
    return isinstance(known, int | float) and not isinstance(known, bool)


def _range(key: str, text: str) -> str:
    if match := _BETWEEN.fullmatch(text):
        return shlex.quote(f"{key}=range({match[1]},{int(match[2]) + 1})")
    if match := _SLICE.fullmatch(text):
        return shlex.quote(f"{key}=range({','.join(filter(None, match.groups()))})")
    return ""
