"""Explains what is wrong with a value that Hydra's grammar cannot read, and how to write it."""

from __future__ import annotations

import re
import shlex

from sweeper.core.formatting import did_you_mean
from sweeper.core.patterns import lazy

FUNCTIONS = ("choice", "range", "glob", "shuffle", "sort", "bool", "float", "int", "str")
"""The functions of Hydra's grammar that a grid here can use."""

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CALL = lazy(r"([A-Za-z_][\w.]*)\(.*\)", re.S)
_BRACES = lazy(r"\{(.*)\}", re.S)
_SPAN = lazy(r"([-+]?\d+)\s*(?:\.\.\.?|…)\s*([-+]?\d+)")
_SEPARATED = lazy(rf"{NUMBER}(?:\s*[;|/\s]\s*{NUMBER})+")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_ENTRIES = lazy(r"\{([^{}\[\]()]+)\}")
_UNREADABLE = lazy(r"[^\w\s/\-\\+.$%*@?|,:=(){}\[\]'\"]|[^\x00-\x7f]|[\n\r]")


def quoted(key: str, value: str) -> str:
    """Return the override for exactly this text, as it is typed in a shell."""
    text = value.strip()
    if "'" in text and not re.search(r'["$`!\\]', text):
        return f'"{key}=' + "'" + text.replace("'", "\\'") + "'" + '"'
    text = text.replace('"', '\\"')
    return shlex.quote(f'{key}="{text}"')


def closed(value: str) -> bool:
    """Whether every quote and every bracket of the value is closed."""
    quote, opened = _scan(value)
    return not quote and not opened


def brackets(word: str, value: str) -> str:
    """Return which quote or bracket of a value is not closed, or closes nothing; "" if all are closed."""
    quote, opened = _scan(value)
    if quote:
        key = word.partition("=")[0]
        return f"the quote {quote} is not closed; to mean this text write {quoted(key, value)}"
    if opened and opened[-1] in _PAIRS.values():
        return f"{opened[-1]!r} closes nothing: leave it out"
    whole = word.rstrip(", ") + "".join(_PAIRS[one] for one in reversed(opened))
    return f"{opened[-1]!r} is not closed: write {shlex.quote(whole)}" if opened else ""


def wrong_value(key: str, value: str) -> str:
    """Return the first mistake in a value whose quotes and brackets are closed; "" if none is known."""
    plain, rest = value.strip(), _without_quoted(value)
    if plain.startswith("="):
        return f"one '=' is enough: write {shlex.quote(key + '=' + plain.lstrip('= '))}"
    return _commas(key, plain, rest) or _values(key, plain) or _characters(key, plain, rest)


def _commas(key: str, value: str, rest: str) -> str:
    if value.endswith(","):
        return (
            f"it ends with a comma: write {shlex.quote(key + '=' + value.rstrip(', '))}, or a further value"
        )
    if value.startswith(","):
        return f"it begins with a comma: write {shlex.quote(key + '=' + value.lstrip(', '))}"
    if re.search(r",\s*,", rest):
        return "there is nothing between two of its commas: leave one out"
    if match := re.search(r"([\[({])\s*,|,\s*([\])}])", rest):
        return f"a comma next to {match[1] or match[2]!r} has nothing to separate: leave it out"
    return ""


def _values(key: str, value: str) -> str:
    if value.startswith("(") and value.endswith(")"):
        inner = value[1:-1].strip()
        several, one = shlex.quote(f"{key}={inner}"), shlex.quote(f"{key}=[{inner}]")
        return f"several values are written {several}, and a list {one}"
    if (match := _BRACES.fullmatch(value)) and ":" not in match[1]:
        return f"several values are written {_written(key, match[1])}, and a dict '{key}={{a: 1}}'"
    if (match := _CALL.fullmatch(value)) and match[1] not in FUNCTIONS:
        near = did_you_mean(match[1], FUNCTIONS)
        return f"there is no function {match[1]}{near}; name the values, as in {key}=0.1,0.2, or use range"
    if several := separated(key, value):
        return f"several values are written {several}"
    return ""


def _characters(key: str, value: str, rest: str) -> str:
    if value.startswith("~"):
        meant = f"{key}=$HOME{value[1:]}" if value[1:2] in ("", "/") else quoted(key, value)
        return f"'~' is no path here; write {meant}"
    for entry in (entry for inner in _ENTRIES.findall(rest) for entry in inner.split(",")):
        if ":" not in entry:
            return f"between {{ and }} each entry is written 'key: value', and {entry.strip()!r} is not"
    found = "=" if "=" in rest else next(iter(_UNREADABLE.findall(rest)), "")
    return f"a text with {found!r} must be quoted: {quoted(key, value)}" if found else ""


def span(key: str, text: str) -> str:
    """Return `0..4` as a range, as it is typed in a shell; "" if the text is not of this form."""
    match = _SPAN.fullmatch(text.strip())
    return shlex.quote(f"{key}=range({match[1]},{int(match[2]) + 1})") if match else ""


def separated(key: str, text: str) -> str:
    """Return numbers separated by blanks, `;`, `|` or `/` as several values; "" for any other text."""
    if not _SEPARATED.fullmatch(text.strip()):
        return ""
    return shlex.quote(f"{key}={','.join(re.findall(NUMBER, text))}")


def _written(key: str, inner: str) -> str:
    return span(key, inner) or shlex.quote(f"{key}={inner.replace(' ', '')}")


def _scan(value: str) -> tuple[str, list[str]]:
    """Return the quote that is open at the end, and the open brackets, or the one that closes nothing."""
    quote, opened = "", list[str]()
    for one in re.sub(r"\\.", "", value, flags=re.S):
        if quote:
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        elif one in _PAIRS:
            opened.append(one)
        elif one in _PAIRS.values() and (not opened or _PAIRS[opened.pop()] != one):
            return "", [one]
    return quote, opened


def _without_quoted(value: str) -> str:
    """Return the value without its quoted parts and escaped characters."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|\\.", "", value, flags=re.S)
