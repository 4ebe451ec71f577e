"""One attempt as the backend follows it, from the order of its pod to its end. Pure."""

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
    """Where the create of an attempt's pod stands."""

    DUE = "it is to be sent, for the first time or again, once there is room"
    SENT = "its answer is awaited"
    SETTLED = "nothing is asked for: there is a pod, or it was refused or never asked for by us"


@dataclass(slots=True)
class TrackedPod:
    """`manifest` is the pod that was asked for, `pod` the one that came to be. Times are on the boot clock.

    `expected` is the pod that the server will make, as far as we know before it has, and `hoped` what a quota
    will count for that; `holds` is what it counts for `pod`.
    `refused` says why there will be no pod; `unwanted` that it is to end; `dropped` that its end was
    recorded while the answer to its create is still awaited.
    `message` is the last event's, for a pod that does not start, and `events_at` is when events were asked
    for; `counted` that its rejection was held against the node; `returned` why its pod is given back to
    others, if it does not run yet; `inquiry` is the question who deleted its pod, if it was not we.

    Of a create that is under way: `heard` is how many refusals had been heard of when it was sent,
    `is_delayed` that it has to be tried again, and `is_shown` and `is_given_up` that it knows this.
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
        """Has it a pod that does not run yet and is to stay? One in a queue would lose its place there."""
        waits = (
            self.seen is not None and phase(self.pod) == "Pending" and not queue_signs.queue_place(self.pod)
        )
        return waits and not (self.unwanted or self.returned)

    @property
    def was_deleted(self) -> bool:
        """Has its deletion been seen?"""
        return self.seen is not None and (self.seen.deleting is not None or self.ended_by_deletion)

    @property
    def ended_by_deletion(self) -> bool:
        """Has its pod ended, for all that it shows by its deletion alone?"""
        why = self.seen.end.why if self.seen and self.seen.end else None
        return why is not None and why.interrupted and why.cause is None

    @property
    def name(self) -> str:
        """The pod's."""
        name: str = (self.manifest or self.pod)["metadata"]["name"]
        return name

    @property
    def runs(self) -> bool:
        """A node has it, and it has not ended."""
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
        """Take in what the server shows; see sightings.observe."""
        self.uid = pod["metadata"]["uid"]
        before, self.pod = self.pod, pod
        self.seen = observe(pod, self.seen, now, gone=gone, missed=missed, age=age, lived=lived)
        # One that waits to be forgotten takes no capacity, unless another container of its pod runs on.
        over = self.seen.released and self.seen.end is not None and self.seen.end.stopped is not None
        if gone or over:
            self.holds = {}
        elif not (self.holds and charged_for(pod) == charged_for(before)):
            self.holds = charge(pod, self.claims)

    def stood_still(self, seconds: float) -> None:
        """For so long nobody looked: it cannot have waited in vain, and no answer was heard."""
        if self.seen and self.seen.waiting:
            self.seen = replace(self.seen, waiting=self.seen.waiting.later(seconds))
        if self.inquiry and self.inquiry.until is not None:
            self.inquiry.until += seconds

    def sighting(self, now: float, timeouts: Timeouts) -> Sighting:
        """What the engine sees."""
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
        """The end of a pod that somebody deleted; not yet an end while it is not known who."""
        assert self.seen
        if inquiry.is_open(now):
            phase = Phase.RUNNING if self.seen.ran else Phase.PENDING
            return replace(found, phase=phase, since=self.seen.since, message="")
        verdict = inquiry.verdict
        return replace(found, message=verdict.message, preempted=verdict.preempted) if verdict else found
