"""Every attempt that the journal intends to start, with its UID; empty if the UID is unknown."""

from __future__ import annotations

from collections.abc import Iterable

from sweeper.core.model import Attempt
from sweeper.core.records import Ended, Launched, Launching, Record


def requested_attempts(records: Iterable[Record]) -> dict[Attempt, str]:
    """The requested attempts, each with its UID; an empty string if the UID is unknown."""
    asked: dict[Attempt, str] = {}
    for record in records:
        match record:
            case Launching(attempt):
                asked.setdefault(attempt, "")
            case Launched(attempt, uid) | Ended(attempt, uid) if uid:
                asked[attempt] = uid
    return asked
