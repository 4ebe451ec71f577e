"""What people should know of the cluster now: one line each, pure."""

from __future__ import annotations

from collections.abc import Iterator

from sweeper.backends.kubernetes.mirror import Mirror
from sweeper.backends.kubernetes.pods.sightings import stuck
from sweeper.backends.kubernetes.pods.waiting import waits_for
from sweeper.backends.kubernetes.roster import Roster
from sweeper.backends.kubernetes.tracked import Tracked

LONG = 30.0
"""Seconds after which it is worth a word that a pod does not start."""


def notes(mirror: Mirror, roster: Roster, now: float) -> Iterator[str]:
    """Lines, some of them empty, in the order of their weight."""
    yield from (f"no word from the cluster: {words}" for words in mirror.silent.values() if words)
    if roster.avoided:
        yield f"avoiding {', '.join(roster.avoided)}, where pods were rejected again and again"
    for tracked in roster:
        yield from _of(tracked, now)


def _of(tracked: Tracked, now: float) -> Iterator[str]:
    if tracked.seen is None:
        return
    trial = f"trial {tracked.order.attempt.trial}"
    if tracked.seen.waiting and now - tracked.seen.waiting.since > LONG:
        yield f"{trial} waits: {waits_for(tracked.pod)}"
    hangs = stuck(tracked.pod, tracked.seen, now)
    if hangs:
        yield f"{trial}: {hangs}"
