"""Why a pending pod does not start, and whether that has lasted too long."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from sweeper.clusters.kubernetes.pods import main_container, queue_signs
from sweeper.clusters.kubernetes.raw import (
    Raw,
    condition,
    containers,
    has_begun,
    in_state,
    line,
    node,
    part,
    parts,
    phase,
    text,
)
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Cause
from sweeper.core.patterns import lazy


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The timeouts of a pending pod, and the grace period of an ending one, in seconds.

    By default there is no timeout for a queue: a pod that gave up would start again at the queue's end.
    """

    grace: float
    unschedulable_after: float
    image_after: float
    config_after: float
    mount_after: float
    queue_after: float = math.inf

    @classmethod
    def of(cls, settings: KubernetesSettings) -> Timeouts:
        return cls(
            settings.grace,
            settings.unschedulable_after,
            settings.image_after,
            settings.config_after,
            settings.mount_after,
        )


class WaitKind(Enum):
    """What a pending pod waits for."""

    QUEUE = auto()
    NODE = auto()
    CLAIM = auto()
    BINDING = auto()
    START = auto()
    IMAGE = auto()
    IMAGE_NAME = auto()
    ABSENT_IMAGE = auto()
    CONTAINER = auto()
    CONFIG = auto()


class Waiting(NamedTuple):
    """What a pod waits for, since when it was observed to wait for it, and the most useful message."""

    kind: WaitKind
    since: float
    message: str = ""

    def later(self, seconds: float) -> Waiting:
        """Return a copy whose wait began `seconds` later."""
        return self._replace(since=self.since + seconds)


_REASONS = {
    "ErrImagePull": WaitKind.IMAGE,
    "ImagePullBackOff": WaitKind.IMAGE,
    "RegistryUnavailable": WaitKind.IMAGE,
    "InvalidImageName": WaitKind.IMAGE_NAME,
    "ErrImageNeverPull": WaitKind.ABSENT_IMAGE,
    "CreateContainerConfigError": WaitKind.CONFIG,
    "CreateContainerError": WaitKind.CONTAINER,
    "RunContainerError": WaitKind.CONTAINER,
}
_CAUSES = {
    WaitKind.QUEUE: Cause.UNSCHEDULABLE,
    WaitKind.NODE: Cause.UNSCHEDULABLE,
    WaitKind.CLAIM: Cause.BAD_SPEC,
    WaitKind.BINDING: Cause.BAD_SPEC,
    WaitKind.IMAGE: Cause.IMAGE,
    WaitKind.IMAGE_NAME: Cause.IMAGE,
    WaitKind.ABSENT_IMAGE: Cause.IMAGE,
    WaitKind.CONTAINER: Cause.BAD_SPEC,
    WaitKind.CONFIG: Cause.BAD_SPEC,
}
_NO_CLAIM = lazy(r'persistentvolumeclaim "[^"]*" (not found|is being deleted)')
_UNBOUND = "unbound immediate PersistentVolumeClaims"
_BACK_OFF = lazy(r'Back-off pulling image "[^"]*"$')
_VOLUME = lazy(r"volume", re.IGNORECASE)
UNREADABLE = "its events cannot be read"
"""The start of the message if a pod's events cannot be read, so that it is not known why it waits."""

_RELEVANT = lazy(r"^(Failed(?!Scheduling)|Pulling)")
_SUMMARY = lazy(r"^Unable to (attach or )?mount volumes")


def follow(before: Waiting | None, pod: Raw, now: float) -> Waiting | None:
    """Return what the pod waits for now. If only the message changed, the wait does not start again."""
    found = _what(pod)
    if found is None or before is None or before.kind is not found[0]:
        return found and Waiting(found[0], now, found[1])
    # The message of a back-off between two pulls has no reason, so the message of the pull is kept.
    return before if _BACK_OFF.search(found[1]) else before._replace(message=found[1])


def too_long(
    waiting: Waiting, pod: Raw, now: float, timeouts: Timeouts, message: str
) -> tuple[Cause, str] | None:
    """Return the cause and message to end a pod that waited too long; `message` is the last event's."""
    if now - waiting.since < _limit(waiting.kind, timeouts):
        return None
    return (
        _never_started(pod, message)
        if waiting.kind is WaitKind.START
        else (_CAUSES[waiting.kind], waiting.message)
    )


def needs_events(waiting: Waiting | None, now: float, timeouts: Timeouts) -> bool:
    """Whether to read the pod's events: half of the timeout is over, and only events give the reason."""
    return (
        waiting is not None
        and waiting.kind is WaitKind.START
        and now - waiting.since >= _limit(WaitKind.START, timeouts) / 2
    )


def last_event_message(events: Iterable[Raw]) -> str:
    """Return the message of the newest event that explains why a pod does not start.

    A failed mount is reported twice: by the volume, with the reason, and for the pod, without.
    """
    relevant = [event for event in events if _RELEVANT.search(text(event, "reason"))]
    return line(max(relevant, key=_rank, default={}), "message")


def waits_for(pod: Raw) -> str:
    """Return one line that explains why the pod does not start; empty if it is not waiting."""
    found = _what(pod) if phase(pod) == "Pending" else None
    if found is None:
        return ""
    return (
        found[1] or f"node {node(pod)} is preparing its volumes and pulling image {', '.join(_images(pod))}"
    )


def is_unschedulable(pod: Raw) -> bool:
    """Whether the scheduler finds no node for the pod at present, and no queue holds it back."""
    refused = text(condition(pod, "PodScheduled"), "status") == "False"
    return phase(pod) == "Pending" and not node(pod) and refused and not queue_signs.queue_place(pod)


def _limit(kind: WaitKind, timeouts: Timeouts) -> float:
    match kind:
        case WaitKind.QUEUE:
            return timeouts.queue_after
        case WaitKind.NODE:
            return timeouts.unschedulable_after
        case WaitKind.IMAGE:
            return timeouts.image_after
        case WaitKind.START | WaitKind.BINDING:
            return timeouts.mount_after
    return timeouts.config_after


def _what(pod: Raw) -> tuple[WaitKind, str] | None:
    if not node(pod):
        return _for_a_node(pod)
    if has_begun(main_container.status_of(pod)):
        return None  # another container may still wait, but the trial does not wait for it
    for container in containers(pod):
        waiting = part(part(container, "state"), "waiting")
        reason = text(waiting, "reason")
        if reason in _REASONS:
            return _REASONS[reason], _with_image(
                _REASONS[reason], container, line(waiting, "message") or reason
            )
    # While one of its containers runs (it may fetch data first), the others wait for that.
    return None if any(in_state(one, "running") for one in containers(pod)) else (WaitKind.START, "")


def _with_image(kind: WaitKind, container: Raw, message: str) -> str:
    about_image = kind in (WaitKind.IMAGE, WaitKind.IMAGE_NAME, WaitKind.ABSENT_IMAGE)
    return f"image {text(container, 'image')}: {message}" if about_image else message


def _for_a_node(pod: Raw) -> tuple[WaitKind, str]:
    message = line(condition(pod, "PodScheduled"), "message")
    if _NO_CLAIM.search(message):
        return WaitKind.CLAIM, message
    if _UNBOUND in message:
        return WaitKind.BINDING, message
    if queue_signs.queue_place(pod):
        return WaitKind.QUEUE, queue_signs.why_waiting(pod)
    scheduler = text(part(pod, "spec"), "schedulerName") or "the scheduler"
    return WaitKind.NODE, message or f"{scheduler} has not answered yet"


def _never_started(pod: Raw, message: str) -> tuple[Cause, str] | None:
    """Return the cause and message for a pod that its node does not start; None to keep waiting.

    A volume that cannot be mounted is fatal for the sweep; a node that cannot start a pod is not. Pulling a
    large image has no timeout. If the events cannot be read, the pod may be pulling one, so it keeps waiting.
    """
    if message.startswith(("Pulling image", UNREADABLE)):
        return None
    if _VOLUME.search(message):
        return Cause.BAD_SPEC, message
    return Cause.REJECTED, f"node {node(pod)} does not start it" + (f": {message}" if message else "")


def _images(pod: Raw) -> list[str]:
    return [text(one, "image") for one in parts(part(pod, "spec"), "containers")]


def _rank(event: Raw) -> tuple[bool, str]:
    when = text(part(event, "series"), "lastObservedTime") or text(event, "lastTimestamp")
    return not _SUMMARY.search(text(event, "message")), when or text(event, "eventTime")
