"""Finds out who deleted a pod of this sweep, and whether that was a preemption. Pure.

A pod does not show who asked for its deletion, but a program that deletes pods usually writes an event.

Where the reasons of the events come from:
    Preempted             Kubernetes, pkg/scheduler/framework/preemption (before 1.26 the only sign of it)
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
"""Components that did not ask for a deletion: a kubelet carries out the deletions of others."""

_ROUTINE = frozenset({"Scheduled", "SuccessfulAttachVolume"})
"""Reasons of events that every pod gets. Their messages contain names, which may contain any word."""

_DELETES = lazy(r"delet|evict|preempt|kill|reap|remov|terminat|reclaim|stop|cull|suspend", re.IGNORECASE)
_TAKEN_BACK = "Cancelling deletion"
"""The start of the taint manager's message that it will not delete a pod after all; same event reason."""


class DeletionVerdict(NamedTuple):
    """The result of an inquiry; `preempted`: the deleter was entitled to the pod's quota or its node."""

    preempted: bool
    message: str


@dataclass(slots=True)
class Inquiry:
    """The open question of who deleted a pod. Times are on the boot clock.

    Attributes:
        noticed: when the deletion was first observed.
        full: the quota that was full then, as text.
        until: when to stop waiting for an answer; None: the events have not been requested yet.
        verdict: the answer; None: not known yet.
    """

    noticed: float
    full: str = ""
    until: float | None = None
    verdict: DeletionVerdict | None = None

    def is_open(self, now: float) -> bool:
        """Whether it is too early to decide what the deletion was."""
        return self.verdict is None and (self.until is None or now < self.until)


def judge(events: Collection[Raw] | None, full: str, above: str, *, is_queued: bool) -> DeletionVerdict:
    """Decide who deleted a pod and whether it was preempted.

    Args:
        events: the events of the pod and of its group; None if they cannot be read.
        full: the quota that was full at the time, as text.
        above: how much more than a fair share we held, as text.
        is_queued: the pod's scheduler is one that preempts running pods for others.
    """
    eviction = next(filter(_is_eviction, _newest_first(events or ())), None)
    if eviction:
        return DeletionVerdict(True, f"its pod was preempted by {_format_event(eviction)}")
    who = next(filter(_tells_who, _newest_first(events or ())), None)
    by = f" by {_format_event(who)}" if who else ""
    if full or above:
        return DeletionVerdict(True, f"its pod was deleted{by}; {full or above}")
    # Without readable events, such a scheduler is assumed to have preempted the pod: that is its purpose.
    return DeletionVerdict(is_queued and events is None, f"its pod was deleted{by}")


def _is_eviction(event: Raw) -> bool:
    reason = text(event, "reason")
    if text(event, "message").startswith(_TAKEN_BACK):
        return False
    return reason in _EVICTIONS or (reason == _STOPPED and "kueue" in _component(event))


def _tells_who(event: Raw) -> bool:
    reason = text(event, "reason")
    message = f"{reason} {text(event, 'message')}"
    # A scheduler that finds no node also writes that preemption would not help.
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
