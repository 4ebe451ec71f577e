"""Requests that start no attempt (note, tag, set): granted by a live controller, or else in this process."""

from __future__ import annotations

import time
from functools import partial

from sweeper.app.observers import Observers
from sweeper.app.owners import require_right_to_ask
from sweeper.app.requests import grant, take_or_wait
from sweeper.app.summaries import write_outputs
from sweeper.app.taking import taken_for_writing
from sweeper.core.errors import UsageError
from sweeper.core.snapshot import snapshot
from sweeper.core.state import State
from sweeper.request_records import WRITTEN, answer, settings_after
from sweeper.results.best import best_facts, best_trial
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.requests import Request


def ask(folder: SweepFolder, request: Request, observers: Observers) -> None:
    """Post a request and wait until it is granted; without a controller, take the sweep to grant it here.

    Raises:
        UsageError: the sweep belongs to another user.
        ControllerError: the controller does not answer, or has refused the request.
        StorageError: the sweep's folder cannot be written.
    """
    require_right_to_ask(folder)
    if not grant(folder, request):
        take_or_wait(folder, request, partial(_grant_here, folder, observers))


def _is_changed(folder: SweepFolder, writer: SweepWriter, request: Request) -> bool:
    """Apply the settings of a request; set it aside and return False if it cannot be granted."""
    try:
        writer.change_settings(settings_after(folder.settings, request))
    except UsageError as error:
        writer.refuse_request(request.id, str(error))
        return False
    return True


def _grant_here(folder: SweepFolder, observers: Observers) -> None:
    """Grant all waiting requests of these kinds, the oldest first, so that a later one takes precedence."""
    with taken_for_writing(folder, observers) as writer:
        folder.refresh_settings()
        records = list(writer.records)
        state = State().apply_all(records)
        for request in writer.requests():
            if request.kind not in WRITTEN:
                continue
            if request.id not in state.granted:
                writer.check()
                if request.kind == "set" and not _is_changed(folder, writer, request):
                    continue
                new = answer(state, request, round(time.time(), 3))
                for record in new:
                    writer.append(record)
                writer.flush()
                state.apply_all(new)
                records += new
            writer.remove_request(request.id)
        for line in writer.messages:
            observers.warn(line)
        results = folder.settings.results
        best = best_facts(best_trial(state, results), results)
        # With a current status.json, the next reader need not fold the journal.
        writer.write_status(snapshot(state, time.time(), slots=0, best=best))
        write_outputs(folder, records, state, observers)
