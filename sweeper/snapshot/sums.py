"""code.sha256: digests of the code with which a sweep was created."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping

from sweeper.core.paths import SweepPaths
from sweeper.core.patterns import lazy
from sweeper.files import atomic
from sweeper.files.regular import read_limited

GONE = "gone"
"""Replaces the digest of a file that does not exist or may not be read."""

_MOST_FILES = 20_000
_LARGEST = 1_000_000
_MOST_BYTES = 64_000_000
_MOST_SUMS = 8_000_000
_SOURCE = lazy(r"\.(py|pyx|pxd|sh|bash|c|cc|cpp|cu|cuh|h|hpp|jl|r|lua|rs|go|m)$", re.IGNORECASE)


def write_sums(paths: SweepPaths, folder: str, names: Iterable[str], tracked: Collection[str]) -> None:
    """Write the digests of the code in `folder` in the format of `sha256sum -c`.

    Files that git does not track count only if their suffix is that of source code, since programs may write
    other files into a project while they run. Files above 1 MB are considered data and left out.

    Args:
        paths: the paths of the sweep.
        folder: the copy, or the project itself.
        names: the files of the project.
        tracked: the files that git tracks.
    """
    chosen = [name for name in names if name in tracked or _SOURCE.search(name)]
    lines = (f"{one}  {name}\n" for name, one in _sums(folder, chosen))
    atomic.write(paths.code_sums, "".join(lines).encode(errors="surrogateescape"), sync=False)


def read_sums(paths: SweepPaths) -> Mapping[str, str]:
    """Return the digests by the names of the files; empty for a sweep of an older version."""
    raw = read_limited(paths.code_sums, _MOST_SUMS) or b""
    lines = (line.partition("  ") for line in os.fsdecode(raw).split("\n") if line)
    return {name: one for one, _, name in lines}


def look_at(place: str) -> tuple[int, int] | None:
    """Return the size and the modification time (ns) of a regular file, a cheap check for changes.

    The result is None if there is no such file.

    Raises:
        TransientStorageError: the volume is temporarily unavailable.
    """
    try:
        status = os.stat(place)
    except OSError as error:
        _raise_if_transient(place, error)
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def digest(place: str) -> str:
    """Return the SHA-256 of a file as hex digits, or `GONE`; TransientStorageError as in `look_at`."""
    try:
        with open(place, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        _raise_if_transient(place, error)
        return GONE


def _raise_if_transient(place: str, error: OSError) -> None:
    """Raise TransientStorageError for a temporary error, which does not mean that the file has changed."""
    if error.errno in atomic.TRANSIENT:
        raise atomic.failure(f"reading {place}", error) from error


def _sums(folder: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    size = count = 0
    for name in sorted(names):
        seen = look_at(f"{folder}/{name}")
        if seen is None or seen[0] > _LARGEST or "\n" in name or "\\" in name:
            continue
        size, count = size + seen[0], count + 1
        if size > _MOST_BYTES or count > _MOST_FILES:
            return
        yield name, digest(f"{folder}/{name}")
