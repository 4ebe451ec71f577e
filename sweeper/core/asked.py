"""Every attempt that the journal intends to start, with its UID; empty if the UID is unknown."""

from __future__ import annotations

from collections.abc import Iterable

from sweeper.core.model import Attempt
from sweeper.core.records import Ended, Launched, Launching, Record


def asked_for(records: Iterable[Record]) -> dict[Attempt, str]:
    """Every attempt that the journal intends to start, with its identity; empty if that was never learnt."""
    asked: dict[Attempt, str] = {}
    for record in records:
        match record:
            case Launching(attempt):
                asked.setdefault(attempt, "")
            case Launched(attempt, uid) | Ended(attempt, uid) if uid:
                asked[attempt] = uid
    return asked
