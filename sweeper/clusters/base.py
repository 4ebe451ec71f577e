"""Where attempts run, as the engine sees it: a backend is looked at and acted on, nothing more.

What it shows can be stale or repeated; the journal and the attempt's own exit record decide.
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
    """A launch has been asked for: the attempt's sightings will tell its identity, or that it was refused."""


@dataclass(frozen=True, slots=True)
class NoCapacity:
    """A launch has started nothing; later it may."""


LaunchResult = Started | Requested | NoCapacity


@dataclass(frozen=True, slots=True)
class View:
    """One look: the attempts that the backend knows, and how many more it would take now.

    `messages` are lines for people, as they hold now, and `shortage` is one that matters only as long as
    something is to be launched: why there is no capacity for it; `pods` are the names of the attempts' pods;
    `trouble` is why no attempt of this sweep can be
    started until somebody has looked; `idle` says that nothing of the sweep can still turn up.
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
    """Where a sweep lies on this machine now, and where it lay when it was last controlled.

    `inside` is where its attempts saw it then. What is not known is empty.
    """

    folder: str
    former: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class SweepContext:
    """What a cluster may know of a sweep that is there, or is to be made, and of whoever asks.

    `folder` is where the sweep lies on this machine, or will. `environment` gives what local attempts
    inherit, once it is needed; `has_record` says whether the folder of an attempt holds the exit record of
    this identity; `gone` are machines of which a person says that they, and what ran on them, are no more.

    `controller` names our process for people, `process` as no other is called on any machine; `is_dead`
    says whether a process of such a name is known to be dead. `log` gets a record of every change asked of
    the cluster, `say` and `warn` a line for people. `sign` says in a folder who has made it, and `left` finds
    the folders in the sweeps' root that killed runs have left, by a pattern of their names.
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
        """The folder that the sweeps lie in."""
        return self.folder.rpartition("/")[0]


@runtime_checkable
class Adjustable(Protocol):
    """A Backend that takes other settings while it runs, those in `live_keys` of its Cluster."""

    def adjust(self, settings: Settings) -> None:
        """Let these settings hold from the next look on; attempts that live stay as they are."""


class Backend(Protocol):
    """The contract that every backend passes (tests/clusters/contract.py)."""

    result_grace: float
    """Seconds that an ended attempt's files may take until they can be seen here."""

    def claim(self, *, by_force: bool = False) -> None:
        """Be the sweep's only controller as far as the cluster knows, if it keeps account of that.

        SweepHeldError where another is. It is called before anything of the sweep is written.
        """

    def open(self, asked: Asked = dict) -> None:
        """Get ready to be looked at, before anything else, however long that takes; no attempt is touched.

        `asked` is called only if something turns up that an earlier controller may have left.
        """

    def launch(self, order: Order) -> LaunchResult:
        """Start the attempt, or ask for it."""

    def find(self, order: Order) -> str | None:
        """Who an attempt is that an earlier controller asked for; None where nothing of it can be seen.

        It may have ended all the same, and its claim then tells.
        """

    def adopt(self, order: Order, owner: str) -> bool:
        """Take over an attempt that an earlier controller started; `owner` is the claim in its folder.

        False if it is certain that this sweep did not start what claimed the folder.
        """

    def observe(self) -> View:
        """Look, without blocking."""

    def stop(self, attempt: Attempt) -> None:
        """Begin to end a live attempt, politely at first. Asking again changes nothing."""

    def remove(self, attempt: Attempt) -> None:
        """Forget an ended attempt: its outcome is durable."""

    def wait(self, seconds: float) -> None:
        """Return when something may have changed, and after `seconds` at the latest."""

    def close(self) -> None:
        """Let go without ending anything that runs."""
