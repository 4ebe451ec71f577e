"""What people should know of the cluster now: one line each, pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sweeper.clusters.kubernetes.mirror import PODS, Mirror
from sweeper.clusters.kubernetes.pods import queues
from sweeper.clusters.kubernetes.pods.sightings import stuck
from sweeper.clusters.kubernetes.pods.waiting import Kind, waits_for
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.tracked import Tracked

LONG = 30.0
"""Seconds after which it is worth a word that a pod does not start."""

MOST = 3
"""How many pods of one kind are named; of the others their number is told."""


def notes(mirror: Mirror, roster: Roster, now: float) -> Iterator[str]:
    """Lines, some of them empty, in the order of their weight."""
    yield from _silent(mirror)
    if roster.avoided:
        yield f"avoiding {', '.join(roster.avoided)}, where pods were rejected or could not be started"
    staying = (one for one in roster if not one.unwanted)
    yield from queues.tell((one.order.attempt.trial, one.pod, one.words) for one in staying)
    for tracked in roster:
        yield from _of(tracked, now)
        if not mirror.silent.get(PODS):  # else it may be gone long ago
            yield _hangs(tracked, now)
    yield from _foreign(roster.foreign)
    yield from _taken(roster.taken)


def until_read(mirror: Mirror) -> Iterator[str]:
    """Lines for as long as what is known of the cluster is older than a sleep."""
    yield "this controller stood still for a while: it reads the cluster again before it decides anything"
    yield from _silent(mirror)


def _silent(mirror: Mirror) -> Iterator[str]:
    yield from (f"no word from the cluster: {words}" for words in mirror.silent.values() if words)


def _foreign(names: Sequence[str]) -> Iterator[str]:
    said = "this sweep's labels but"
    for name in sorted(names)[:MOST]:
        yield f"pod {name} carries {said} was not made by it; left alone"
    if len(names) > MOST:
        yield f"{len(names) - MOST} more pods carry {said} were not made by it; left alone"


def _taken(names: Sequence[str]) -> Iterator[str]:
    for name in names[-MOST:]:
        yield f"pod {name} was not made by this sweep and is left alone; the attempt gets the next number"


def _of(tracked: Tracked, now: float) -> Iterator[str]:
    if tracked.seen is None:
        return
    trial = f"trial {tracked.order.attempt.trial}"
    waiting = tracked.seen.waiting
    if waiting and waiting.kind is not Kind.QUEUE and now - waiting.since > LONG:
        yield f"{trial} waits: {waits_for(tracked.pod)}"


def _hangs(tracked: Tracked, now: float) -> str:
    hangs = stuck(tracked.pod, tracked.seen, now) if tracked.seen else ""
    return f"trial {tracked.order.attempt.trial}: {hangs}" if hangs else ""
