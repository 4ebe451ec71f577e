"""Checks whether the code that trials run has changed since the sweep was created."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from sweeper.core.errors import TransientStorageError
from sweeper.core.model import canonical_json
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Edited, Record
from sweeper.snapshot import code
from sweeper.snapshot.sums import GONE, digest, look_at, read_sums

LOOK_EVERY = 1.0
"""The smallest number of seconds between two checks, and ..."""
SHARE = 0.01
"""... the largest share of the controller's time that checks may take."""

_NAMED = 20


class CodeWatch:
    """Compares the code that trials run with the code at the creation of the sweep, from time to time.

    For a sweep of an older version, which has no digests, it reports nothing.

    Args:
        paths: the paths of the sweep.
        project: the folder of the project.
        records: the records of the journal so far.
    """

    def __init__(self, paths: SweepPaths, project: str, records: Iterable[Record]) -> None:
        facts = code.read(paths)
        self._folder = paths.code if facts and facts.copied else project
        self._made = read_sums(paths)
        self._now = dict(self._made)
        self._seen: dict[str, tuple[int, int] | None] = {}
        self._version = ""
        self._due = float("-inf")
        for record in records:
            if isinstance(record, Edited):
                self._version = record.version

    def look(self) -> Edited | None:
        """Return a record of how the code differs from that of the sweep, if this is new; else None."""
        began = time.monotonic()
        if began < self._due or not self._made:
            return None
        try:
            self._look(began)
        except TransientStorageError:
            return None  # the next check will detect it
        return self._news()

    def _look(self, began: float) -> None:
        places = {name: f"{self._folder}/{name}" for name in self._made}
        seen = {name: look_at(place) for name, place in places.items()}
        ended = time.monotonic()
        self._due = ended + max(LOOK_EVERY, (ended - began) / SHARE)
        for name, status in seen.items():
            if name not in self._seen or status != self._seen[name]:
                self._now[name] = digest(places[name]) if status else GONE
        self._seen = seen

    def _news(self) -> Edited | None:
        changed = {name: now for name, now in self._now.items() if now != self._made[name]}
        version = hashlib.sha256(canonical_json(changed).encode()).hexdigest()[:8] if changed else ""
        if version == self._version:
            return None
        self._version = version
        return Edited(version, tuple(sorted(changed)[:_NAMED]))
