"""Messages about code that was edited while its sweep ran."""

from __future__ import annotations

from collections.abc import Sequence

from sweeper.core.formatting import escape, indexes
from sweeper.core.state import State

AS_MADE = "as made"
"""The name, in tables, of the version of the code that the sweep was created with."""

_NAMED = 3


def code_versions(state: State) -> list[str | None]:
    """Return the version of the code that each trial's outcome comes from; None if it has no outcome."""
    return [(one.code or AS_MADE) if one.outcome else None for one in state.trials]


def edit_notes(state: State) -> list[str]:
    """Return a sentence for each version of the code, except the first one, that trials have run."""
    ran: dict[str, list[int]] = {}
    for one in state.trials:
        if one.outcome and one.code:
            ran.setdefault(one.code, []).append(one.trial.index)
    return [
        f"the code was edited ({_named(state.edits.get(version, ()))}) before {indexes(numbers)} ran:"
        f" version {version}, not the one that the sweep was made with"
        for version, numbers in ran.items()
    ]


def _named(files: Sequence[str]) -> str:
    more = ", …" if len(files) > _NAMED else ""
    return escape(", ".join(files[:_NAMED])) + more
