"""Reread the results of a sweep: by its controller, or in this process if it has none."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sweeper.app.masking import MaskingReader
from sweeper.app.metric_hints import out_of, silence, unreported
from sweeper.app.observers import Observers
from sweeper.app.requests import grant, take_or_wait
from sweeper.app.summaries import write_outputs
from sweeper.app.taking import taken_for_writing
from sweeper.collecting import Collector
from sweeper.core.collect import PROGRESS, collectable
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.formatting import escape
from sweeper.core.model import Value
from sweeper.core.records import Granted, Record
from sweeper.core.settings import WHAT_IS_READ, ResultsSettings
from sweeper.core.state import State, TrialState
from sweeper.results.best import reported
from sweeper.results.readers import read_metrics
from sweeper.store import status_reader
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.requests import Request

_MESSAGE_EVERY = 2.0
"""Minimum seconds between two progress messages."""


def collect(folder: SweepFolder, request: Request, observers: Observers) -> None:
    """Post a request to reread results, and wait until the controller, or else this process, has granted it.

    Raises:
        UsageError: the sweep belongs to another user, or is a copy that cannot run beside its original.
        ControllerError: the controller does not answer, or has refused the request.
        StorageError: the sweep's folder cannot be read or written.
    """
    progress = _Progress(observers)

    def sign() -> tuple[str, float] | None:
        return _sign(folder, progress)

    def collect_here() -> None:
        with taken_for_writing(folder, observers) as writer:
            _collect(folder, writer, progress, observers)

    if not grant(folder, request, sign):
        take_or_wait(folder, request, collect_here, sign)


def check_finds(
    folder: SweepFolder, state: State, trials: Sequence[int] | None, given: Mapping[str, Any]
) -> None:
    """Raise UsageError if new settings of what is read find no metrics in any trial that has ended well.

    The settings would also apply to all results that are read later. Settings that restore the defaults, or
    that read nothing (`results.reader=none`), are always allowed.
    """
    results = replace(folder.settings.results, **given)
    assignments = [f"results.{key}={given[key]}" for key in WHAT_IS_READ if given.get(key)]
    ended = collectable(state, trials)
    if not assignments or not ended or results.reader == "none":
        return
    try:
        if any(_finds(folder, state.trials[index], results) for index in ended):
            return
    except StorageError:
        return  # the check is impossible; recorded metrics are kept anyway
    which = f"any of the {len(ended)} trials that have" if len(ended) > 1 else "the only trial that has"
    hint = silence(folder, state.trials[ended[-1]], results)
    raise UsageError(
        escape(
            f"{' '.join(assignments)}: no metrics are found in {which} ended, so the sweep's settings are"
            f" left as they were{hint}"
        )
    )


def check_metric(
    folder: SweepFolder, state: State, trials: Sequence[int] | None, given: Mapping[str, Any]
) -> None:
    """Raise UsageError if the trials have metrics, but none of them has the given results.metric."""
    wanted, results = given.get("metric"), replace(folder.settings.results, **given)
    if not wanted or results.reader == "none":
        return
    found: dict[str, None] = {}
    try:
        for metrics in _metrics(folder, state, trials, results):
            if reported(metrics, wanted) is not None:
                return
            found |= dict.fromkeys(metrics)
    except StorageError:
        return  # as above
    if found:
        why = unreported(wanted, found)
        raise UsageError(escape(f"{why}; so the sweep's settings are left as they were"))


def _metrics(
    folder: SweepFolder, state: State, trials: Sequence[int] | None, results: ResultsSettings
) -> Iterator[Mapping[str, Value]]:
    """Yield the metrics that each trial will have after it has been reread with these settings."""
    again = set(collectable(state, trials))
    for one in state.trials:
        recorded = one.outcome.metrics if one.outcome else {}
        read = read_metrics(out_of(folder, one), results) if one.trial.index in again else None
        yield recorded if read is None or (read.problem and not read.metrics) else read.metrics


def _finds(folder: SweepFolder, one: TrialState, results: ResultsSettings) -> bool:
    return bool(read_metrics(out_of(folder, one), results).metrics)


def _collect(folder: SweepFolder, writer: SweepWriter, progress: _Progress, observers: Observers) -> None:
    """Grant all waiting requests to reread results, then write results.csv and summary.md.

    No attempt is started or ended. The requests are granted in order: if an interrupted command has left an
    older one, it comes first, so that its settings do not replace the newer ones later.
    """
    state = State().apply_all(writer.records)
    records = list(writer.records)
    collector = Collector(state, writer, MaskingReader(folder, records), writer.change_results)
    for request in writer.requests():
        while request.kind == "collect" and request.id not in state.granted:
            writer.check()
            new: list[Record] = [*collector.part(request, time.monotonic, round(time.time(), 3))]
            if not collector.is_busy:
                new.append(Granted(request.id, request.kind, request.trials))
            for record in new:
                writer.append(record)
            writer.flush()
            state.apply_all(new)
            records += new
            progress.see(collector.message)
        if request.kind == "collect":
            writer.remove_request(request.id)
    for line in writer.messages:
        observers.warn(line)
    write_outputs(folder, records, state, observers)


def _sign(folder: SweepFolder, progress: _Progress) -> tuple[str, float] | None:
    """Return the controller's progress message and the time of its status; None without such a message."""
    found = status_reader.read(folder.paths)
    message = next((line for line in found.notes if line.startswith(PROGRESS)), "") if found else ""
    progress.see(message)
    return (message, found.at) if found and message else None


class _Progress:
    """Passes progress messages on to observers, at most one in `_MESSAGE_EVERY` seconds."""

    def __init__(self, observers: Observers) -> None:
        self._observers = observers
        self._last_message_at = time.monotonic()
        self._last_message = ""

    def see(self, message: str) -> None:
        """Report a message if it is new and the last report is long enough ago; an empty one is ignored."""
        if (
            message
            and message != self._last_message
            and time.monotonic() - self._last_message_at >= _MESSAGE_EVERY
        ):
            self._last_message, self._last_message_at = message, time.monotonic()
            self._observers.say(message)
