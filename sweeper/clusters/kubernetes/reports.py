"""What a watch reports of one kind of object (see server/watch.py)."""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.clusters.kubernetes.raw import Json


@dataclass(frozen=True, slots=True)
class Listed:
    """All there is. `began` is when the LIST was sent (boot clock): what was made later may be missing."""

    kind: str
    items: tuple[Json, ...]
    began: float


@dataclass(frozen=True, slots=True)
class Changed:
    """One object: ADDED, MODIFIED or DELETED."""

    kind: str
    event: str
    item: Json


@dataclass(frozen=True, slots=True)
class Silent:
    """The server does not answer, in these words; empty: it does again. `is_denied`: we have no right."""

    kind: str
    words: str
    is_denied: bool = False


Report = Listed | Changed | Silent
