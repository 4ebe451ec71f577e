"""The batches of jobs that a sweeper launches, one after the other: all of them are one sweep."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, configure_log, setup_globals
from hydra.errors import HydraException
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from sweeper import clusters
from sweeper.app.joining import join
from sweeper.app.requests import grant
from sweeper.app.spec import SweepSpec
from sweeper.app.taking import change_settings
from sweeper.cli.common import say
from sweeper.cli.controller import INTERRUPTED, show_interrupted
from sweeper.cli.detach import detach
from sweeper.cli.final_summary import next_command, show_ending
from sweeper.cli.printing import printing
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.core.formatting import counted
from sweeper.core.settings import Settings
from sweeper.core.state import State
from sweeper.hydra_launcher.command_line import read_command_line
from sweeper.hydra_launcher.control import SweepInterruptedError, bring_to_end
from sweeper.hydra_launcher.jobs import Composer, Job, typed
from sweeper.hydra_launcher.programs import from_command_line, from_function
from sweeper.hydra_launcher.returns import TrialReturn
from sweeper.hydra_launcher.trials import (
    JobProgram,
    make_spec,
    make_trials,
    read_launcher_settings,
    refuse_shared_folders,
)
from sweeper.store.creating import add_files
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import Request

_BASIC = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"


class Batches:
    """All jobs that one sweeper launches, as one sweep.

    Args:
        settings: the node `hydra.launcher`, as plain data.
        context, function, config: as Hydra gives them to a launcher.
    """

    def __init__(
        self, settings: dict[str, Any], context: HydraContext, function: TaskFunction, config: DictConfig
    ) -> None:
        self._given, self._context, self._function, self._config = settings, context, function, config
        self._line = read_command_line([*typed(config, "hydra"), *typed(config, "task")])
        self._composer = Composer(context, config)
        self._project = Path(str(config.hydra.runtime.cwd))
        self._observers = printing()
        self._folder: SweepFolder | None = None
        self._program: JobProgram | None = None

    def launch(self, overrides: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
        """Run these jobs, numbered from `first`; return the result of each, or nothing if detached."""
        with self._explained(), _quiet():
            setup_globals()
            configure_log(self._config.hydra.hydra_logging, self._config.hydra.verbose)
            if self._given["detach"] and not self._is_whole:
                raise UsageError(
                    "hydra.launcher.detach works with Hydra's own sweeper and all jobs in one batch alone:"
                    " others wait for results"
                )
            jobs = [self._composer.job(number, words) for number, words in enumerate(overrides, first)]
            settings, remarks = read_launcher_settings(self._given, self._project)
            # Sweepers write files of their own there.
            Path(str(self._config.hydra.sweep.dir)).mkdir(parents=True, exist_ok=True)
            program = self._program = self._program or self._make_program(jobs[0], settings)
            trials, keys = make_trials(self._composer, jobs, program, settings, self._given["time_limit"])
            name = str(jobs[0].config.hydra.job.name)
            spec = make_spec(name, jobs, trials, program, settings, remarks, self._project)
            state = self._run(spec)
            if state is None:
                return []
            assert self._folder is not None
            one_of = {one.trial.key: one for one in state.trials}
            folder, composer = self._folder, self._composer
            return [TrialReturn(folder, state, one_of[keys[job.number]], job, composer) for job in jobs]

    @property
    def _is_whole(self) -> bool:
        """Whether one batch holds all jobs."""
        sweeper = self._config.hydra.sweeper
        return sweeper.get("_target_") == _BASIC and sweeper.get("max_batch_size") is None

    def _make_program(self, job: Job, settings: Settings) -> JobProgram:
        here = clusters.of(settings.cluster).runs_here
        project = os.fspath(self._project)
        if self._line is not None:
            return from_command_line(self._line, job, self._context, project, self._observers.warn, here=here)
        self._observers.say(
            "the task function travels by cloudpickle: it is no script that could be run again"
        )
        return from_function(self._function, self._context, self._config, job, project, here=here)

    def _run(self, spec: SweepSpec) -> State | None:
        """Bring the sweep to its end; None if it goes on in the background."""
        is_first = self._folder is None
        if self._folder is not None:  # a further batch
            sweep = replace(spec.settings.sweep, name=self._folder.name)
            spec = replace(spec, settings=replace(spec.settings, sweep=sweep))
        refuse_shared_folders(spec.trials)  # before anything is made
        joined = join(spec, self._observers, remarks=is_first)
        self._folder, addition = joined.folder, joined.addition
        if addition is None:
            many = f"{len(spec.trials)} trial{'' if len(spec.trials) == 1 else 's'}"
            say(f"{self._folder.name}: {many} in {os.path.relpath(self._folder.paths.folder)}")
            try:
                return self._end(None)
            finally:
                if joined.recording:
                    joined.recording.wait()
        refuse_shared_folders(joined.spec.trials, [one.trial for one in addition.state.trials])
        add_files(Path(self._folder.paths.folder), spec.files)
        if addition.is_over:
            self._show(addition.state)
            return addition.state
        return self._end(addition.settings, addition.request)

    def _end(self, settings: Settings | None, request: Request | None = None) -> State | None:
        """Bring the sweep to its end, or start a controller in the background and return None.

        `settings` hold from now on, if this process becomes the controller; None: they stay as they are.
        """
        assert self._folder is not None
        if self._given["detach"]:
            if not (request and grant(self._folder, request)):
                if settings:
                    change_settings(self._folder, settings, self._observers)
                if code := detach(self._folder):
                    raise SystemExit(code)
            return None
        state = bring_to_end(self._folder, settings, request)
        self._show(state)
        return state

    def _show(self, state: State) -> None:
        """Show the full summary if this is the only batch, else one line."""
        assert self._folder is not None
        if self._is_whole:
            show_ending(self._folder, state)
        else:
            say(f"{self._folder.name}: {counted(state.counts)}; next: {next_command(self._folder, state)}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn errors that the user can correct into one line, with the exit codes of the command."""
        try:
            yield
        except SweepInterruptedError as error:
            assert self._folder is not None
            show_interrupted(self._folder, error.state)
            say(f"or type the same command with hydra.launcher.name={self._folder.name}")
            if self._line is None:
                raise KeyboardInterrupt from error
            raise SystemExit(INTERRUPTED) from error
        except KeyboardInterrupt:
            if self._line is None:
                raise
            raise SystemExit(INTERRUPTED) from None
        except CvsweepError as error:
            if self._line is None:
                raise HydraException(str(error)) from error
            say(f"cvsweep: {error}")
            raise SystemExit(error.exit_code) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence cvsweep's loggers: Hydra would show what they log, which is already shown."""
    logger = logging.getLogger("sweeper")
    level = logger.level
    if level == logging.NOTSET and logging.getLogger().level > logging.DEBUG:  # hydra.verbose=true shows it
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
