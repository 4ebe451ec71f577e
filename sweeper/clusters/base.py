"""The interface of backends, which run attempts: the engine observes a backend and sends it actions.

Observations can be stale or repeated; the journal and the attempt's exit record decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

from sweeper.core.model import Attempt, Sighting
from sweeper.core.settings import Settings

Asked = Callable[[], Mapping[Attempt, str]]
"""Returns the attempts that earlier controllers requested, and their UIDs (see core/launch_requests.py)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is needed to start an attempt: `sh <shim> <trial_dir> <attempt.number>`, and no user's text.

    The paths are this machine's. `ooms` is how often the trial has run out of memory so far.
    """

    attempt: Attempt
    shim: str
    trial_dir: str
    out: str
    ooms: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """A launch has started the attempt, which claims its folder with this identity."""

    uid: str


@dataclass(frozen=True, slots=True)
class Requested:
    """A launch has been requested: later sightings show the attempt's identity, or that it was refused."""


@dataclass(frozen=True, slots=True)
class NoCapacity:
    """A launch has started nothing; it may be tried again later."""


LaunchResult = Started | Requested | NoCapacity


@dataclass(frozen=True, slots=True)
class View:
    """One observation: the attempts that the backend knows, and how many more it would start now.

    `messages` are current lines for users. `shortage` is one that matters only if something is to be
    launched: why there is no capacity for it. `pods` are the names of the attempts' pods. `trouble` is why
    no attempt of this sweep can start until a user acts. `idle` says that no further attempt of the sweep
    can appear.
    """

    sightings: Mapping[Attempt, Sighting] = field(default_factory=dict)
    capacity: int = 0
    slots: int = 0
    messages: tuple[str, ...] = ()
    trouble: str = ""
    idle: bool = True
    shortage: str = ""
    pods: Mapping[Attempt, str] = field(default_factory=dict)


class Place(NamedTuple):
    """The path of a sweep on this machine now, and its path when it was last controlled.

    `inside` is the path that its attempts saw then. An unknown path is empty.
    """

    folder: str
    former: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class SweepContext:
    """What a cluster may know of a sweep, which exists or is to be created, and of the process that uses it.

    `folder` is the sweep's path on this machine, even before it exists. `environment` returns what local
    attempts inherit, and is called only if that is needed; `has_record` says whether an attempt's folder
    holds the exit record of an identity; `gone` are machines that a user has declared lost, with all that ran
    on them.

    `controller` names this process for people; `process` is a name that is unique on all machines; `is_dead`
    says whether the process of such a name is known to be dead. `log` gets a record of every change requested
    of the cluster, `say` and `warn` get lines for people. `sign` marks a folder as made by this process, and
    `left` returns the folders in the sweeps' root that killed runs have left, by a pattern of their names.
    """

    id: str
    name: str
    folder: str
    memory_factor: float = 1.0
    environment: Callable[[], Mapping[str, str]] | None = None
    has_record: Callable[[str, str], bool] = lambda out, uid: False
    gone: Collection[str] = ()
    controller: str = ""
    process: str = ""
    is_dead: Callable[[str], bool] = lambda process: False
    log: Callable[[Mapping[str, Any]], None] = lambda record: None
    say: Callable[[str], None] = lambda line: None
    warn: Callable[[str], None] = lambda line: None
    sign: Callable[[str], None] = lambda folder: None
    left: Callable[[re.Pattern[str]], Sequence[str]] = lambda kind: ()

    @property
    def root(self) -> str:
        """The folder that contains the sweeps."""
        return self.folder.rpartition("/")[0]


@runtime_checkable
class Adjustable(Protocol):
    """A Backend that takes other settings while it runs, those in `live_keys` of its Cluster."""

    def adjust(self, settings: Settings) -> None:
        """Apply these settings from the next `observe` on; live attempts are not changed."""


class Backend(Protocol):
    """The contract that every backend passes (tests/clusters/contract.py)."""

    result_grace: float
    """Seconds that an ended attempt's files may take until they can be seen here."""

    def claim(self, *, by_force: bool = False) -> None:
        """Become the sweep's only controller on the cluster, if it records controllers.

        Called before anything of the sweep is written; SweepHeldError if another controller has it.
        """

    def open(self, asked: Asked = dict) -> None:
        """Prepare for `observe`, which may take long; called first, and no attempt is changed.

        `asked` is called only if the backend finds something that an earlier controller may have left.
        """

    def launch(self, order: Order) -> LaunchResult:
        """Start the attempt, or request its start."""

    def find(self, order: Order) -> str | None:
        """Return the identity of an attempt that an earlier controller requested; None if it cannot be seen.

        It may have ended nevertheless; then its claim shows the identity.
        """

    def adopt(self, order: Order, owner: str) -> bool:
        """Take over an attempt that an earlier controller started; `owner` is the claim in its folder.

        False if it is certain that this sweep did not start what claimed the folder.
        """

    def observe(self) -> View:
        """Return what the backend knows now, without blocking."""

    def stop(self, attempt: Attempt) -> None:
        """Begin to end a live attempt, gracefully at first; a second call changes nothing."""

    def remove(self, attempt: Attempt) -> None:
        """Forget an ended attempt: its outcome is durable."""

    def wait(self, seconds: float) -> None:
        """Return when something may have changed, and after `seconds` at the latest."""

    def close(self) -> None:
        """Release all resources; running attempts go on."""
