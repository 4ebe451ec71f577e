"""Secrets in a controller: check the variables of trials that are still to run, mask secrets in results."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace

from sweeper.app.secret_checks import check_variables
from sweeper.collecting import Read
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


def masking_reader(folder: SweepFolder, records: Sequence[Record]) -> Read:
    """Return a function that reads the results of an attempt, with the secrets of all trials masked.

    Args:
        folder: the sweep.
        records: the journal; secrets of trials that are added later are not masked.
    """
    trials = [record.trial for record in records if isinstance(record, Added) and record.trial.secrets]
    hidden = {value for trial in trials for value in secret_values(trial, os.environ)}

    def read(out: str) -> Reading:
        found = read_metrics(out, folder.settings.results)  # the settings can change while the sweep runs
        return _masked(found, hidden) if hidden else found

    return read


def _masked(found: Reading, hidden: Collection[str]) -> Reading:
    metrics = {
        name: masked(value, hidden) if isinstance(value, str) else value
        for name, value in found.metrics.items()
    }
    problem, warning = masked(found.problem, hidden), masked(found.warning, hidden)
    return replace(found, metrics=metrics, problem=problem, warning=warning)
