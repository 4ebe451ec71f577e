"""Decides who holds a lease, from the Lease object, the asking controller and the server's time. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sweeper.clusters.kubernetes.raw import Json, Raw, number, part, text
from sweeper.core.errors import CopiedSweepError, CvsweepError, SweepHeldError
from sweeper.core.presence import NOBODY, ClusterHolder

LASTS = 60
"""Seconds after its last renewal until a lease expires and may be taken."""

_PROCESS = "cvsweep/process"
_FOLDER = "cvsweep/folder"
_INODE = "cvsweep/folder-inode"


class LeaseHolder(NamedTuple):
    """Who holds a lease, or wants to.

    Attributes:
        name: for people, `user@host:pid`.
        process: a globally unique identifier of the process; empty if unknown.
        folder: the sweep folder's path in pods, after the name of its volume.
        inode: the folder's inode: a copy has another one, a renamed folder keeps it.
    """

    name: str
    process: str = ""
    folder: str = ""
    inode: str = ""


IsDead = Callable[[str], bool]
"""Returns True if the controller's process is known to be dead: only a process of this machine can be."""


def holder(lease: Raw, mine: LeaseHolder, now: float, is_dead: IsDead) -> ClusterHolder:
    """Return the other controller that holds the lease.

    Returns NOBODY if the lease is free, ours, expired or held by a dead process.

    Args:
        lease: the Lease object.
        mine: the controller that asks.
        now: the server's time, in Unix seconds.
        is_dead: see `IsDead`.
    """
    there, seconds = controller(lease), _until(lease) - now
    if not there.name or seconds <= 0 or is_ours(lease, mine) or is_dead(there.process):
        return NOBODY
    version = text(part(lease, "metadata"), "resourceVersion")
    return ClusterHolder(there.name, version, seconds, there.folder if _is_copy(there, mine) else "")


def is_ours(lease: Raw, mine: LeaseHolder) -> bool:
    """Return True if the lease names this controller."""
    there = controller(lease)
    return there.name == mine.name and there.process in ("", mine.process)


def controller(lease: Raw) -> LeaseHolder:
    """Return the holder that the lease names; controllers of older versions record only their name."""
    own_annotations = part(part(lease, "metadata"), "annotations")
    name = text(part(lease, "spec"), "holderIdentity")
    return LeaseHolder(name, *(text(own_annotations, key) for key in (_PROCESS, _FOLDER, _INODE)))


def body(name: str, labels: Mapping[str, str], mine: LeaseHolder, now: float, former: Raw) -> Json:
    """Return the Lease object that names `mine` as the holder from `now` (Unix seconds) on.

    `former` is the metadata of the lease that it replaces: because of its resourceVersion, the server answers
    409 if another process has changed the lease meanwhile.
    """
    own_annotations = {_PROCESS: mine.process, _FOLDER: mine.folder, _INODE: mine.inode}
    metadata: dict[str, Any] = {
        "name": name,
        "labels": dict(labels),
        "annotations": {key: value for key, value in own_annotations.items() if value},
        **{key: former[key] for key in ("resourceVersion", "uid") if key in former},
    }
    spec = {"holderIdentity": mine.name, "leaseDurationSeconds": LASTS, "renewTime": _stamp(now)}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}


def refusal(found: ClusterHolder, lease: str) -> CvsweepError:
    """Return the error for a controller that wants the lease that another one holds."""
    if found.folder:
        return CopiedSweepError(
            f"{found.who} controls the sweep in {found.folder}, of which this folder is a copy, says the"
            f" lease {lease}: use that folder; the copy cannot run beside it"
        )
    return SweepHeldError(
        f"{found.who} controls this sweep, says the lease {lease};"
        f" if it is no more, its lease ends in {found.seconds:.0f} s"
    )


def _is_copy(there: LeaseHolder, mine: LeaseHolder) -> bool:
    """Return True if path and inode of the two sweep folders differ: a moved folder keeps its inode."""
    known = all((there.folder, there.inode, mine.folder, mine.inode))
    return known and there.folder != mine.folder and there.inode != mine.inode


def _until(lease: Raw) -> float:
    spec = part(lease, "spec")
    renewed = text(spec, "renewTime")
    since = datetime.datetime.fromisoformat(renewed).timestamp() if renewed else 0.0
    return since + (number(spec, "leaseDurationSeconds") or LASTS)


def _stamp(now: float) -> str:
    return datetime.datetime.fromtimestamp(now, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
