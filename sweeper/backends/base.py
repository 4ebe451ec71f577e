"""Where attempts run, as the engine sees it: a backend is looked at and acted on, nothing more.

What it shows can be stale or repeated; the journal and the attempt's own exit record decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sweeper.core.model import Attempt, Sighting


@dataclass(frozen=True, slots=True)
class Order:
    """What is needed to start an attempt: `sh <shim> <trial_dir> <attempt.number>`, and no user's text."""

    attempt: Attempt
    shim: str
    trial_dir: str
    out: str


@dataclass(frozen=True, slots=True)
class View:
    """One look: the attempts that the backend knows, and how many more it would take now."""

    sightings: Mapping[Attempt, Sighting] = field(default_factory=dict)
    room: int = 0
    slots: int = 0


class Backend(Protocol):
    """The contract that every backend passes (tests/backends/contract.py)."""

    result_grace: float
    """Seconds that an ended attempt's files may take until they can be seen here."""

    def check(self, program: str, code: str) -> None:
        """Refuse, with one clear line, what could never run here. Nothing has been created yet."""

    def launch(self, order: Order) -> str | None:
        """Start the attempt; return the identity it will claim with, or None: not now, try later."""

    def adopt(self, order: Order, owner: str) -> None:
        """Take over an attempt that an earlier controller started; `owner` is the claim in its folder."""

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
