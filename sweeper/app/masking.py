"""Secrets in a controller: check the variables of trials that are still to run, mask secrets in results."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sweeper.app.secret_checks import check_variables
from sweeper.core.model import Reading, Status
from sweeper.core.records import Added, Record
from sweeper.core.secrets import masked, secret_values
from sweeper.core.settings import Settings
from sweeper.core.state import State
from sweeper.results.readers import read_metrics
from sweeper.store.folder import SweepFolder

_TO_COME = (Status.QUEUED, Status.WAITING)


def check_records(records: Sequence[Record], settings: Settings) -> None:
    """Raise UsageError if a trial of an existing sweep that is still to run lacks an environment variable."""
    if any(isinstance(record, Added) and record.trial.secrets for record in records):
        state = State().apply_all(records)
        check_variables((one.trial for one in state.trials if one.status in _TO_COME), settings)


class MaskingReader:
    """Reads the results of attempts, with the secrets of all known trials masked; a `collecting.Read`."""

    def __init__(self, folder: SweepFolder, records: Iterable[Record]) -> None:
        self._folder = folder
        self._hidden: set[str] = set()
        self.learn(records)

    def learn(self, records: Iterable[Record]) -> None:
        """Add the secrets of the trials that these records of the journal add."""
        for record in records:
            if isinstance(record, Added) and record.trial.secrets:
                self._hidden.update(secret_values(record.trial, os.environ))

    def __call__(self, out: str) -> Reading:
        """Return the results of the attempt with this folder."""
        # The settings can change while the sweep runs.
        found = read_metrics(out, self._folder.settings.results)
        return _masked(found, self._hidden) if self._hidden else found


def _masked(found: Reading, hidden: Collection[str]) -> Reading:
    metrics = {
        name: masked(value, hidden) if isinstance(value, str) else value
        for name, value in found.metrics.items()
    }
    problem, warning = masked(found.problem, hidden), masked(found.warning, hidden)
    return replace(found, metrics=metrics, problem=problem, warning=warning)
