"""The program of all jobs: a command line that is run again, or a function pickled by cloudpickle."""

from __future__ import annotations

from collections.abc import Callable

from hydra.core.singleton import Singleton
from hydra.types import HydraContext, RunMode, TaskFunction
from omegaconf import DictConfig, OmegaConf

from sweeper.app.function_identity import identity
from sweeper.app.pickled import IMPORTS, RECORDER, pickle_task, runner
from sweeper.hydra_launcher.command_line import CommandLine, is_launchers, own_overrides
from sweeper.hydra_launcher.jobs import Job, typed
from sweeper.hydra_launcher.trials import JobProgram

Warn = Callable[[str], object]


def from_command_line(
    line: CommandLine, job: Job, context: HydraContext, project: str, warn: Warn, *, here: bool
) -> JobProgram:
    """Return the program that runs the original command line again.

    Args:
        job: any of the jobs.
        project: the folder that trials start in.
        here: trials are processes of this machine.
    """
    said = typed(job.config, "hydra")
    own = own_overrides(said)
    # No override of the launcher if the configuration does not choose ours, else Hydra's own launcher. If
    # the configuration sets keys of hydra.launcher, which that one lacks, ours, in a mode that ignores it.
    options: tuple[list[str], ...] = ([], ["hydra/launcher=basic", "hydra.mode=RUN"])
    possible = ([*own, *more] for more in options if _runs_here(job, context, [*own, *more]))
    suffix = next(possible, [*own, *filter(is_launchers, said), "hydra.mode=RUN"])
    words = line.words(project, here=here)
    in_key = line.in_key(project, here=here)
    if line.is_isolated:
        warn(
            "the program's Python is told to ignore PYTHONPATH (-I or -E): what its main function returns is"
            " not recorded, only the metrics that it writes"
        )
        return JobProgram(words, in_key, "", tuple(suffix), {})
    return JobProgram(words, in_key, IMPORTS, (*suffix, RECORDER), runner())


def from_function(
    function: TaskFunction,
    context: HydraContext,
    config: DictConfig,
    job: Job,
    project: str,
    *,
    here: bool,
) -> JobProgram:
    """Return the program that runs the pickled function in the trials.

    Raises:
        UsageError: cloudpickle is not installed, or cannot pickle the function.
    """
    task = {
        "function": function,
        "context": context,
        "config": _without_launcher(config, context),
        "singletons": Singleton.get_state(),
        "sweep_dir_is_set": job.output_dir() is not None,
    }
    words, files = pickle_task(task, project, here=here)
    return JobProgram(tuple(words), identity(function, project), "", (), files, is_pickled=True)


def _without_launcher(config: DictConfig, context: HydraContext) -> DictConfig:
    """Return the configuration with Hydra's own launcher instead of ours: jobs then do not need cvsweep."""
    others = [one for one in typed(config, "hydra") if not is_launchers(one)]
    try:
        made = context.config_loader.load_configuration(
            config_name=config.hydra.job.config_name,
            overrides=[*others, "hydra/launcher=basic"],
            run_mode=RunMode.MULTIRUN,
        )
    except Exception:  # noqa: BLE001  # the configuration itself sets keys of hydra.launcher
        return config
    OmegaConf.copy_cache(from_config=config, to_config=made)  # so that all jobs have the same times
    return made


def _runs_here(job: Job, context: HydraContext, overrides: list[str]) -> bool:
    """Whether a job runs in its own process with these overrides for Hydra."""
    try:
        found = context.config_loader.load_configuration(
            config_name=job.config.hydra.job.config_name,
            overrides=[*job.overrides, *overrides],
            run_mode=RunMode.RUN,
        )
    except Exception:  # noqa: BLE001  # whatever Hydra has against it
        return False
    return found.hydra.mode in (None, RunMode.RUN) and not _is_ours(found)


def _is_ours(config: DictConfig) -> bool:
    return str(config.hydra.runtime.choices.get("hydra/launcher")) == "cvsweep"
