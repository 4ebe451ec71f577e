"""Who holds which resources in a namespace, and their rank. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from types import MappingProxyType

from sweeper.clusters.kubernetes.pods.identity import is_copy
from sweeper.clusters.kubernetes.quotas.claims import DEVICES, ClaimCosts
from sweeper.clusters.kubernetes.quotas.quota import Amounts, charge, read_quota
from sweeper.clusters.kubernetes.raw import Raw, in_state, node, part, parts, phase, text
from sweeper.clusters.usage import GpuUse, Member, Share
from sweeper.core.patterns import lazy

_PRIORITY = lazy(r"(0?-)?([0-9]{1,9})")


def holdings(
    pods: Iterable[Raw], gpu_resource: str, claims: ClaimCosts = MappingProxyType({})
) -> list[GpuUse]:
    """Return the GPU use of every pod that a quota still counts; devices of ResourceClaims are GPUs."""
    charged = ((pod, charge(pod, claims)) for pod in pods)
    key = f"requests.{gpu_resource}"
    return [_holding(pod, _gpus(cost, key)) for pod, cost in charged if "pods" in cost]


def _gpus(cost: Amounts, key: str) -> int:
    return int(sum(amount for name, amount in cost.items() if name == key or name.endswith(DEVICES)))


def members(found: Iterable[GpuUse]) -> list[Member]:
    """Return what each user holds: most GPUs first, pods without a user last."""
    whose: defaultdict[str, list[GpuUse]] = defaultdict(list)
    for one in found:
        whose[one.user].append(one)
    made = [_member(user, held) for user, held in whose.items()]
    return sorted(made, key=lambda one: (not one.user, -one.running - one.pending, one.user))


def ranked(found: Iterable[GpuUse]) -> list[GpuUse]:
    """Return the running GPU pods as the lab's watchdog ranks them; it deletes from the end of this list.

    A person's Nth GPU ranks above anyone's (N+1)th. A pod is deleted as a whole, so it ranks by its last GPU.
    A person's GPUs are numbered pod by pod: higher priorities first, then earlier starts. If two pods have
    the same number, the one that started later ranks lower. A pod with no user ranks after all others, by its
    own GPUs. A pod that does not run yet has no rank: see `unranked`.
    """
    whose: defaultdict[str, list[GpuUse]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (-one.priority, one.started, one.pod)):
        if one.gpus and one.runs:
            whose[one.user].append(one)
    placed = [
        (not user, nth if user else one.gpus, one.started, one.pod, one)
        for user, held in whose.items()
        for one, nth in zip(held, accumulate(one.gpus for one in held), strict=True)
    ]
    return [one for *_, one in sorted(placed, key=lambda place: place[:-1])]


def unranked(found: Iterable[GpuUse]) -> list[GpuUse]:
    """Return the GPU pods that hold quota and do not run yet, oldest first."""
    return sorted((one for one in found if one.gpus and not one.runs), key=lambda one: (one.created, one.pod))


def shares(quotas: Iterable[Raw], gpu_resource: str) -> list[Share]:
    """Return the limits on GPUs and devices in these quotas."""
    key = f"requests.{gpu_resource}"
    read = [(one, name) for one in map(read_quota, quotas) for name in one.hard]
    return [
        Share(
            one.name,
            int(one.hard[name]),
            int(one.used.get(name, 0)),
            tuple(scope.name for scope in one.scopes),
            gpu_resource if name == key else name.removesuffix("/devices"),
        )
        for one, name in read
        if name == key or name.endswith(DEVICES)
    ]


def _holding(pod: Raw, gpus: int) -> GpuUse:
    metadata = part(pod, "metadata")
    labels = part(metadata, "labels")
    created = moment(text(metadata, "creationTimestamp"))
    return GpuUse(
        pod=text(metadata, "name"),
        user=text(labels, "user"),
        gpus=gpus,
        phase="Terminating" if text(metadata, "deletionTimestamp") else phase(pod),
        node=node(pod),
        created=created,
        priority=_priority(text(labels, "priority")),
        sweep=_sweep(pod, metadata, labels),
        started=_started(pod) or created,
        runs=phase(pod) == "Running",
    )


def _started(pod: Raw) -> float:
    """Return when the last running container of the pod started, in Unix time; 0.0 if none runs."""
    running = (one for one in parts(part(pod, "status"), "containerStatuses") if in_state(one, "running"))
    stamps = (text(part(part(one, "state"), "running"), "startedAt") for one in running)
    return max(map(moment, stamps), default=0.0)


def _sweep(pod: Raw, metadata: Raw, labels: Raw) -> str:
    if text(labels, "app.kubernetes.io/managed-by") != "cvsweep" or is_copy(pod):
        return ""
    return text(part(metadata, "annotations"), "cvsweep/sweep-name") or text(labels, "cvsweep/sweep")


def _priority(label: str) -> int:
    """A label cannot start with a dash, so `0-5` is -5; a label that is no number is 0."""
    found = _PRIORITY.fullmatch(label)
    if found is None:
        return 0
    return -int(found[2]) if found[1] else int(found[2])


def moment(stamp: str) -> float:
    """Return the Unix time of a timestamp of the API; 0.0 if it is empty."""
    return datetime.fromisoformat(stamp).timestamp() if stamp else 0.0


def _member(user: str, held: Sequence[GpuUse]) -> Member:
    # A pod that is being deleted counts as running if it has a node, else as pending.
    running = sum(one.gpus for one in held if one.phase == "Running" or (one.phase != "Pending" and one.node))
    return Member(user, running, sum(one.gpus for one in held) - running, len(held))
