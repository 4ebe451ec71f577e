"""Writes a typed value in Hydra's override grammar, so that Hydra reads the identical value back.

Pure text: Hydra itself is not needed to write an override, only to read one.
"""

from __future__ import annotations

import re

from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.secrets import REFERENCE

_BARE = lazy(r"[A-Za-z_][A-Za-z0-9_]*(?:[-./][A-Za-z0-9_]+)*")
_NOT_TEXT = frozenset({"true", "false", "null", "nan", "inf"})
_KEY = lazy(r"[A-Za-z_][A-Za-z0-9_-]*")
_BACKSLASHES_BEFORE_QUOTE = lazy(r"(\\*)('|\Z)")
_INTERPOLATION = lazy(rf"(?P<backslashes>\\*)(?:(?P<reference>{REFERENCE.pattern})|\$\{{)")


def hydra_word(key: str, value: Value, *, live: bool = False) -> str:
    """Return one `key=value` override.

    Args:
        key: the dotted key.
        value: its value.
        live: whether the program itself resolves references to environment variables in the value.

    Raises:
        UsageError: Hydra's grammar cannot express the key or the value.
    """
    for part in key.split("."):
        if not _KEY.fullmatch(part):
            raise UsageError(
                f"parameter {key!r}: Hydra's override grammar cannot name this key;"
                " rename it or use task.args_style=json"
            )
    return f"{key}={_element(key, value, live)}"


def _element(key: str, value: Value, live: bool) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(key, value, live)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_dict_key(key, k)}:{_element(key, v, live)}" for k, v in value.items()) + "}"
    return "[" + ",".join(_element(key, element, live) for element in value) + "]"


def _dict_key(key: str, name: str) -> str:
    if not _KEY.fullmatch(name) or name.lower() in _NOT_TEXT:
        raise UsageError(
            f"parameter {key}: Hydra's override grammar has no spelling for the key {name!r} inside a"
            " list; use task.args_style=json"
        )
    return name


def _text(key: str, text: str, live: bool) -> str:
    if text == "???":
        raise UsageError(f"parameter {key}: to Hydra the text ??? is a missing value; use another text")
    if _BARE.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    if "${" in text:
        text = _INTERPOLATION.sub(_keep_references if live else _escape_interpolation, text)
    quoted = _BACKSLASHES_BEFORE_QUOTE.sub(_escape_quote, text)
    return f"'{quoted}'"


def _escape_interpolation(match: re.Match[str]) -> str:
    """Escape an interpolation: the program must not resolve text that was already resolved here."""
    backslashes = match["backslashes"]
    return f"{backslashes * 2}\\{match[0][len(backslashes) :]}"


def _keep_references(match: re.Match[str]) -> str:
    return (
        match["backslashes"] * 2 + match["reference"] if match["reference"] else _escape_interpolation(match)
    )


def _escape_quote(match: re.Match[str]) -> str:
    backslashes, quote = match.groups()
    return backslashes * 2 + ("\\'" if quote else "")
