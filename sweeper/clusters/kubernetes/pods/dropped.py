"""Finds the fields of a manifest that the server does not know and drops without an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sweeper.clusters.kubernetes.pods.template import identity
from sweeper.core.formatting import did_you_mean


def dropped(sent: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """Return the paths that were sent and not returned, each with a similar field name if there is one.

    Null, false, zero and empty values are ignored: a server may leave them out although it knows the field.

    Args:
        sent: the manifest, or a part of it.
        got: the same as the server returned it.
    """
    return list(_missing(sent, got, ""))


def _missing(sent: Any, got: Any, path: str) -> Iterator[str]:
    if isinstance(sent, Mapping):
        there = got if isinstance(got, Mapping) else {}
        for key, value in sent.items():
            at = f"{path}.{key}" if path else str(key)
            if value and key not in there:
                yield at + did_you_mean(str(key), there)
            elif value:
                yield from _missing(value, there[key], at)
    elif isinstance(sent, list):
        yield from _missing_items(sent, got if isinstance(got, list) else [], path)


def _missing_items(sent: list[Any], got: list[Any], path: str) -> Iterator[str]:
    field = path.rpartition(".")[2]
    named = {identity(item, field): item for item in got}
    for at, item in enumerate(sent):
        name = identity(item, field)
        shown = [at] if name is None else [part for part in name if part is not None]
        spelled = f"{path}[{','.join(map(str, shown))}]"
        by_place = got[at] if at < len(got) else None
        other = by_place if name is None else named.get(name)
        if other is None:
            yield spelled
        else:
            yield from _missing(item, other, spelled)
