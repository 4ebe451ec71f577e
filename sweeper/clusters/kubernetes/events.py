"""The events that fold.py takes in: watch reports, answers to requests, orders of the engine. Pure.

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
    """What fold.py takes in."""

    __slots__ = ()


# What a watch reports of one kind of object (see server/watch.py) ----------------------------------


@dataclass(frozen=True, slots=True)
class Listed(BackendEvent):
    """All there is. `began` is when the LIST was sent (boot clock): what was made later may be missing."""

    kind: str
    items: tuple[Json, ...]
    began: float


@dataclass(frozen=True, slots=True)
class ItemChanged(BackendEvent):
    """One object: ADDED, MODIFIED or DELETED."""

    kind: str
    event: str
    item: Json


@dataclass(frozen=True, slots=True)
class Silent(BackendEvent):
    """The server does not answer, for this reason; empty: it does again. `is_denied`: we have no right."""

    kind: str
    message: str
    is_denied: bool = False


Report = Listed | ItemChanged | Silent


# What became of a create (see create.py) -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Created:
    """The pod, as the server returned it. For `late` more seconds its name may be taken once more."""

    pod: Json
    late: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Full:
    """No quota for it now, in the server's words."""

    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not created and will not be. `for_good`: nor will any other of this sweep.

    `taken`: a pod that this sweep did not make has the name. `late` is as in Created.
    """

    message: str
    for_good: bool = False
    taken: bool = False
    late: float = field(default=0.0, compare=False)


Result = Created | Full | Refused


@dataclass(frozen=True, slots=True)
class Answered(BackendEvent):
    """What became of a create."""

    attempt: Attempt
    result: Result


@dataclass(frozen=True, slots=True)
class Delayed(BackendEvent):
    """A create takes longer, for this reason."""

    attempt: Attempt
    message: str


# What other requests came to -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeletionAgreed(BackendEvent):
    """The server will delete the pod. `is_gone`: there is no such pod any more."""

    uid: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class DeletionFailed(BackendEvent):
    """It is to be asked for again after `rest` seconds; such an answer is believed after `believed_after`."""

    uid: str
    message: str
    rest: float
    believed_after: float


@dataclass(frozen=True, slots=True)
class EventsRead(BackendEvent):
    """What the events of a pod say of why it does not start."""

    uid: str
    message: str


@dataclass(frozen=True, slots=True)
class PodsListed(BackendEvent):
    """The pods of the whole namespace. `began` is when the server was asked; None: it gave no answer."""

    began: float
    pods: tuple[Json, ...] | None


@dataclass(frozen=True, slots=True)
class Inquired(BackendEvent):
    """What the server tells of a deleted pod: the events on it, and all pods. None: it gave no answer."""

    uid: str
    events: tuple[Json, ...] | None
    pods: tuple[Json, ...] | None


# What the backend notices and the engine wants -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Foreseen(BackendEvent):
    """What the server would make of an ordinary pod, and what ResourceClaims cost."""

    pod: Json
    claims: ClaimCosts


@dataclass(frozen=True, slots=True)
class Limited(BackendEvent):
    """The limits in these settings hold from now on: max_parallel, max_gpus and reserve."""

    settings: KubernetesSettings


@dataclass(frozen=True, slots=True)
class Slept(BackendEvent):
    """For so many seconds the machine slept, or the process was stopped: nobody looked and nobody asked."""

    seconds: float
    has_lease: bool


@dataclass(frozen=True, slots=True)
class Contradicted(BackendEvent):
    """What was folded contradicts itself, so that nothing may be decided by it."""

    has_lease: bool


@dataclass(frozen=True, slots=True)
class LeaseRenewed(BackendEvent):
    """The lease was found to be ours, when it was asked for at this time."""

    at: float


@dataclass(frozen=True, slots=True)
class Doubted(BackendEvent):
    """A pod that an earlier controller has asked for may still be created, for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Looked(BackendEvent):
    """The engine looks: what time alone brings about is noted."""


@dataclass(frozen=True, slots=True)
class Ordered(BackendEvent):
    """A pod of this manifest is wanted for an attempt."""

    order: Order
    manifest: Json


@dataclass(frozen=True, slots=True)
class Adopted(BackendEvent):
    """An attempt of an earlier controller goes on, whose pod may be there or gone.

    `ran` and `lived` are for how many seconds the pod has run, and since it was created.
    """

    order: Order
    uid: str
    ran: float
    lived: float | None = None


@dataclass(frozen=True, slots=True)
class Unwanted(BackendEvent):
    """The attempt is to end."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Dropped(BackendEvent):
    """The attempt's outcome is durable: it is followed no more."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Sent(BackendEvent):
    """An action is carried out, so that it is not decided again."""

    action: Action
