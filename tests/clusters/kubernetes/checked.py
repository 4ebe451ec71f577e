"""Folding in tests: after every event all invariants of the tracker hold."""

from __future__ import annotations

from sweeper.clusters.kubernetes.events import BackendEvent
from sweeper.clusters.kubernetes.fold import fold as unchecked
from sweeper.clusters.kubernetes.invariants import validate
from sweeper.clusters.kubernetes.tracker import Tracker


def fold(tracker: Tracker, event: BackendEvent, now: float) -> None:
    """The product's, and a look at what must hold."""
    unchecked(tracker, event, now)
    broken = validate(tracker)
    assert not broken, f"after {event}: {broken}"
