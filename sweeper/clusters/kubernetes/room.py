"""The pod that an attempt needs, and for how many more like it the namespace shows room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes.mirror import QUOTAS, Mirror
from sweeper.clusters.kubernetes.pods import manifest, queues
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.queues import Place
from sweeper.clusters.kubernetes.pods.waiting import waits_for
from sweeper.clusters.kubernetes.queue_kinds import chosen
from sweeper.clusters.kubernetes.quotas.admitted import admitted
from sweeper.clusters.kubernetes.quotas.quota import Quota
from sweeper.clusters.kubernetes.quotas.reserve import is_taken
from sweeper.clusters.kubernetes.quotas.throttle import Headroom, Ledger, Manners, headroom
from sweeper.clusters.kubernetes.raw import Json, node, phase
from sweeper.clusters.kubernetes.refusals import BELIEVED_AFTER, Answer
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt

UNKNOWN_QUOTA = 8
"""How many pods at most if neither a quota nor a setting nor a queue limits them."""

FIRST = "a first GPU"


class Room:
    """Follows what the watches bring. Remembered is that the cluster puts our pods into a queue.

    `wish` is an ordinary pod as it is asked for, `example` as the server will make it. `owed_until`: so
    long (boot clock) a first GPU of our member's is known to be owed to us.
    """

    def __init__(
        self,
        settings: KubernetesSettings,
        sweep: SweepLabel,
        in_pod: Callable[[str], str],
        memory_factor: float,
        mirror: Mirror,
        ledger: Ledger,
        roster: Roster,
    ) -> None:
        self._settings, self._sweep = settings, sweep
        self._in_pod, self._memory_factor = in_pod, memory_factor
        self._mirror, self._ledger, self._roster = mirror, ledger, roster
        self.wish = manifest.pod(settings, sweep, Attempt(0, 1), "shim", "trial")
        self.learn(self.wish, self.wish)
        self._in_queue = chosen(settings) is not None
        self._manners = _both_manners(settings)
        self.owed_until = 0.0

    def adjust(self, settings: KubernetesSettings, memory_factor: float) -> None:
        """Let the limits in these settings hold from now on; everything else stays."""
        limits = {key: getattr(settings, key) for key in ("max_parallel", "max_gpus", "reserve")}
        self._settings = replace(self._settings, **limits)
        self._memory_factor = memory_factor
        self._manners = _both_manners(self._settings)

    def pod(self, order: Order) -> Json:
        """The manifest of an attempt's pod."""
        return manifest.pod(
            self._settings,
            self._sweep,
            order.attempt,
            self._in_pod(order.shim),
            self._in_pod(order.trial_dir),
            ooms=order.ooms,
            memory_factor=self._memory_factor,
            avoid=self._roster.avoided,
        )

    def learn(self, asked: Json, got: Json) -> None:
        """What the server makes of a pod: the next one is counted in the same way."""
        self._asked, self._got = asked, got
        self.example = self.counted(self.wish)

    def counted(self, wish: Json) -> Json:
        """The pod that the server will make of this one, as far as it is known."""
        return admitted(wish, self._asked, self._got)

    @property
    def manners(self) -> Manners:
        """How much of the namespace the sweep may take."""
        return replace(self._manners[self._mirror.denied is not None], claims=self._roster.claims)

    @property
    def quotas(self) -> list[Quota]:
        """Those of the namespace, as they were last seen."""
        return list(self._mirror.quotas.values())

    @property
    def sweep_id(self) -> str:
        return self._sweep.id

    def interest(self, now: float) -> frozenset[str]:
        """For what it matters now which pods there are in the namespace: for pods of ours, or a first one."""
        if not self.manners.reserve:
            return frozenset()
        waiting = frozenset(one.uid for one in self._roster if one.can_be_returned)
        if waiting and self._may_be_taken(now):
            return waiting
        if self.with_gpus or now < self.owed_until or self._count(now, self.example, owed=0).room:
            return frozenset()
        return frozenset({FIRST} if self._count(now, self.example, owed=1).room else ())

    @property
    def with_gpus(self) -> int:
        """For how many pods of ours a quota counts GPUs. One that failed may still count as an object."""
        gpu = self.manners.gpu
        return sum(1 for amounts in self._roster.charges() if amounts.get(gpu))

    def _may_be_taken(self, now: float) -> bool:
        """Is the reserve gone, or did we take the last place before it, which another may have taken too?

        What a quota says is used can be too low for minutes after two creates at once.
        """
        if is_taken(self.quotas, self.example, self.manners):
            return True
        left = self._count(now, self.example, owed=0)
        return left.room < 1 and not left.alone

    def head(self, now: float, wish: Json | None = None) -> Headroom:
        """For how many more pods like `wish` (an ordinary one, if left out) there is room."""
        if self._mirror.denied and not self._is_believed(now):
            return Headroom(0, 0, f"the quota could not be read yet: {self._mirror.denied.words}", {})
        waiting = self._places()
        self._in_queue = self._in_queue or bool(waiting)
        pod = self.example if wish is None else self.counted(wish)
        head = self._count(now, pod, owed=int(now < self.owed_until))
        if self._mirror.silent.get(QUOTAS):
            head = replace(head, alone=False)  # who knows who has come meanwhile
        if self._in_queue:
            head = self._queued(head, waiting)
        if not self._roster.homeless:
            return head
        # A pod that finds no node holds quota all the same: more of them would help nobody.
        for one in self._roster:
            if one.pod and not one.unwanted and _seeks_node(one.pod):
                reason = f"trial {one.order.attempt.trial} finds no node: {waits_for(one.pod)}"
                return Headroom(0, head.slots, reason, head.bounds)
        return replace(head, room=min(1, head.room), alone=False)

    def remark(self, now: float) -> str:
        """What people should know of a quota that we may not read; empty if there is nothing to say."""
        if not self._mirror.denied or not self._is_believed(now):
            return ""
        few = "" if self._settings.max_parallel else f", so at most {UNKNOWN_QUOTA} pods run at once"
        return f"the quota cannot be read{few}: {self._mirror.denied.words}"

    def _is_believed(self, now: float) -> bool:
        """A server that has just started denies everything: it is not believed at once."""
        denied = self._mirror.denied
        return denied is not None and now - denied.since >= BELIEVED_AFTER[Answer.DENIED]

    def _count(self, now: float, pod: Json, *, owed: int) -> Headroom:
        unshown = {name: self._ledger.unshown(name, now) for name in self._mirror.quotas}
        own = replace(self.manners, owed=owed)
        if self._in_queue:
            own = replace(own, fallback=None)
        return headroom(self.quotas, pod, self._roster.charges(), unshown, own)

    def _places(self) -> list[Place]:
        """Where our pods wait for their turn, one for each that does."""
        found = (queues.place(one.pod) for one in self._roster if one.pod and not one.unwanted)
        return [place for place in found if place]

    def _queued(self, head: Headroom, waiting: list[Place]) -> Headroom:
        """Not so many more that too many would wait in the queue; all that was asked for may have to."""
        most = queues.may_wait(sum(one.runs for one in self._roster))
        left = max(0, most - len(waiting) - len(self._roster.unseen))
        if left >= head.room:
            return head
        reason = f"{len(waiting)} pods wait in {waiting[0]}" if waiting else "pods are asked for in a queue"
        slots, bounds = head.slots - head.room + left, {**head.bounds, "queue": left}
        return replace(head, room=left, slots=slots, reason=reason, bounds=bounds)


def _seeks_node(pod: Json) -> bool:
    return phase(pod) == "Pending" and not node(pod) and not queues.place(pod)


def _both_manners(settings: KubernetesSettings) -> Mapping[bool, Manners]:
    return {unknown: manners(settings, unknown=unknown) for unknown in (False, True)}


def manners(settings: KubernetesSettings, *, unknown: bool = False) -> Manners:
    """How much of the namespace the sweep may take; `unknown` where no quota can be read.

    If nothing limits the pods, neither a quota nor a setting nor a queue, we are modest: they share the
    nodes with others.
    """
    lacks = "the ResourceQuota cannot be read" if unknown else "no ResourceQuota limits these pods"
    return Manners(
        gpu=f"requests.{settings.gpu_resource}",
        reserve=settings.reserve,
        max_gpus=settings.max_gpus,
        max_parallel=settings.max_parallel,
        fallback=UNKNOWN_QUOTA,
        why=f"{lacks}, so at most {UNKNOWN_QUOTA} run at once; cluster.max_parallel sets another number",
    )
