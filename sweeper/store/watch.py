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


class CodeWatch:
    """Looks now and then at the code that a sweep's trials run, compared with when the sweep was made.

    `project` is the project's folder, `records` what the journal holds. A sweep of an older version has
    nothing to compare with; in a new one it may be a moment until that is written (cli/recording.py).
    """

    def __init__(self, paths: SweepPaths, project: str, records: Iterable[Record]) -> None:
        self._paths = paths
        self._project = project
        self._folder = ""
        self._made: Mapping[str, str] = {}
        self._now: dict[str, str] = {}
        self._seen: dict[str, tuple[int, int] | None] = {}
        self._version = ""
        self._due = float("-inf")
        for record in records:
            if isinstance(record, Edited):
                self._version = record.version

    def look(self) -> Edited | None:
        """How the code differs from what the sweep was made with, if that has changed since the last look."""
        began = time.monotonic()
        if began < self._due:
            return None
        if not self._made:
            self._load()
        places = {name: f"{self._folder}/{name}" for name in self._made}
        seen = {name: look_at(place) for name, place in places.items()}
        ended = time.monotonic()
        self._due = ended + max(LOOK_EVERY, (ended - began) / SHARE)
        for name, status in seen.items():
            if name not in self._seen or status != self._seen[name]:
                self._now[name] = digest(places[name]) if status else GONE
        self._seen = seen
        return self._news()

    def _load(self) -> None:
        facts = code.read(self._paths)
        if facts is not None:
            self._folder = self._paths.code if facts.copied else self._project
            self._made = read_sums(self._paths)
            self._now = dict(self._made)

    def _news(self) -> Edited | None:
        if not self._made:
            return None
        changed = {name: now for name, now in self._now.items() if now != self._made[name]}
        version = hashlib.sha256(canonical_json(changed).encode()).hexdigest()[:8] if changed else ""
        if version == self._version:
            return None
        self._version = version
        return Edited(version, tuple(sorted(changed)[:_NAMED]))
