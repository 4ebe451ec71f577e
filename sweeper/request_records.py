"""Turns a granted request into journal records and changed settings."""

from __future__ import annotations

from sweeper.clusters import registry
from sweeper.core.notes_and_tags import Noted, Tagged
from sweeper.core.records import Added, Changed, Granted, Record
from sweeper.core.setting_changes import changed
from sweeper.core.settings import Settings
from sweeper.core.state import State, new_trials
from sweeper.store.requests import Request, from_point

LATER = ("retry", "add")
"""Kinds of requests that a controller that launches nothing more leaves to the next one."""

WRITTEN = ("note", "tag", "set")
"""Kinds of requests that are granted by writing: nothing runs, ends or is read for them."""


def answer(state: State, request: Request, at: float) -> list[Record]:
    """Return the records of a request that is granted at wall time `at`; the last one is the grant."""
    return [
        *_changes(state, request, at),
        Granted(request.id, request.kind, request.trials, request.completed),
    ]


def settings_after(settings: Settings, request: Request) -> Settings:
    """Return the settings after a request to change some; UsageError if it cannot be granted."""
    return changed(settings, request.settings, registry.live(settings.cluster))


def _changes(state: State, request: Request, at: float) -> list[Record]:
    trials = request.trials
    if trials is not None:  # a request is a file: unknown indexes in it must not damage the journal
        trials = tuple(index for index in trials if index < len(state.trials))
    match request.kind:
        case "note":
            return [Noted(request.note, trials, at)]
        case "tag":
            return [Tagged(request.tags, request.untags, trials, at)]
        case "set":
            return [Changed(request.settings, at)]
    return [Added(trial, at) for trial in new_trials(state, map(from_point, request.points))]
