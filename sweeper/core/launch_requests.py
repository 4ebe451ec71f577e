"""The attempts whose start is recorded in the journal as intended, with their UIDs."""

from __future__ import annotations

from collections.abc import Iterable

from sweeper.core.model import Attempt
from sweeper.core.records import Ended, Launched, Launching, Record


def requested_attempts(records: Iterable[Record]) -> dict[Attempt, str]:
    """Return the requested attempts, each with its UID; the UID is empty if it is unknown."""
    asked: dict[Attempt, str] = {}
    for record in records:
        match record:
            case Launching(attempt):
                asked.setdefault(attempt, "")
            case Launched(attempt, uid) | Ended(attempt, uid) if uid:
                asked[attempt] = uid
    return asked
