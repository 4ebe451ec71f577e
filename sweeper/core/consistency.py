"""Detects duplicated or lost journal lines: trials are added once, in order, before their attempts."""

from __future__ import annotations

from sweeper.core.records import Added, Record


def misplaced(record: Record, trials: int) -> str:
    """Return why a record cannot follow records that added `trials` trials; empty if it can."""
    if isinstance(record, Added):
        index = record.trial.index
        if index == trials:
            return ""
        if index < trials:
            return f"trial {index} is added there once more; if a line is there twice, remove one of the two"
        return f"trial {index} is added there, and trial {trials} was not"
    attempt = getattr(record, "attempt", None)
    if attempt is None or 0 <= attempt.trial < trials:
        return ""
    return f"it is about trial {attempt.trial}, which was not added"
