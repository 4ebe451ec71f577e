"""Reads and checks sweep.json as plain data.

Separate from manifest.py, since `cvsweep status` needs no more: importing dataclasses takes a sixth of its
time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from sweeper.core.checksum import KEY, is_intact
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.files.regular import read_file

FORMAT = 2
"""2: choices are part of a trial's key. A sweep of format 1 continues without them."""

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "name", "user", "host", "version", "code", "experiment"), str),
    "created_at": (int, float),
    "swept": list,
    "settings": dict,
    "config": dict,
    "format": int,
}
_LATER: Mapping[str, type] = {
    "start": str,
    "choices": dict,
    "imports": list,
    "environment": dict,
    "flags": dict,
    "private": bool,
    "made": str,
    "place": dict,
}
"""Keys that older folders do not have."""


_TEXTS = ("swept", "imports", "choices", "environment", "flags", "place")
"""Keys whose values are texts, in a list or under names."""

_MOST = 64_000_000
_LATEST = 1e12
"""No sweep was made later (Unix seconds): it is the year 33658."""


def read(paths: SweepPaths) -> dict[str, Any]:
    """Return a manifest's fields; UsageError if this is not a sweep, StorageError if it is not readable."""
    try:
        data = json.loads(read_file(paths.manifest, _MOST))
    except (FileNotFoundError, NotADirectoryError) as error:
        if os.path.islink(paths.manifest):
            raise StorageError(f"{paths.manifest} is a link to a file that is not there") from error
        raise UsageError(f"{paths.folder} is not a sweep: it has no sweep.json") from error
    except (ValueError, RecursionError) as error:
        raise StorageError(f"{paths.manifest} is damaged: {error}") from error
    except OSError as error:
        raise atomic.failure(f"reading {paths.manifest}", error) from error
    return _checked(paths, data)


def _checked(paths: SweepPaths, data: Any) -> dict[str, Any]:
    match data:
        case {"format": int(written)} if written > FORMAT:
            version = data.get("version", "?")
            raise StorageError(
                f"{paths.folder} was written by cvsweep {version}, which is newer: upgrade this one"
            )
        case dict():
            wrong = _wrong(data)
        case _:
            wrong = list(_KINDS)
    if wrong:
        raise StorageError(f"{paths.manifest} is damaged: missing or unusable: {', '.join(wrong)}")
    if not is_intact(data):
        raise StorageError(
            f"{paths.manifest} is damaged: its {KEY} does not match what it says; restore it from a copy"
            f" (or, if somebody has edited it on purpose, remove the key {KEY!r} from it)"
        )
    return {name: data[name] for name in (*_KINDS, *_LATER) if name in data}


def _wrong(data: Mapping[str, Any]) -> list[str]:
    """Return the keys that are missing or have invalid values."""
    wrong = [name for name, kind in _KINDS.items() if not isinstance(data.get(name), kind)]
    wrong += [name for name, kind in _LATER.items() if not isinstance(data.get(name, kind()), kind)]
    if not wrong:
        wrong += [name for name in _TEXTS if not _are_texts(data.get(name, []))]
        wrong += [] if 0 <= data["created_at"] <= _LATEST else ["created_at"]
    return wrong


def _are_texts(found: Any) -> bool:
    values = found.values() if isinstance(found, dict) else found
    return all(isinstance(value, str) for value in values)
