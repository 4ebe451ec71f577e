"""Whether the code that trials run is still what it was when the sweep was made."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping

from sweeper.core.model import canonical_json
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Edited, Record
from sweeper.store import code
from sweeper.store.sums import GONE, digest, look_at, read_sums

LOOK_EVERY = 1.0
"""Seconds between two looks at least, and ..."""
SHARE = 0.01
"""... the share of the controller's time that they may take."""

_NAMED = 20


def watch(paths: SweepPaths, project: str, records: Iterable[Record]) -> CodeWatch | None:
    """The watch of a sweep whose journal holds `records`; None for a sweep of an older version."""
    facts, made = code.read(paths), read_sums(paths)
    if facts is None or not made:
        return None
    edits = [record.version for record in records if isinstance(record, Edited)]
    return CodeWatch(paths.code if facts.copied else project, made, edits[-1] if edits else "")


class CodeWatch:
    """Looks at the files in `folder` now and then; `made` are their digests when the sweep was made."""

    def __init__(self, folder: str, made: Mapping[str, str], version: str = "") -> None:
        self._folder = folder
        self._made = made
        self._now = dict(made)
        self._seen: dict[str, tuple[int, int] | None] = {}
        self._version = version
        self._due = float("-inf")

    def look(self) -> Edited | None:
        """How the code differs from what the sweep was made with, if that has changed since the last look."""
        began = time.monotonic()
        if began < self._due:
            return None
        places = {name: f"{self._folder}/{name}" for name in self._made}
        seen = {name: look_at(place) for name, place in places.items()}
        ended = time.monotonic()
        self._due = ended + max(LOOK_EVERY, (ended - began) / SHARE)
        for name, status in seen.items():
            if name not in self._seen or status != self._seen[name]:
                self._now[name] = digest(places[name]) if status else GONE
        self._seen = seen
        changed = {name: now for name, now in self._now.items() if now != self._made[name]}
        version = hashlib.sha256(canonical_json(changed).encode()).hexdigest()[:8] if changed else ""
        if version == self._version:
            return None
        self._version = version
        return Edited(version, tuple(sorted(changed)[:_NAMED]))
