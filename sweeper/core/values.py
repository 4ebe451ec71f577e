"""Formats values as text, for all ways of passing parameters to a program."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from sweeper.core.errors import UsageError
from sweeper.core.model import Value, canonical_json
from sweeper.core.patterns import lazy

# Linux refuses to start a program with a longer single argument or variable (MAX_ARG_STRLEN).
_LONGEST_WORD = 131_071
# Characters above U+FFFF are not escaped: JSON needs two escapes for one, which Python and YAML read as two
# characters.
_UNPRINTABLE = lazy(r"[^\x00-\x7e\U00010000-\U0010ffff]")
_JSON = ("null", "false", "true")
_PYTHON = ("None", "False", "True")


def render_value(value: Value) -> str:
    """Return the text of a value, the same on a command line and in the results table; null is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return canonical_json(value)


def literal(key: str, value: Value, *, python: bool = False) -> str:
    """Return a value as JSON, or as a Python literal; YAML reads either as the same value.

    Only true, false and null differ between the two. UsageError, which names `key`, for NaN.
    """
    none, false, true = _PYTHON if python else _JSON
    if value is None:
        return none
    if isinstance(value, bool):
        return true if value else false
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, float):
        return _float(key, value)
    if isinstance(value, list):
        return f"[{','.join(literal(key, element, python=python) for element in value)}]"
    pairs = (f"{quoted(name)}:{literal(key, inner, python=python)}" for name, inner in value.items())
    return f"{{{','.join(pairs)}}}"


def quoted(text: str) -> str:
    """Return a text in double quotes; JSON, Python and YAML all read it as the same text."""
    return _UNPRINTABLE.sub(_escaped, json.dumps(text, ensure_ascii=False))


def dotted(number: float) -> str:
    """Return a finite float with a dot: YAML 1.1 reads `1e-05` as a text and `1.0e-05` as a number."""
    text = repr(number)
    return text if "." in text else text.replace("e", ".0e")


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def _float(key: str, number: float) -> str:
    if math.isnan(number):
        raise UsageError(f"parameter {key}: neither JSON nor Python can write nan; use the text 'nan'")
    if math.isinf(number):
        return "1.0e+999" if number > 0 else "-1.0e+999"  # out of range, so readers return infinity
    return dotted(number)


def flatten(params: Mapping[str, Value], joint: str) -> list[tuple[str, Value]]:
    """Return the nested keys joined by `joint`, with their values; UsageError if two get the same name."""
    return distinct(_walk(params, "", joint))


def distinct(pairs: list[tuple[str, Value]]) -> list[tuple[str, Value]]:
    """Return the pairs unchanged; UsageError if a name occurs twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise UsageError(f"parameters: two different keys would both be written {twice!r}; rename one")
    return pairs


def _walk(params: Mapping[str, Value], prefix: str, joint: str) -> list[tuple[str, Value]]:
    found: list[tuple[str, Value]] = []
    for key, value in params.items():
        if isinstance(value, dict):
            found += _walk(value, f"{prefix}{key}{joint}", joint)
        else:
            found.append((f"{prefix}{key}", value))
    return found


def check_text(key: str, value: Value) -> None:
    """Raise UsageError, which names `key`, if a value cannot be passed to a program as an argument."""
    if isinstance(value, str):
        if "\0" in value or not (value.isascii() or _encodes(value)):
            raise UsageError(f"parameter {key}: the text {value[:40]!r} cannot be passed to a program")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_text(f"{key}.{name}", name)
            check_text(f"{key}.{name}", inner)
    elif isinstance(value, list):
        for inner in value:
            check_text(key, inner)
    elif not (value is None or isinstance(value, bool | int | float)):
        raise UsageError(f"parameter {key}: a {type(value).__name__} cannot be passed to a program")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def short_enough(key: str, word: str) -> str:
    """Return the word unchanged; UsageError if it is too long for an argument of a program."""
    # A character has at most four bytes, so only a long text needs to be encoded.
    if len(word) * 4 >= _LONGEST_WORD and len(word.encode()) + len(key) + 1 > _LONGEST_WORD:
        raise UsageError(
            f"parameter {key}: {len(word.encode())} bytes are more than one argument can hold; keep"
            " such data in a file, or give the program the path {params} of the parameter file"
        )
    return word
