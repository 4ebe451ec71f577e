"""The state of one attempt in the backend, from the order of its pod to its end. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.deleted import Inquiry
from sweeper.clusters.kubernetes.pods.sightings import Seen, observe, sighting
from sweeper.clusters.kubernetes.pods.waiting import Timeouts
from sweeper.clusters.kubernetes.quotas.claims import ClaimCosts
from sweeper.clusters.kubernetes.quotas.quota import Amounts, charge, charged_for
from sweeper.clusters.kubernetes.raw import Json, node, phase
from sweeper.core.model import Attempt, Cause, Phase, Sighting


class Stage(Enum):
    """The state of the create of an attempt's pod."""

    DUE = "it is to be sent, for the first time or again, once there is room"
    SENT = "its answer is awaited"
    SETTLED = "nothing is asked for: there is a pod, or it was refused or never asked for by us"


@dataclass(slots=True)
class TrackedPod:
    """One attempt and its pod. Times are on the boot clock.

    Attributes:
        order: the engine's order for the attempt's pod.
        asked_at: when the pod was ordered, or when the attempt was adopted.
        manifest: the pod that was requested.
        expected: the pod that the server is expected to create from it.
        hoped: what a quota will count for `expected`.
        stage: the state of the create.
        pod: the pod that was created, as last reported.
        uid: its UID.
        seen: what has been observed of the pod; None before the first report.
        holds: what a quota counts for `pod`.
        refused: why there will be no pod.
        unwanted: whether the attempt must end.
        dropped: whether the attempt was dropped while the answer to its create is still awaited.
        message: the message of the last event, for a pod that does not start.
        events_at: when the pod's events were last requested.
        counted: whether the pod's rejection has been counted against its node.
        returned: why the pod is given back to other members, if it does not run yet.
        inquiry: the inquiry who deleted the pod, if it was not this controller.
        claims: what ResourceClaims cost.
        heard: how many refusals had counted when the create was sent.
        is_delayed: whether the create that is under way has to be tried again.
        is_shown: whether that create was given the pod that a watch reported.
        is_given_up: whether that create was asked to give up.
    """

    order: Order
    asked_at: float
    manifest: Json
    expected: Json = field(default_factory=dict)
    hoped: Amounts = field(default_factory=dict)
    stage: Stage = Stage.SETTLED
    pod: Json = field(default_factory=dict)
    uid: str = ""
    seen: Seen | None = None
    holds: Amounts = field(default_factory=dict)
    refused: str = ""
    unwanted: bool = False
    dropped: bool = False
    message: str = ""
    events_at: float = -math.inf
    counted: bool = False
    returned: str = ""
    inquiry: Inquiry | None = None
    claims: ClaimCosts = field(default_factory=dict)
    heard: int = 0
    is_delayed: bool = False
    is_shown: bool = False
    is_given_up: bool = False

    @property
    def attempt(self) -> Attempt:
        return self.order.attempt

    @property
    def can_be_returned(self) -> bool:
        """Whether its pod is pending, wanted and not in a queue, where it would lose its place."""
        waits = (
            self.seen is not None and phase(self.pod) == "Pending" and not queue_signs.queue_place(self.pod)
        )
        return waits and not (self.unwanted or self.returned)

    @property
    def was_deleted(self) -> bool:
        """Whether the pod shows that it was deleted."""
        return self.seen is not None and (self.seen.deleting is not None or self.ended_by_deletion)

    @property
    def ended_by_deletion(self) -> bool:
        """Whether its pod has ended and shows no other cause than its deletion."""
        why = self.seen.end.why if self.seen and self.seen.end else None
        return why is not None and why.interrupted and why.cause is None

    @property
    def name(self) -> str:
        """The pod's name."""
        name: str = (self.manifest or self.pod)["metadata"]["name"]
        return name

    @property
    def runs(self) -> bool:
        """Whether the pod has a node and has not ended."""
        return self.seen is not None and self.seen.end is None and bool(node(self.pod))

    def look(
        self,
        pod: Json,
        now: float,
        *,
        gone: bool,
        missed: bool = False,
        age: float = 0.0,
        lived: float | None = 0.0,
    ) -> None:
        """Update the record from the pod that the server shows; for the arguments see sightings.observe."""
        self.uid = pod["metadata"]["uid"]
        before, self.pod = self.pod, pod
        self.seen = observe(pod, self.seen, now, gone=gone, missed=missed, age=age, lived=lived)
        # An ended pod that was not removed yet takes no capacity, unless another of its containers runs.
        over = self.seen.released and self.seen.end is not None and self.seen.end.stopped is not None
        if gone or over:
            self.holds = {}
        elif not (self.holds and charged_for(pod) == charged_for(before)):
            self.holds = charge(pod, self.claims)

    def stood_still(self, seconds: float) -> None:
        """Exclude `seconds`, in which this process did not run, from the waiting and inquiry times."""
        if self.seen and self.seen.waiting:
            self.seen = replace(self.seen, waiting=self.seen.waiting.later(seconds))
        if self.inquiry and self.inquiry.until is not None:
            self.inquiry.until += seconds

    def sighting(self, now: float, timeouts: Timeouts) -> Sighting:
        """Return the attempt's sighting for the engine."""
        attempt = self.attempt
        if self.refused:
            return Sighting(attempt, Phase.REFUSED, "", self.asked_at, message=self.refused)
        if self.seen is None:
            return Sighting(attempt, Phase.PENDING, "", self.asked_at)
        found = sighting(attempt, self.pod, self.seen, now, timeouts, event_message=self.message)
        if self.returned and found.phase is Phase.PENDING:
            return replace(found, cause=Cause.RETURNED, message=self.returned)
        if self.inquiry and found.phase is Phase.ENDED and self.ended_by_deletion:
            return self._judged(found, self.inquiry, now)
        return found

    def _judged(self, found: Sighting, inquiry: Inquiry, now: float) -> Sighting:
        """Return the sighting of a pod that others deleted; it has not ended while the inquiry is open."""
        assert self.seen
        if inquiry.is_open(now):
            phase = Phase.RUNNING if self.seen.ran else Phase.PENDING
            return replace(found, phase=phase, since=self.seen.since, message="")
        verdict = inquiry.verdict
        return replace(found, message=verdict.message, preempted=verdict.preempted) if verdict else found
