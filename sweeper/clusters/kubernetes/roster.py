"""The attempts that this controller follows, matched with the pods that the server shows. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes.mirror import Mirror
from sweeper.clusters.kubernetes.ownership import Known, Ownership
from sweeper.clusters.kubernetes.pods.elsewhere import Elsewhere
from sweeper.clusters.kubernetes.pods.identity import attempt_of, name_of
from sweeper.clusters.kubernetes.pods.waiting import Patience, is_unschedulable
from sweeper.clusters.kubernetes.quotas.claims import ClaimCosts
from sweeper.clusters.kubernetes.quotas.quota import Amounts, charge
from sweeper.clusters.kubernetes.quotas.throttle import Ledger
from sweeper.clusters.kubernetes.raw import TERMINAL, Json, node, phase
from sweeper.clusters.kubernetes.reports import Changed, Listed, Silent
from sweeper.clusters.kubernetes.tracked import Tracked
from sweeper.core.model import Attempt, Cause, Phase, Sighting


class Roster:
    """`asked` are the attempts whose pods are being asked for: a watch may be faster than the answer.

    What an attempt's pod costs is counted until the pod is over, also after the attempt was dropped: a
    second container may run on. `taken` are the names that our attempts could not have, as pods of others
    have them. `foreign` are the names of pods that have our labels and were not made by this sweep, as of
    the last look for strays. `homeless`: the last that was heard of our pods' nodes is that there is none
    for them.
    """

    def __init__(
        self, mirror: Mirror, ledger: Ledger, patience: Patience, avoid_after: int, ownership: Ownership
    ) -> None:
        self.asked: set[Attempt] = set()
        self.taken: list[str] = []
        self.foreign: list[str] = []
        self.homeless = False
        self.ownership = ownership
        self.claims: ClaimCosts = {}
        self._mirror, self._ledger = mirror, ledger
        self._patience, self._avoid_after = patience, avoid_after
        self._tracked: dict[Attempt, Tracked] = {}
        self._by_uid: dict[str, Attempt] = {}
        self._leaving: dict[str, Amounts] = {}
        self._rejections: Counter[str] = Counter()
        self._elsewhere = Elsewhere()

    def __getitem__(self, attempt: Attempt) -> Tracked:
        return self._tracked[attempt]

    def __iter__(self) -> Iterator[Tracked]:
        return iter(self._tracked.values())

    def follows(self, tracked: Tracked) -> bool:
        """Is it still one of those that are followed?"""
        return self._tracked.get(tracked.order.attempt) is tracked

    @property
    def avoided(self) -> list[str]:
        """The nodes that rejected pods again and again, or could not make their containers."""
        again = {node for node, count in self._rejections.items() if count >= self._avoid_after}
        return sorted(again | self._elsewhere.avoided)

    @property
    def names(self) -> Mapping[Attempt, str]:
        """What the pods are called that the server shows."""
        return {attempt: one.name for attempt, one in self._tracked.items() if self.has_pod(one)}

    def follow(self, order: Order, wish: Json, now: float, counted: Json | None = None) -> None:
        """An attempt for which `wish` is to be created; `counted` is what the server will make of it."""
        hoped = charge(counted or wish, self.claims)
        self._tracked[order.attempt] = Tracked(order, now, wish, hoped, claims=self.claims)

    def adopt(self, order: Order, uid: str, now: float, age: float, lived: float | None = None) -> bool:
        """An attempt of an earlier controller, whose pod may be there or gone; False if it is another's.

        The ages are as in observe.
        """
        if uid in self._mirror.pods and self.ownership.is_foreign(self._mirror.pods[uid], order.attempt):
            return False
        tracked = self._tracked[order.attempt] = Tracked(order, now, {}, claims=self.claims)
        self._by_uid[uid] = order.attempt
        pod = self._mirror.pods.get(uid)
        gone = pod is None
        tracked.look(pod or {"metadata": {"uid": uid}}, now, gone=gone, missed=gone, age=age, lived=lived)
        return True

    def stood_still(self, seconds: float) -> None:
        """For so long nobody looked: what is waited for is given so much longer."""
        self._mirror.stood_still(seconds)
        for tracked in self:
            tracked.stood_still(seconds)

    def drop(self, attempt: Attempt) -> Tracked:
        """Follow it no more."""
        tracked = self._tracked.pop(attempt)
        self.asked.discard(attempt)
        self._by_uid.pop(tracked.uid, None)
        if tracked.seen and not tracked.seen.released and self.has_pod(tracked):
            self._leaving[tracked.uid] = tracked.holds
        self.ownership.drop(attempt, tracked.uid, tracked.pod)
        return tracked

    def find(self, attempt: Attempt, wish: Json) -> Json | None:
        """The pod that an earlier controller asked for without hearing of it, if the server shows one."""
        pods = self._mirror.pods.values()
        return next((pod for pod in pods if self.ownership.is_intended(pod, attempt, wish)), None)

    def by_uid(self, uid: str) -> Tracked | None:
        """Whose pod this is."""
        attempt = self._by_uid.get(uid)
        return None if attempt is None else self._tracked[attempt]

    def has_pod(self, tracked: Tracked) -> bool:
        """Does the server still show it?"""
        return tracked.uid in self._mirror.pods

    def fold(self, report: Listed | Changed | Silent, now: float) -> list[str]:
        """Take in what a watch reports; the UIDs of the pods that are gone."""
        gone = []
        for pod, is_gone in self._mirror.fold(report, now):
            self._look(pod, now, gone=is_gone, missed=is_gone and isinstance(report, Listed))
            if is_gone:
                gone.append(pod["metadata"]["uid"])
        return gone

    def created(self, tracked: Tracked, pod: Json, now: float) -> None:
        """The server's answer to our own request."""
        if not tracked.uid:  # else a watch was faster
            self._by_uid[pod["metadata"]["uid"]] = tracked.order.attempt
            self._mirror.write(pod, now)
            tracked.look(pod, now, gone=False)

    def strays(self) -> list[Json]:
        """The pods of ours that are no attempt that counts: left by a crash, or landed late."""
        ours, self.foreign = [], []
        for uid, pod in self._mirror.pods.items():
            if uid in self._by_uid:
                continue
            if self.ownership.is_leftover(pod, self._known):
                ours.append(pod)
            else:
                self.foreign.append(name_of(pod))
        return ours

    @property
    def unseen(self) -> list[Tracked]:
        """Those whose pods are being asked for and have not been seen."""
        asked = (self._tracked[attempt] for attempt in self.asked)
        return [one for one in asked if not one.seen]

    def charges(self) -> list[Amounts]:
        """What a quota counts for each of our pods that lives or is being asked for."""
        found = [one.holds for one in self] + [one.hoped for one in self.unseen]
        found += self._leaving.values()
        return [amounts for amounts in found if amounts]

    def sightings(self, now: float) -> Mapping[Attempt, Sighting]:
        """What the engine sees."""
        return {attempt: self._sighting(tracked, now) for attempt, tracked in self._tracked.items()}

    def _look(self, pod: Json, now: float, *, gone: bool, missed: bool) -> None:
        uid = pod["metadata"]["uid"]
        if (gone or phase(pod) in TERMINAL) and uid in self._leaving:
            self._ledger.released(self._leaving.pop(uid), now)
        tracked = self.by_uid(uid) or self._asked_for(pod)
        if tracked:
            self._by_uid[uid] = tracked.order.attempt
            found = node(pod) and not node(tracked.pod)
            self.homeless = not found and (self.homeless or is_unschedulable(pod))
            before, ran = tracked.holds, tracked.seen and tracked.seen.began
            tracked.look(pod, now, gone=gone, missed=missed)
            if tracked.seen and tracked.seen.began and not ran:
                self._elsewhere.began(node(pod))
            if less := _less(before, tracked.holds):
                self._ledger.released(less, now)

    def _asked_for(self, pod: Json) -> Tracked | None:
        """The attempt for which this very pod is being asked for: a watch may be faster than the answer."""
        attempt = attempt_of(pod)
        if attempt is None or attempt not in self.asked or self._tracked[attempt].uid:
            return None
        return self._tracked[attempt] if self.ownership.is_asked_for(pod, attempt) else None

    def _known(self, attempt: Attempt) -> Known | None:
        tracked = self._tracked.get(attempt)
        return Known.of(tracked.uid, tracked.pod) if tracked else None

    def _sighting(self, tracked: Tracked, now: float) -> Sighting:
        found = tracked.sighting(now, self._patience)
        if tracked.seen:
            waiting = tracked.seen.waiting
            found = self._elsewhere.judge(found, tracked.pod, waiting, now, self._patience)
        if found.phase is Phase.ENDED and found.cause is Cause.REJECTED and not tracked.counted:
            tracked.counted = True
            self._rejections[found.node] += 1
        if found.cause is Cause.UNSCHEDULABLE:
            self._rejections.clear()  # it may be for want of the very nodes that are avoided
        return found


def _less(before: Amounts, after: Amounts) -> Amounts:
    """By how much each resource has shrunk, where it has."""
    steps = {resource: held - after.get(resource, 0) for resource, held in before.items()}
    return {resource: step for resource, step in steps.items() if step > 0}
