"""Requests that start no attempt (note, tag, set): granted by the live controller, or else here."""

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
    """Have a request granted; without a controller the sweep is taken for it, and let go.

    Raises:
        UsageError: the sweep is another user's.
        ControllerError: the controller does not answer, or has refused it.
        StorageError: the sweep's folder cannot be written.
    """
    require_right_to_ask(folder)
    if not grant(folder, request):
        take_or_wait(folder, request, partial(_grant_here, folder, observers))


def _is_changed(folder: SweepFolder, writer: SweepWriter, request: Request) -> bool:
    """Let other settings hold; a request that cannot be granted is set aside."""
    try:
        writer.change_settings(settings_after(folder.settings, request))
    except UsageError as error:
        writer.refuse_request(request.id, str(error))
        return False
    return True


def _grant_here(folder: SweepFolder, observers: Observers) -> None:
    """Grant all requests of this kind that lie there, the oldest first: a later one must win."""
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
        # Or the next reader folds the journal.
        writer.write_status(snapshot(state, time.time(), slots=0, best=best))
        write_outputs(folder, records, state, observers)
