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
"""Kinds of requests for something that a controller which launches nothing more would not run."""

WRITTEN = ("note", "tag", "set")
"""Kinds of requests that are granted by writing: nothing runs, ends or is read for them."""


def answer(state: State, request: Request, at: float) -> list[Record]:
    """The records of a request that is granted at wall time `at`; the last one says that it was."""
    return [
        *_changes(state, request, at),
        Granted(request.id, request.kind, request.trials, request.completed),
    ]


def settings_after(settings: Settings, request: Request) -> Settings:
    """The settings that hold once a request to change some is granted. UsageError if it cannot be."""
    return changed(settings, request.settings, registry.live(settings.cluster))


def _changes(state: State, request: Request, at: float) -> list[Record]:
    trials = request.trials
    if trials is not None:  # a request is a file: one that names no trial of ours must not spoil the journal
        trials = tuple(index for index in trials if index < len(state.trials))
    match request.kind:
        case "note":
            return [Noted(request.note, trials, at)]
        case "tag":
            return [Tagged(request.tags, request.untags, trials, at)]
        case "set":
            return [Changed(request.settings, at)]
    return [Added(trial, at) for trial in new_trials(state, map(from_point, request.points))]
