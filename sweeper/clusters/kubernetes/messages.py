"""What the threads that talk to the server put before the engine's, besides what the watches report."""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.clusters.kubernetes.create import Result
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.reports import Changed, Listed, Silent
from sweeper.core.model import Attempt


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a create."""

    attempt: Attempt
    result: Result


@dataclass(frozen=True, slots=True)
class Told:
    """Why something takes longer, in words."""

    words: str


@dataclass(frozen=True, slots=True)
class Events:
    """What the events of a pod say of why it does not start."""

    uid: str
    words: str


@dataclass(frozen=True, slots=True)
class Around:
    """The pods that the server has. `began` is when it was asked (boot clock); None: it gave no answer."""

    began: float
    pods: tuple[Json, ...] | None


@dataclass(frozen=True, slots=True)
class Inquired:
    """What the server tells of a deleted pod: the events on it, and all pods. None: it gave no answer."""

    uid: str
    events: tuple[Json, ...] | None
    pods: tuple[Json, ...] | None


Message = Listed | Changed | Silent | Answered | Told | Events | Around | Inquired
