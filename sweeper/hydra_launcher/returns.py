"""What Hydra's sweepers get back: a JobReturn for each job, made of what its trial left."""

from __future__ import annotations

import os

from hydra.core.utils import JobReturn, JobRuntime, JobStatus
from omegaconf import DictConfig, flag_override

from sweeper.core.model import Attempt, Cause, Status
from sweeper.core.standing import pause_of
from sweeper.core.state import State, TrialState
from sweeper.hydra_launcher.jobs import Job, typed
from sweeper.results.readers.returned import read_returned
from sweeper.store.folder import SweepFolder


class TrialError(RuntimeError):
    """A trial has not completed; the message says why, and where its log is."""


def job_return(folder: SweepFolder, state: State, one: TrialState, job: Job) -> JobReturn:
    """What became of a job. Its value is that of its main function, as far as JSON knows it."""
    found = JobReturn()
    attempt = Attempt(one.trial.index, one.number)
    out = folder.paths.trial(one.trial).attempt(attempt)
    returned = read_returned(out) if one.number else None
    output_dir = (returned and returned.output_dir) or job.output_dir() or out
    config = _with_output_dir(job.config, output_dir)
    found.cfg = job.task
    found.hydra_cfg = config
    found.overrides = typed(job.config, "task")
    found.working_dir = (returned and returned.working_dir) or os.getcwd()
    found.task_name = (returned and returned.task_name) or JobRuntime.instance().get("name")
    if one.status is Status.COMPLETED:
        found.status = JobStatus.COMPLETED
        found.return_value = returned.value if returned else None
    else:
        found.status = JobStatus.FAILED
        found.return_value = TrialError(_why_not(folder, state, one))
    return found


def _with_output_dir(config: DictConfig, output_dir: str) -> DictConfig:
    made = config.copy()
    with flag_override(made.hydra.runtime, ["readonly", "struct"], False):
        made.hydra.runtime.output_dir = output_dir
    return made


def _why_not(folder: SweepFolder, state: State, one: TrialState) -> str:
    which = f"trial {one.trial.index} of {folder.name}"
    if one.outcome is None or one.outcome.cause is Cause.COMPLETED:
        paused = pause_of(state.counts, state.paused)
        return f"{which} has not run: {paused or 'the sweep was stopped'}"
    log = folder.paths.trial(one.trial).attempt(Attempt(one.trial.index, one.number))
    return f"{which} ended with {one.outcome.cause}: {one.outcome.error} (its log: {log}/log.txt)"
