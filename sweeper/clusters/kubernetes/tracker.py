"""The pod tracker: all that is known of a sweep's attempts and their pods; fold.py changes it. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sweeper.clusters.kubernetes.backoffs import CreateBackoff, Interest
from sweeper.clusters.kubernetes.cache import PODS, Cache
from sweeper.clusters.kubernetes.deletion import Deletion
from sweeper.clusters.kubernetes.ownership import Known, Ownership
from sweeper.clusters.kubernetes.pods.elsewhere import OtherNodes
from sweeper.clusters.kubernetes.pods.identity import attempt_of, name_of
from sweeper.clusters.kubernetes.pods.waiting import Timeouts
from sweeper.clusters.kubernetes.queue_kinds import chosen
from sweeper.clusters.kubernetes.quotas.admitted import admitted
from sweeper.clusters.kubernetes.quotas.claims import ClaimCosts
from sweeper.clusters.kubernetes.quotas.pending import PendingCharges
from sweeper.clusters.kubernetes.quotas.quota import Amounts, charge
from sweeper.clusters.kubernetes.quotas.reserve import Holder
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.kubernetes.tracked_pod import Stage, TrackedPod
from sweeper.clusters.kubernetes.wakeup import Wakeup
from sweeper.core.model import Attempt, Sighting


class Example(NamedTuple):
    """A requested pod and what the server made of it; the next pod is counted in the same way."""

    asked: Json
    got: Json


class WasFull(NamedTuple):
    """A quota that had no capacity for one more pod, and when."""

    message: str = ""
    at: float = -math.inf


class Tracker:
    """One controller's view of one sweep. `ordinary` is the manifest of a typical pod of the sweep.

    Attributes:
        records: one tracked pod for each attempt that is followed or whose create is not answered yet.
        by_uid: the attempt of each followed pod, by the pod's UID.
        leaving: the quota charges of pods of dropped attempts, by UID, until those pods have ended: a second
            container may still run.
        deletions: the pods to delete, by UID.
        kept: the UIDs of the pods that are kept so that people can inspect them.
        taken: the pod names that our attempts could not use because other people's pods have them.
        unschedulable: whether the latest report on our pods says that no node fits.
        blocked_since: when creates began to wait for capacity with none under way; infinite if none waits.
        doubtful_until: until this time a request whose answer was not received may still create a pod.
        trouble: why no pod of this sweep can be created; empty if pods can be created.
        delay: why a create takes longer than usual; empty if none does.
        typical: a typical pod as the server will create it, as far as that is known.
        in_queue: whether the cluster puts our pods into a queue.
        owed_until: until this time we may take a first GPU from the reserve.
        around: the members that held GPUs when the namespace was last listed.
        around_at: when that listing was requested.
        queues_at: when the queues were last asked.
        sightings: what the engine is shown of each attempt.
        log: records of requests and answers that the backend has yet to write.
    """

    def __init__(self, settings: KubernetesSettings, sweep_id: str, ordinary: Json) -> None:
        self.settings = settings
        self.sweep_id = sweep_id
        self.timeouts = Timeouts.of(settings)
        self.pending_charges = PendingCharges()
        self.cache = Cache(self.pending_charges)
        self.ownership = Ownership(sweep_id)
        self.records: dict[Attempt, TrackedPod] = {}
        self.by_uid: dict[str, Attempt] = {}
        self.leaving: dict[str, Amounts] = {}
        self.deletions: dict[str, Deletion] = {}
        self.kept: set[str] = set()
        self.taken: list[str] = []
        self.unschedulable = False
        self.rejections: Counter[str] = Counter()
        self.elsewhere = OtherNodes()
        self.backoff = CreateBackoff()
        self.blocked_since = math.inf
        self.doubtful_until = -math.inf
        self.trouble = self.delay = ""
        self.claims: ClaimCosts = {}
        self.ordinary = self.typical = ordinary
        self.example = Example(ordinary, ordinary)
        self.in_queue = chosen(settings) is not None
        self.owed_until = 0.0
        self.interest = Interest()
        self.was_full = WasFull()
        self.around: Sequence[Holder] = ()
        self.around_at = self.queues_at = -math.inf
        self.wakeup = Wakeup()
        self.sightings: dict[Attempt, Sighting] = {}
        self.log: list[Mapping[str, Any]] = []

    def __getitem__(self, attempt: Attempt) -> TrackedPod:
        return self.records[attempt]

    def __iter__(self) -> Iterator[TrackedPod]:
        """Iterate over the tracked pods of the attempts that are followed."""
        return (one for one in self.records.values() if not one.dropped)

    def of(self, uid: str) -> TrackedPod | None:
        """Return the tracked pod with this UID; None if no followed attempt has it."""
        attempt = self.by_uid.get(uid)
        return None if attempt is None else self.records[attempt]

    def has_pod(self, record: TrackedPod) -> bool:
        """Return True if the server still shows the pod of this record."""
        return record.uid in self.cache.pods

    def log_action(self, did: str, record: TrackedPod, **facts: Any) -> None:
        """Append a record of an action to the log, which the backend writes."""
        self.log.append({"did": did, "pod": record.name, **facts})

    @property
    def sent(self) -> list[TrackedPod]:
        """The tracked pods whose creates are under way."""
        return [one for one in self.records.values() if one.stage is Stage.SENT]

    @property
    def due(self) -> list[TrackedPod]:
        """The tracked pods whose creates are to be sent when there is capacity."""
        return [one for one in self.records.values() if one.stage is Stage.DUE]

    @property
    def unseen(self) -> list[TrackedPod]:
        """The tracked pods whose create is under way and that no watch or answer has shown yet."""
        return [one for one in self.sent if not (one.seen or one.dropped)]

    def charges(self) -> list[Amounts]:
        """Return what a quota counts for each of our pods that exists or has been requested."""
        found = [one.holds for one in self] + [one.hoped for one in self.unseen]
        found += self.leaving.values()
        return [amounts for amounts in found if amounts]

    def counted(self, pod: Json) -> Json:
        """Return the pod as the server will create it from this manifest, as far as that is known."""
        return admitted(pod, *self.example)

    def expect(self, record: TrackedPod) -> None:
        """Set the pod that the server is expected to create for this record, and its quota charge."""
        record.expected = self.counted(record.manifest)
        record.hoped = charge(record.expected, record.claims)

    @property
    def avoided(self) -> list[str]:
        """The nodes that rejected pods repeatedly, or could not create their containers."""
        most = self.settings.avoid_after
        again = {node for node, count in self.rejections.items() if count >= most}
        return sorted(again | self.elsewhere.avoided)

    @property
    def names(self) -> Mapping[Attempt, str]:
        """The pod name of each followed attempt whose pod the server shows."""
        return {one.attempt: one.name for one in self if self.has_pod(one)}

    def find(self, attempt: Attempt, manifest: Json) -> Json | None:
        """Return the pod that an earlier controller requested without receiving an answer, or None."""
        pods = self.cache.pods.values()
        return next((pod for pod in pods if self.ownership.is_intended(pod, attempt, manifest)), None)

    def is_foreign(self, attempt: Attempt, uid: str) -> bool:
        """Return True if the pod with this UID was certainly not created for this attempt."""
        pod = self.cache.pods.get(uid)
        return pod is not None and self.ownership.is_foreign(pod, attempt)

    def asked_for(self, pod: Json) -> TrackedPod | None:
        """Return the record whose unanswered create made this pod: a watch may report it first."""
        attempt = attempt_of(pod)
        record = None if attempt is None else self.records.get(attempt)
        if record is None or record.stage is not Stage.SENT or record.uid or record.dropped:
            return None
        return record if self.ownership.is_asked_for(pod, record.attempt) else None

    def strays(self) -> list[Json]:
        """Return our pods that belong to no followed attempt: left by a crash, or created late."""
        return [pod for pod in self._unfollowed() if self.ownership.is_leftover(pod, self.known)]

    def foreign(self) -> list[str]:
        """Return the names of pods that have this sweep's labels but were not created by it."""
        return [name_of(pod) for pod in self._unfollowed() if not self.ownership.is_leftover(pod, self.known)]

    def known(self, attempt: Attempt) -> Known | None:
        """Return the identity of a followed attempt's pod; None if the attempt is not followed."""
        record = self.records.get(attempt)
        return Known.of(record.uid, record.pod) if record and not record.dropped else None

    def nothing_can_come(self, now: float) -> bool:
        """Return True if no request that was sent can still create a pod."""
        return not self.sent and now >= self.doubtful_until

    def is_idle(self, now: float) -> bool:
        """Return True if no request can still create a pod, and no deletion is worth waiting for."""
        return self.nothing_can_come(now) and not any(
            one.is_waited_for(now) for one in self.deletions.values()
        )

    @property
    def is_silent(self) -> bool:
        """Whether the server currently reports nothing about pods, so that their state may be outdated."""
        return bool(self.cache.silent.get(PODS))

    def _unfollowed(self) -> Iterator[Json]:
        """Yield the pods that belong to no followed attempt, and are neither being deleted nor kept."""
        settled = (self.by_uid, self.deletions, self.kept)
        return (pod for uid, pod in self.cache.pods.items() if not any(uid in one for one in settled))
