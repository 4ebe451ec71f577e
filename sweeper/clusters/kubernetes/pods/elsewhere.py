"""Nodes where containers could not be created: they are avoided before the pod itself is blamed.

If an image cannot be pulled or a container cannot be created, the cause may be the node or the pod, and the
pod's status does not show which. So at first the node is avoided, and the attempt costs nothing. The pod,
and with it the whole sweep, is blamed once a second node fails in the same way, or if there is no other node.
"""

from __future__ import annotations

from dataclasses import replace

from sweeper.clusters.kubernetes.pods.waiting import Timeouts, Waiting, WaitKind
from sweeper.clusters.kubernetes.raw import Raw, condition, line, node, part, parts
from sweeper.core.formatting import listed
from sweeper.core.model import Cause, Phase, Sighting
from sweeper.core.patterns import lazy
from sweeper.core.retry import FATAL

HOSTNAME = "kubernetes.io/hostname"
_NODES = frozenset({WaitKind.IMAGE, WaitKind.ABSENT_IMAGE, WaitKind.CONTAINER})
_ALL = lazy(r"0/(\d+) nodes are available: ([^\n]*?)(?:preemption:|$)")
_NEVER = lazy(
    r"(\d+) (?:node\(s\) didn't match (?:Pod's )?node (?:affinity|selector)"
    # The cluster's own taints (not ready, under pressure) may go away again.
    r"|node\(s\) had (?:untolerated )?taint \{(?!node\.(?:cloudprovider\.)?kubernetes\.io/))"
)


class OtherNodes:
    """The nodes where our containers could not be created. Used by one thread only."""

    def __init__(self) -> None:
        self._avoided: set[str] = set()
        self._failed: dict[str, tuple[Cause, str]] = {}
        self._proven: set[str] = set()
        self._is_vain = False

    @property
    def avoided(self) -> frozenset[str]:
        """The nodes to which no further pod should go."""
        return frozenset(self._avoided)

    def began(self, name: str) -> None:
        """Record that a container of ours runs on this node: so the pods themselves are not at fault."""
        self._proven.add(name)
        self._avoided.discard(name)
        self._failed.clear()
        self._is_vain = False

    def shuts_out(self, pod: Raw) -> bool:
        """Return True if the pod avoids nodes, and no other node is known that could run it.

        A pod in a queue waits without limit, and a queue seldom says that no node is left for a pod. So such
        a pod may wait only as long as one without a queue. A node is known if a container of ours ran there.
        """
        avoids = avoided_by(pod)
        return bool(avoids) and self._proven <= avoids

    def judge(
        self, found: Sighting, pod: Raw, waiting: Waiting | None, now: float, timeouts: Timeouts
    ) -> Sighting:
        """Return `found`; for a pending pod that must end, with a cause that blames the node or the pod."""
        if found.phase is not Phase.PENDING or waiting is None:
            return found
        if waiting.kind in (WaitKind.NODE, WaitKind.QUEUE):
            return self._without_a_node(found, pod, now - waiting.since, timeouts)
        if found.cause not in FATAL or not _may_be_the_nodes(found, waiting.kind):
            return found
        failed = self._failed.items()
        others = sorted(name for name, (cause, _) in failed if name != found.node and cause is found.cause)
        if others or self._is_vain:
            also = f"; it is the same on {listed(others)}" if others else "; no other node took it"
            return replace(found, message=found.message + also)
        self._avoided.add(found.node)
        self._failed[found.node] = found.cause, found.message
        return replace(
            found, cause=Cause.REJECTED, message=f"node {found.node}: {found.message}; another node is tried"
        )

    def _without_a_node(self, found: Sighting, pod: Raw, waited: float, timeouts: Timeouts) -> Sighting:
        avoids = self._failed.keys() & avoided_by(pod) if self._failed else set()
        if not avoids:
            return found
        soon = min(timeouts.config_after, timeouts.image_after)
        if found.cause is Cause.UNSCHEDULABLE:
            self._is_vain = True
            self._avoided -= avoids
        elif not found.cause and waited >= soon and is_nowhere(pod):
            cause, message = self._failed[min(avoids)]
            none = f"there is no other node than {listed(sorted(avoids))}"
            return replace(found, cause=cause, message=f"{message}; {none}")
        return found


def _may_be_the_nodes(found: Sighting, kind: WaitKind) -> bool:
    if kind is WaitKind.START:  # a volume that cannot be mounted; a config map is missing on every node
        return found.cause is Cause.BAD_SPEC and "not found" not in found.message
    return kind in _NODES


def avoided_by(pod: Raw) -> set[str]:
    """The nodes that a pod must not run on."""
    affinity = part(part(part(pod, "spec"), "affinity"), "nodeAffinity")
    terms = parts(part(affinity, "requiredDuringSchedulingIgnoredDuringExecution"), "nodeSelectorTerms")
    wants = [one for term in terms for one in parts(term, "matchExpressions")]
    unwanted = [one for one in wants if one.get("key") == HOSTNAME and one.get("operator") == "NotIn"]
    return {str(name) for one in unwanted for name in one.get("values") or ()}


def is_nowhere(pod: Raw) -> bool:
    """Whether the scheduler reports that no node can ever run the pod, however long it waits."""
    found = _ALL.match(line(condition(pod, "PodScheduled"), "message"))
    if node(pod) or found is None:
        return False
    return sum(int(count[1]) for count in _NEVER.finditer(found[2])) >= int(found[1])
