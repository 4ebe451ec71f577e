"""sweep.json: what a sweep was made from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sweeper.core.checksum import KEY, is_intact, with_checksum
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.files.regular import read_file

FORMAT = 2
"""2: choices are part of a trial's key. A sweep of format 1 goes on without them."""

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


@dataclass(frozen=True, slots=True)
class Manifest:
    """sweep.json: what a sweep was made from. Times are Unix seconds.

    `code` is the project's folder, `start` the one in which commands start, as the attempts see it:
    the project's own where nothing else is said. `choices` are those of the first point, whose `config` is.
    `imports` are folders from which Python imports before all others, relative to `start` (see imports.py).
    `environment` is what is kept of the shell's environment (see core/environment.py), empty where trials do
    not run on this machine; `flags` are those of the command line that chose the configuration.
    `private`: it holds a secret, and is for nobody else to read. `made` is when it was made by the clock of
    the machine's boot (see machine.py), which nobody sets. `place` is where the folder lies (see copies.py).
    """

    id: str
    name: str
    created_at: float
    user: str
    host: str
    version: str
    code: str
    experiment: str
    swept: Sequence[str]
    settings: Mapping[str, Any]
    config: Mapping[str, Any]
    format: int = FORMAT
    start: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    imports: Sequence[str] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    made: str = ""
    place: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.start:
            object.__setattr__(self, "start", self.code)


def write(paths: SweepPaths, manifest: Manifest) -> None:
    """Put the manifest in its place, whole, dated as the sweep itself: places.py sorts by that."""
    text = json.dumps(with_checksum(asdict(manifest)), indent=2, ensure_ascii=False) + "\n"
    mode = atomic.PRIVATE if manifest.private else atomic.PUBLIC
    atomic.write(paths.manifest, text.encode(errors="backslashreplace"), mtime=manifest.created_at, mode=mode)


def read(paths: SweepPaths) -> Manifest:
    """The manifest of a sweep; UsageError where this is no sweep, StorageError where it is not readable."""
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


def _checked(paths: SweepPaths, data: Any) -> Manifest:
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
    return Manifest(**{name: data[name] for name in (*_KINDS, *_LATER) if name in data})


def _wrong(data: Mapping[str, Any]) -> list[str]:
    """The keys that are missing, or do not hold what they must."""
    wrong = [name for name, kind in _KINDS.items() if not isinstance(data.get(name), kind)]
    wrong += [name for name, kind in _LATER.items() if not isinstance(data.get(name, kind()), kind)]
    if not wrong:
        wrong += [name for name in _TEXTS if not _are_texts(data.get(name, []))]
        wrong += [] if 0 <= data["created_at"] <= _LATEST else ["created_at"]
    return wrong


def _are_texts(found: Any) -> bool:
    values = found.values() if isinstance(found, dict) else found
    return all(isinstance(value, str) for value in values)
