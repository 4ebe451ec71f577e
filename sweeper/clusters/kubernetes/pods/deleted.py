"""A pod that somebody else deleted: who it was, and whether it was preemption. Pure.

A deletion leaves no trace of who asked for it, but whoever deletes by program mostly says so in an event.

Where the reasons of the events come from:
    Preempted             Kubernetes, pkg/scheduler/framework/preemption (before 1.26 nothing else tells)
    TaintManagerEviction  Kubernetes, pkg/controller/tainteviction
    Stopped               Kueue, pkg/controller/jobframework/reconciler.go
    Evict                 KAI, pkg/scheduler/cache/status_updater (on the pod's group)
                          Volcano, pkg/scheduler/cache/cache.go, defaultEvictor
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sweeper.clusters.kubernetes.raw import Raw, line, part, text
from sweeper.core.patterns import lazy

_EVICTIONS = frozenset({"Preempted", "TaintManagerEviction", "Evict"})
_STOPPED = "Stopped"
_NOT_WHO = frozenset({"kubelet"})
"""A kubelet carries a deletion out, whoever asked for it."""

_ROUTINE = frozenset({"Scheduled", "SuccessfulAttachVolume"})
"""Reasons of events that every pod gets. Their messages are names, in which any word may stand."""

_DELETES = lazy(r"delet|evict|preempt|kill|reap|remov|terminat|reclaim|stop|cull|suspend", re.IGNORECASE)
_TAKEN_BACK = "Cancelling deletion"
"""How the taint manager says, with the reason of its evictions, that it will not delete a pod after all."""


class DeletionVerdict(NamedTuple):
    """`preempted`: those who deleted the pod had a right to what it held."""

    preempted: bool
    message: str


@dataclass(slots=True)
class Inquiry:
    """The question who deleted a pod. Times are on the boot clock.

    `noticed` is when the deletion was first seen, and `full` names the quota that was full then. Until
    `until` an answer is waited for; None: nobody has been asked yet.
    """

    noticed: float
    full: str = ""
    until: float | None = None
    verdict: DeletionVerdict | None = None

    def is_open(self, now: float) -> bool:
        """Is it too early to say what the deletion was?"""
        return self.verdict is None and (self.until is None or now < self.until)


def judge(events: Collection[Raw] | None, full: str, above: str, *, is_queued: bool) -> DeletionVerdict:
    """What a deletion was.

    Args:
        events: those on the pod and on its group; None if they cannot be read.
        full: the quota that was full at the time, as text.
        above: how much more than a fair share we held, as text.
        is_queued: its scheduler is one that takes pods away again for others.
    """
    eviction = next(filter(_is_eviction, _newest_first(events or ())), None)
    if eviction:
        return DeletionVerdict(True, f"its pod was preempted by {_format_event(eviction)}")
    who = next(filter(_tells_who, _newest_first(events or ())), None)
    by = f" by {_format_event(who)}" if who else ""
    if full or above:
        return DeletionVerdict(True, f"its pod was deleted{by}; {full or above}")
    # A scheduler that tells nobody is believed to have done it: it is what such a scheduler is for.
    return DeletionVerdict(is_queued and events is None, f"its pod was deleted{by}")


def _is_eviction(event: Raw) -> bool:
    reason = text(event, "reason")
    if text(event, "message").startswith(_TAKEN_BACK):
        return False
    return reason in _EVICTIONS or (reason == _STOPPED and "kueue" in _component(event))


def _tells_who(event: Raw) -> bool:
    reason = text(event, "reason")
    message = f"{reason} {text(event, 'message')}"
    # A scheduler that finds no node also says that to preempt others would not help.
    if reason.startswith("Failed") or reason in _ROUTINE or text(event, "message").startswith(_TAKEN_BACK):
        return False
    return _component(event) not in _NOT_WHO and _DELETES.search(message) is not None


def _format_event(event: Raw) -> str:
    message = f"{text(event, 'reason')}: {line(event, 'message')}"[:300]
    return f"{_component(event) or 'somebody'} ({message})"


def _component(event: Raw) -> str:
    return text(part(event, "source"), "component") or text(event, "reportingComponent")


def _newest_first(events: Iterable[Raw]) -> list[Raw]:
    return sorted(events, key=_when, reverse=True)


def _when(event: Raw) -> str:
    last = text(part(event, "series"), "lastObservedTime") or text(event, "lastTimestamp")
    return last or text(event, "eventTime")
