"""Where attempts run, as the engine sees it: a backend is looked at and acted on, nothing more.

What it shows can be stale or repeated; the journal and the attempt's own exit record decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sweeper.core.model import Attempt, Sighting

Asked = Callable[[], Mapping[Attempt, str]]
"""Gives the attempts that earlier controllers asked for and their identities (see core/asked.py)."""


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
class View:
    """One look: the attempts that the backend knows, and how many more it would take now.

    `notes` are lines for people, as they hold now, and `shortage` is one that matters only as long as
    something is to be launched: why there is no room for it; `pods` are the names of the attempts' pods;
    `trouble` is why no attempt of this sweep can be
    started until somebody has looked; `clear` says that nothing of the sweep can still turn up.
    """

    sightings: Mapping[Attempt, Sighting] = field(default_factory=dict)
    room: int = 0
    slots: int = 0
    notes: tuple[str, ...] = ()
    trouble: str = ""
    clear: bool = True
    shortage: str = ""
    pods: Mapping[Attempt, str] = field(default_factory=dict)


class Backend(Protocol):
    """The contract that every backend passes (tests/clusters/contract.py)."""

    result_grace: float
    """Seconds that an ended attempt's files may take until they can be seen here."""

    def open(self, asked: Asked = dict) -> None:
        """Get ready to be looked at, before anything else, however long that takes; no attempt is touched.

        `asked` is called only if something turns up that an earlier controller may have left.
        """

    def launch(self, order: Order) -> str | None:
        """Start the attempt; return the identity that it will claim with.

        None: not now, try later. Empty: it has been asked for, and its sightings will tell the
        identity, or that it was refused.
        """

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
