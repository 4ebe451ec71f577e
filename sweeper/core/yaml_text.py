"""Writes parameters as YAML that every reader of YAML 1.1 or 1.2 reads back as identical values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from sweeper.core.model import Value
from sweeper.core.values import dotted, literal, quoted

_LONGEST_KEY = 120
"""YAML allows 1,024 characters for a key with its value on the same line; this is well below that."""


def yaml_text(params: Mapping[str, Value]) -> str:
    """Return a YAML document.

    All texts are quoted: YAML would read `on`, `0777`, `1e-3` and `2020-01-01` as other types.
    """
    return "".join(f"{line}\n" for line in _lines(params, "")) if params else "{}\n"


def _lines(params: Mapping[str, Value], indent: str) -> Iterator[str]:
    for key, value in params.items():
        name = _key(key, indent)
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {flow(value)}"


def _key(key: str, indent: str) -> str:
    text = quoted(key)
    return text if len(text) <= _LONGEST_KEY else f"? {text}\n{indent}"


def flow(value: Value) -> str:
    """Return one value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, dict):
        pairs = (f"{_key(key, ' ')}: {flow(inner)}" for key, inner in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, float):
        return _float(value)
    return literal("", value)


def _float(number: float) -> str:
    if math.isfinite(number):
        return dotted(number)
    return ".nan" if math.isnan(number) else ".inf" if number > 0 else "-.inf"
