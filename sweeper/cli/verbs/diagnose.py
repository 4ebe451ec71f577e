"""`cvsweep diagnose`: a report of all data about a trial, in one file for an administrator."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing

from sweeper.app.contexts import context_of
from sweeper.app.owners import cluster_for_reader
from sweeper.cli.common import one_trial, say
from sweeper.cli.diagnosing import of_folder
from sweeper.cli.parsers.diagnose import make_parser
from sweeper.cli.printing import printing
from sweeper.clusters.abilities import HasDiagnosis
from sweeper.core.diagnosis import DiagnosisSection, known_secrets, report
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt
from sweeper.core.secrets import public_secrets, secret_values
from sweeper.files import atomic
from sweeper.store.folder import SweepFolder


def main(argv: list[str]) -> int:
    """Write the report on a trial; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    folder, state, trial = one_trial(given.sweep, given.trial, given.root)
    last = state.trials[trial.index].number
    number = last if given.attempt is None else given.attempt
    if given.attempt is not None and not 1 <= number <= last:
        raise UsageError(
            f"trial {trial.index} has no attempt {number}; its latest is {last or 'still to come'}"
        )
    attempt = Attempt(trial.index, number) if number else None
    sections = list(of_folder(folder, state, trial, attempt))
    cluster = folder.settings.cluster
    if attempt:
        sections.extend(_of_cluster(folder, attempt))
    env = cluster.data.get("env", {})
    secrets = [*known_secrets(os.environ), *(env[name] for name in public_secrets(cluster))]
    for one in state.trials:
        secrets += secret_values(one.trial, os.environ)
    _write(report(sections, secrets), given.file or _file_name(folder.name, trial.index))
    return 0


def _of_cluster(folder: SweepFolder, attempt: Attempt) -> Iterator[DiagnosisSection]:
    with closing(cluster_for_reader(folder, printing())) as cluster:
        if isinstance(cluster, HasDiagnosis):
            yield from cluster.diagnosis(context_of(folder, printing()), attempt)


def _file_name(sweep: str, trial: int) -> str:
    return f"diagnose-{re.sub(r'[^A-Za-z0-9._-]', '_', sweep)}-{trial}.txt"


def _write(text: str, file: str) -> None:
    """Write the report, readable only by its owner, since a program may have printed secrets."""
    data = text.encode(errors="backslashreplace")
    if file == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        atomic.write(file, data, sync=False, mode=atomic.PRIVATE)
    except OSError as error:
        raise UsageError(f"diagnose: {file} cannot be written: {error.strerror or error}") from error
    say("secrets are masked as far as they are known: look through the file before you send it")
    sys.stdout.write(f"{os.path.abspath(file)}\n")
