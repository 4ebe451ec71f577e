"""Secrets of a sweep: are the variables that its trials need there, and what is to be said of them?"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sweeper import clusters
from sweeper.core.errors import UsageError
from sweeper.core.model import Reading, Status, Trial
from sweeper.core.records import Added, Record
from sweeper.core.secrets import is_private, literal_keys, masked, needs, public_secrets, secret_values
from sweeper.core.settings import Settings
from sweeper.core.state import State
from sweeper.core.words import listed
from sweeper.results.readers import read_metrics
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    from sweeper.collecting import Read

_TO_COME = (Status.QUEUED, Status.WAITING)


def check_variables(trials: Iterable[Trial], settings: Settings) -> None:
    """UsageError if a trial that is still to run refers to a variable that its attempt will not have."""
    needed: dict[str, str] = {}
    for trial in trials:
        needed |= needs(trial)
    cluster = clusters.of(settings.cluster)
    for name, key in needed.items():
        if why := cluster.why_no_variable(name, key):
            raise UsageError(why)


def check_records(records: Sequence[Record], settings: Settings) -> None:
    """The same for a sweep that is taken up again: its trials that have not ended, and do not run."""
    if any(isinstance(record, Added) and record.trial.secrets for record in records):
        state = State().apply_all(records)
        check_variables((one.trial for one in state.trials if one.status in _TO_COME), settings)


def masking_reader(folder: SweepFolder, records: Sequence[Record]) -> Read:
    """Reads what attempts have left, without the values of the secrets that trials had so far."""
    trials = [record.trial for record in records if isinstance(record, Added) and record.trial.secrets]
    hidden = {value for trial in trials for value in secret_values(trial, os.environ)}

    def read(out: str) -> Reading:
        found = read_metrics(out, folder.settings.results)  # they can change while it runs
        return _masked(found, hidden) if hidden else found

    return read


def _masked(found: Reading, hidden: Collection[str]) -> Reading:
    metrics = {
        name: masked(value, hidden) if isinstance(value, str) else value
        for name, value in found.metrics.items()
    }
    problem, warning = masked(found.problem, hidden), masked(found.warning, hidden)
    return replace(found, metrics=metrics, problem=problem, warning=warning)


def secret_remarks(trials: Sequence[Trial], settings: Settings) -> Iterator[str]:
    """Warnings: of secrets that are written down, and of those that a program has to look up itself."""
    secret = [trial for trial in trials if trial.secrets]
    literal = list(dict.fromkeys(key for trial in secret for key in literal_keys(trial)))
    if literal:
        yield (
            f"warning: {listed(literal)}: a secret in clear text, which the sweep's folder keeps (only you"
            " can read it there); refer to an environment variable instead, as in"
            f" {literal[0]}: ${{oc.env:{_variable(literal[0])}}}"
        )
    elif any(map(is_private, secret)):
        yield "warning: the default of a secret is one as well; leave it out: ${oc.env:NAME}"
    for name in public_secrets(settings.cluster):
        yield f"warning: {clusters.of(settings.cluster).public_remark(name)}"
    needed = {name: key for trial in secret if _reads_file(trial) for name, key in needs(trial).items()}
    for name, key in needed.items():
        yield (
            f"{key} stays ${{oc.env:{name}}} in the parameter file: OmegaConf resolves that, and any other"
            f" program reads the environment variable {name} itself"
        )


def _variable(key: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in key).upper()


def _reads_file(trial: Trial) -> bool:
    return "params" in trial.command.lower()
