"""The events that change the pod tracker: watch reports, answers to requests, orders of the engine. Pure.

The threads that talk to the server put their events into an inbox. The engine's thread alone folds them into
the tracker (see fold.py). Times are on the boot clock, in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes.actions import Action
from sweeper.clusters.kubernetes.quotas.claims import ClaimCosts
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt


class BackendEvent:
    """Base class of the events that change the pod tracker."""

    __slots__ = ()


# Reports of a watch about one kind of object (see server/watch.py) ---------------------------------


@dataclass(frozen=True, slots=True)
class Listed(BackendEvent):
    """All objects of a kind. Objects created after `began`, when the LIST was sent, may be missing."""

    kind: str
    items: tuple[Json, ...]
    began: float


@dataclass(frozen=True, slots=True)
class ItemChanged(BackendEvent):
    """A change of one object. `event` is ADDED, MODIFIED or DELETED."""

    kind: str
    event: str
    item: Json


@dataclass(frozen=True, slots=True)
class Silent(BackendEvent):
    """The watch of a kind fails, with this message; an empty message: it works again.

    `is_denied`: our credentials lack the permission.
    """

    kind: str
    message: str
    is_denied: bool = False


Report = Listed | ItemChanged | Silent


# Results of a create (see create.py) ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Created:
    """The pod as the server returned it.

    For `late` more seconds, an earlier request may still create another pod of this name.
    """

    pod: Json
    late: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Full:
    """The quota has no capacity for the pod now; `message` is the server's."""

    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The pod was not created and will not be. `for_good`: no other pod of this sweep will be, either.

    `taken`: a pod that this sweep did not make has the name. `late` is as in Created.
    """

    message: str
    for_good: bool = False
    taken: bool = False
    late: float = field(default=0.0, compare=False)


Result = Created | Full | Refused


@dataclass(frozen=True, slots=True)
class Answered(BackendEvent):
    """A create has ended with this result."""

    attempt: Attempt
    result: Result


@dataclass(frozen=True, slots=True)
class Delayed(BackendEvent):
    """A create is tried again; `message` is the reason."""

    attempt: Attempt
    message: str


# Results of other requests -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeletionAgreed(BackendEvent):
    """The server will delete the pod. `is_gone`: there is no such pod any more."""

    uid: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class DeletionFailed(BackendEvent):
    """A deletion failed and is sent again after `rest` seconds.

    If the server has refused it for `believed_after` seconds, the sweep can end nevertheless.
    """

    uid: str
    message: str
    rest: float
    believed_after: float


@dataclass(frozen=True, slots=True)
class EventsRead(BackendEvent):
    """The latest message among a pod's events, which may say why the pod does not start."""

    uid: str
    message: str


@dataclass(frozen=True, slots=True)
class PodsListed(BackendEvent):
    """All pods of the namespace, listed at `began`. `pods` is None if the server did not answer."""

    began: float
    pods: tuple[Json, ...] | None


@dataclass(frozen=True, slots=True)
class Inquired(BackendEvent):
    """The answer to an inquiry about a deleted pod.

    Attributes:
        uid: the deleted pod's UID.
        events: the events about it; None if the server did not answer.
        pods: all pods of the namespace; empty if the server did not answer, None if they were not requested.
    """

    uid: str
    events: tuple[Json, ...] | None
    pods: tuple[Json, ...] | None


# Observations of the backend, orders of the engine -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Foreseen(BackendEvent):
    """A typical pod as the server would create it, and what its ResourceClaims cost."""

    pod: Json
    claims: ClaimCosts


@dataclass(frozen=True, slots=True)
class Limited(BackendEvent):
    """From now on use max_parallel, max_gpus and reserve of these settings."""

    settings: KubernetesSettings


@dataclass(frozen=True, slots=True)
class Slept(BackendEvent):
    """The machine slept, or the process was stopped, for `seconds`: nothing was observed or requested."""

    seconds: float
    has_lease: bool


@dataclass(frozen=True, slots=True)
class Contradicted(BackendEvent):
    """The tracker violates its invariants, so nothing may be decided from it."""

    has_lease: bool


@dataclass(frozen=True, slots=True)
class LeaseRenewed(BackendEvent):
    """The lease is ours; it was read or written at this time (boot clock)."""

    at: float


@dataclass(frozen=True, slots=True)
class Doubted(BackendEvent):
    """For `seconds` more, a pod that an earlier controller requested may still be created."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Looked(BackendEvent):
    """The engine polls, and what changes with time alone is recorded."""


@dataclass(frozen=True, slots=True)
class Ordered(BackendEvent):
    """The engine has ordered a pod with this manifest for an attempt."""

    order: Order
    manifest: Json


@dataclass(frozen=True, slots=True)
class Adopted(BackendEvent):
    """An attempt of an earlier controller is continued; its pod may exist or be gone.

    `ran` is the number of seconds that the pod has run, `lived` the number since it was created (None if
    unknown).
    """

    order: Order
    uid: str
    ran: float
    lived: float | None = None


@dataclass(frozen=True, slots=True)
class Unwanted(BackendEvent):
    """The attempt must end: its pod is deleted, or not created."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Dropped(BackendEvent):
    """The attempt's outcome is durable, so the attempt is no longer followed."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Sent(BackendEvent):
    """An action is being carried out, so it must not be decided again."""

    action: Action
