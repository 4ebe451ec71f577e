"""The results that Hydra's sweepers get: a JobReturn for each job, made from the files of its trial."""

from __future__ import annotations

import os
from functools import partial

from hydra.core.utils import JobReturn, JobRuntime, JobStatus
from omegaconf import DictConfig, flag_override

from sweeper.core.model import Attempt, Cause, Status
from sweeper.core.paths import LOG
from sweeper.core.standing import pause_of
from sweeper.core.state import State, TrialState
from sweeper.hydra_launcher.command_line import is_hydras
from sweeper.hydra_launcher.jobs import Composer, Job
from sweeper.results.readers.returned import read_returned
from sweeper.store.folder import SweepFolder


class TrialError(RuntimeError):
    """A trial has not completed; the message says why, and where its log is."""


class TrialReturn(JobReturn):
    """The result of a job. Its value is that of the main function, as JSON can represent it.

    The configurations are composed on first use: most sweepers need only the value.
    """

    def __init__(
        self, folder: SweepFolder, state: State, one: TrialState, job: Job, composer: Composer
    ) -> None:
        self._job: Job | None = None
        self._composed = partial(composer.exact, job.number, job.overrides)
        out = folder.paths.trial(one.trial).attempt(Attempt(one.trial.index, one.result_attempt))
        returned = read_returned(out) if one.number else None
        super().__init__(
            overrides=[text for text in job.overrides if not is_hydras(text)],
            working_dir=(returned and returned.working_dir) or os.getcwd(),
            task_name=(returned and returned.task_name) or JobRuntime.instance().get("name"),
            status=JobStatus.COMPLETED if one.status is Status.COMPLETED else JobStatus.FAILED,
        )
        self._output_dir = job.output_dir() or out
        if self.status is JobStatus.COMPLETED:
            self.return_value = returned.value if returned else None
        else:
            self.return_value = TrialError(_why_not(folder, state, one))

    @property
    def cfg(self) -> DictConfig:
        """The app's own part of the configuration."""
        return self._exact.task

    @cfg.setter
    def cfg(self, value: object) -> None:
        """JobReturn sets it to None."""

    @property
    def hydra_cfg(self) -> DictConfig:
        """The whole configuration, Hydra's node included."""
        return _with_output_dir(self._exact.config, self._output_dir)

    @hydra_cfg.setter
    def hydra_cfg(self, value: object) -> None:
        """JobReturn sets it to None."""

    @property
    def _exact(self) -> Job:
        self._job = self._job or self._composed()
        return self._job


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
    return f"{which} ended with {one.outcome.cause}: {one.outcome.error} (its log: {log}/{LOG})"
