"""Turns jobs into the trials of a sweep: their parameters, choices, commands and keys."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sweeper import clusters
from sweeper.app.spec import SweepSpec
from sweeper.compose.parameters import read_parameters
from sweeper.compose.program import RUN_DIR
from sweeper.compose.settings import read_settings
from sweeper.core.errors import UsageError
from sweeper.core.hydra_override_text import hydra_word
from sweeper.core.model import Trial, trial_key
from sweeper.core.placeholders import OVERRIDES
from sweeper.core.results_dir import results_dir, results_dir_line
from sweeper.core.settings import Settings, TaskSettings
from sweeper.hydra_launcher.command_line import is_hydras
from sweeper.hydra_launcher.jobs import Composer, Job


@dataclass(frozen=True, slots=True)
class JobProgram:
    """How a job's program is run.

    Attributes:
        words: what starts it, up to the overrides of a job; the first is the interpreter.
        identity: the part of it that goes into a trial's key.
        prefix: lines of shell before it.
        suffix: the arguments after the overrides, the same for all jobs.
        files: the files that it needs in the sweep's folder, by their paths there.
        is_pickled: it runs a pickled function; else its command line is run again.
    """

    words: tuple[str, ...]
    identity: str
    prefix: str
    suffix: tuple[str, ...]
    files: dict[str, bytes]
    is_pickled: bool = False

    def command(self, job: Job, output_dir: str | None, output_dir_here: str | None) -> str:
        """Return the shell text that runs a job.

        Args:
            output_dir: the folder that the user chose for it, as the job sees it; None: the attempt's folder.
            output_dir_here: the same as this machine sees it.
        """
        prefix = f"{results_dir_line(output_dir_here)}{self.prefix}" if output_dir_here else self.prefix
        if self.is_pickled:
            folder = (hydra_word("hydra.sweep.dir", output_dir), "hydra.sweep.subdir=.") if output_dir else ()
            words = " ".join(map(shlex.quote, (str(job.number), *job.overrides, *folder)))
            return f"{prefix}exec {' '.join(self.words)} {words}"
        run_dir = hydra_word("hydra.run.dir", output_dir) if output_dir else RUN_DIR
        numbers = (f"hydra.job.num={job.number}", f"hydra.job.id={job.number}")
        words = " ".join(map(shlex.quote, (*self.words, *job.overrides, *self.suffix, *numbers, run_dir)))
        return f"{prefix}exec {words}"


def make_trials(
    composer: Composer, jobs: Sequence[Job], program: JobProgram, settings: Settings, time_limit: float | None
) -> tuple[list[Trial], dict[int, str]]:
    """Return the distinct trials of these jobs, and the key of each job's trial by the job's number."""
    found = read_parameters([(job.task, job.active) for job in jobs], settings.sweep.secrets)
    for at, job in enumerate(jobs):
        if found[at].of_the_point and not job.is_exact:
            exact = composer.exact(job.number, job.overrides)
            found[at : at + 1] = read_parameters([(exact.task, exact.active)], settings.sweep.secrets)
    inside = clusters.of(settings.cluster).path_inside
    trials: dict[str, Trial] = {}
    keys: dict[int, str] = {}
    for job, parameters in zip(jobs, found, strict=True):
        chosen = job.output_dir()
        key = trial_key(parameters.values, f"{program.identity}{job.environment}", job.choices)
        keys[job.number] = key
        if key not in trials:
            command = program.command(job, inside(chosen) if chosen else None, chosen)
            trials[key] = Trial(
                len(trials),
                key,
                parameters.values,
                command,
                time_limit=time_limit,
                choices=job.choices,
                overrides=tuple(text for text in job.overrides if not is_hydras(text)),
                secrets=parameters.secrets,
            )
    return list(trials.values()), keys


def refuse_shared_folders(trials: Sequence[Trial], there: Sequence[Trial] = ()) -> None:
    """Raise UsageError if two trials would use one folder; `there` are the present trials of the sweep."""
    known = {one.key for one in there}
    first: dict[str, Trial] = {}
    for trial in (*there, *(one for one in trials if one.key not in known)):
        folder = results_dir(trial.command)
        other = first.setdefault(folder, trial)
        if folder and other is not trial:
            raise UsageError(
                f"{folder} is the folder of trial {other.index} already, and their results would mix:"
                " let hydra.sweep.subdir tell them apart, as ${hydra.job.num} does, or choose another"
                " hydra.sweep.dir"
            )


def make_spec(
    name: str,
    jobs: Sequence[Job],
    trials: Sequence[Trial],
    program: JobProgram,
    settings: Settings,
    remarks: Sequence[str],
    project: Path,
) -> SweepSpec:
    """Return the specification of the sweep. `name` names it if the settings do not."""
    task = TaskSettings(command=[*program.words, OVERRIDES], args_style="overrides")
    started = program.words if not program.is_pickled else program.words[:1]
    return SweepSpec(
        trials=tuple(trials),
        settings=settings,
        project=project,
        config={"task": asdict(task)},
        swept=_swept(jobs),
        experiment=name,
        programs=frozenset({(started[0], task.cwd)}),
        commands=frozenset({(tuple(started), task.cwd)}),
        repeated=len(jobs) - len(trials),
        remarks=tuple(remarks),
        files=program.files,
    )


def _swept(jobs: Sequence[Job]) -> tuple[str, ...]:
    """Return the keys of the overrides that differ between jobs; all of them if there is one job."""
    values: dict[str, set[str]] = {}
    for job in jobs:
        for text in job.overrides:
            key, _, value = text.partition("=")
            if not is_hydras(text):
                values.setdefault(key.lstrip("+~").partition("@")[0], set()).add(value)
    return tuple(key for key, seen in values.items() if len(seen) > 1 or len(jobs) == 1)


def read_launcher_settings(given: dict[str, Any], project: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of a sweep from the node `hydra.launcher`, and messages about them."""
    sweep = {key: given[key] for key in ("name", "root", "pause_after", "secrets")}
    shared = {key: given[key] for key in ("cluster", "retry", "results", "code")}
    return read_settings({"sweep": sweep, **shared}, project)
