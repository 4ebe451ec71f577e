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
    """What the server made of a pod that it was asked for: the next one is counted in the same way."""

    asked: Json
    got: Json


class WasFull(NamedTuple):
    """A quota that had no capacity for one more pod, and when."""

    message: str = ""
    at: float = -math.inf


class Tracker:
    """One controller's view of one sweep. `ordinary` is a pod of the sweep as it is asked for.

    Attributes:
        records: one for each attempt that is followed, and for those whose create is not answered yet.
        by_uid: whose pod it is, of those that are followed.
        leaving: what the pods of dropped attempts cost until they are over: a second container may run on.
        deletions: by UID, the pods that are to go. kept: the pods that stay for people to look at.
        taken: the names that our attempts could not have, as pods of others have them.
        unschedulable: the last that was heard of our pods' nodes is that there is none for them.
        blocked_since: since when creates wait for capacity while none is under way; infinite if none does.
        doubtful_until: until then a request that nobody heard of may still make a pod.
        trouble: why no pod of this sweep will ever be created. delay: why a create takes longer.
        typical: an ordinary pod as the server will make it, as far as that is known.
        in_queue: the cluster puts our pods into a queue. owed_until: until then a first GPU is owed to us.
        around: who held GPUs at the last look, around_at; queues_at: when queues were asked last.
        sightings: what the engine sees. log: records of what was asked for and answered, to be written.
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
        """Those that are followed."""
        return (one for one in self.records.values() if not one.dropped)

    def of(self, uid: str) -> TrackedPod | None:
        """Whose pod this is."""
        attempt = self.by_uid.get(uid)
        return None if attempt is None else self.records[attempt]

    def has_pod(self, record: TrackedPod) -> bool:
        """Does the server still show it?"""
        return record.uid in self.cache.pods

    def log_action(self, did: str, record: TrackedPod, **facts: Any) -> None:
        """Put it on record; the backend writes it down."""
        self.log.append({"did": did, "pod": record.name, **facts})

    @property
    def sent(self) -> list[TrackedPod]:
        """Those whose creates are under way."""
        return [one for one in self.records.values() if one.stage is Stage.SENT]

    @property
    def due(self) -> list[TrackedPod]:
        """Those whose creates are to be sent once there is capacity."""
        return [one for one in self.records.values() if one.stage is Stage.DUE]

    @property
    def unseen(self) -> list[TrackedPod]:
        """Those whose pods are being asked for and have not been seen."""
        return [one for one in self.sent if not (one.seen or one.dropped)]

    def charges(self) -> list[Amounts]:
        """What a quota counts for each of our pods that lives or is being asked for."""
        found = [one.holds for one in self] + [one.hoped for one in self.unseen]
        found += self.leaving.values()
        return [amounts for amounts in found if amounts]

    def counted(self, pod: Json) -> Json:
        """The pod that the server will make of this one, as far as it is known."""
        return admitted(pod, *self.example)

    def expect(self, record: TrackedPod) -> None:
        """Count the pod that is asked for as the server will make it."""
        record.expected = self.counted(record.manifest)
        record.hoped = charge(record.expected, record.claims)

    @property
    def avoided(self) -> list[str]:
        """The nodes that rejected pods again and again, or could not make their containers."""
        most = self.settings.avoid_after
        again = {node for node, count in self.rejections.items() if count >= most}
        return sorted(again | self.elsewhere.avoided)

    @property
    def names(self) -> Mapping[Attempt, str]:
        """What the pods are called that the server shows."""
        return {one.attempt: one.name for one in self if self.has_pod(one)}

    def find(self, attempt: Attempt, manifest: Json) -> Json | None:
        """The pod that an earlier controller asked for without hearing of it, if the server shows one."""
        pods = self.cache.pods.values()
        return next((pod for pod in pods if self.ownership.is_intended(pod, attempt, manifest)), None)

    def is_foreign(self, attempt: Attempt, uid: str) -> bool:
        """Is it certain that the pod of this UID was not made for the attempt that its labels name?"""
        pod = self.cache.pods.get(uid)
        return pod is not None and self.ownership.is_foreign(pod, attempt)

    def asked_for(self, pod: Json) -> TrackedPod | None:
        """The attempt for which this very pod is being asked for: a watch may be faster than the answer."""
        attempt = attempt_of(pod)
        record = None if attempt is None else self.records.get(attempt)
        if record is None or record.stage is not Stage.SENT or record.uid or record.dropped:
            return None
        return record if self.ownership.is_asked_for(pod, record.attempt) else None

    def strays(self) -> list[Json]:
        """The pods of ours that are no attempt that counts: left by a crash, or landed late."""
        return [pod for pod in self._unfollowed() if self.ownership.is_leftover(pod, self.known)]

    def foreign(self) -> list[str]:
        """The names of pods that have our labels and were not made by this sweep."""
        return [name_of(pod) for pod in self._unfollowed() if not self.ownership.is_leftover(pod, self.known)]

    def known(self, attempt: Attempt) -> Known | None:
        """What is known of the pod of an attempt that is followed."""
        record = self.records.get(attempt)
        return Known.of(record.uid, record.pod) if record and not record.dropped else None

    def nothing_can_come(self, now: float) -> bool:
        """Can no request any more make a pod?"""
        return not self.sent and now >= self.doubtful_until

    def is_idle(self, now: float) -> bool:
        """Can nothing of the sweep turn up any more, and is everything gone that is worth waiting for?"""
        return self.nothing_can_come(now) and not any(
            one.is_waited_for(now) for one in self.deletions.values()
        )

    @property
    def is_silent(self) -> bool:
        """Is it not known what has become of the pods lately?"""
        return bool(self.cache.silent.get(PODS))

    def _unfollowed(self) -> Iterator[Json]:
        """Those of no attempt, but for those of ours that are to go, or stay for people, already."""
        settled = (self.by_uid, self.deletions, self.kept)
        return (pod for uid, pod in self.cache.pods.items() if not any(uid in one for one in settled))
