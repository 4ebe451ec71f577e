"""Replaces examples that users of a pod file must change: `username`, `set-your-username`, `123456`.

Unchanged, they would have an effect: a pod with the label `user: username` counts for a member of that name.
"""

from __future__ import annotations

import re
from typing import Any

from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.patterns import lazy

USER, UID = "{user}", "{uid}"
"""The placeholders that replace the examples (see placeholders.py)."""

_NAME = (
    r"(?:(?:set|enter|change|replace)[-_ ])?(?:your[-_ ]?)?user[-_]?name"
    r"|(?:set[-_ ])?your[-_ ]?(?:user|name|login|gaspar)|<[a-z_ -]*user[a-z_ -]*>"
)
_WHOLE = lazy(_NAME, re.IGNORECASE)
_IN_PATH = lazy(rf"(?<=/)(?:{_NAME})(?=/|$)|^(?:{_NAME})(?=/)", re.IGNORECASE)
_IN_CLAIM = lazy(rf"(?<=-)(?:{_NAME})(?=-|$)|^(?:{_NAME})(?=-)", re.IGNORECASE)
_NUMBERS = (123456, "123456")
_USERS = lazy(r"(?:.*_)?USER|LOGNAME")
_UIDS = lazy(r"(?:.*_)?(?:UID|USER_ID)")


def is_unfilled(text: object) -> bool:
    """Whether a text is an example of a user's name, which the user must change."""
    return isinstance(text, str) and _WHOLE.fullmatch(text.strip()) is not None


def names_user(variable: str) -> bool:
    """Whether an environment variable of this name contains a user's name."""
    return _USERS.fullmatch(variable) is not None


def filled(pod: Json) -> tuple[Json, list[str]]:
    """Return the pod with the examples replaced by `{user}` and `{uid}`, and the paths where they were.

    `runAsUser` is not changed here, but in podfile.py.
    """
    found: list[str] = []
    return _filled(pod, "", found), list(dict.fromkeys(found))


def is_unfilled_number(value: object) -> bool:
    """Whether a value is the user's number that published pod files have as an example."""
    return value in _NUMBERS and not isinstance(value, bool)


def _filled(value: Any, where: str, found: list[str]) -> Any:
    if isinstance(value, dict):
        if _is_variable(value):
            return value | {"value": _variable(str(value["name"]), value["value"], found)}
        return {
            key: inner if key in ("command", "args") else _filled(inner, f"{where}.{key}".lstrip("."), found)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_filled(inner, where, found) for inner in value]
    return _text(value, where, found) if isinstance(value, str) else value


def _is_variable(item: Json) -> bool:
    return isinstance(item.get("name"), str) and "value" in item


def _variable(name: str, value: Any, found: list[str]) -> Any:
    if _UIDS.fullmatch(name) and is_unfilled_number(value):
        found.append(name)
        return UID
    if names_user(name) and is_unfilled(value):
        found.append(name)
        return USER
    return _text(value, name, found, whole=False) if isinstance(value, str) else value


def _text(text: str, where: str, found: list[str], *, whole: bool = True) -> str:
    if whole and where.startswith("metadata.") and is_unfilled(text):
        made = USER
    else:
        made = _IN_PATH.sub(USER, text) if "/" in text else text
        if where.endswith(".claimName"):
            made = _IN_CLAIM.sub(USER, made)
    if made != text:
        found.append(where)
    return made
