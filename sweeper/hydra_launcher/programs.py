"""The program of all jobs: a command line that is run again, or a function that travels by cloudpickle."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from hydra.core.singleton import Singleton
from hydra.types import HydraContext, RunMode, TaskFunction
from omegaconf import DictConfig, flag_override
from omegaconf.basecontainer import BaseContainer

from sweeper.core.errors import UsageError
from sweeper.hydra_launcher.command_line import CommandLine, is_launchers, own_overrides
from sweeper.hydra_launcher.jobs import Job, typed
from sweeper.hydra_launcher.trials import FOLDER, IMPORTS, RECORDER, Program

Warn = Callable[[str], object]

_SOURCE = Path(__file__).parent.parent / "cvsweep_trial.py"
_OF_OTHERS = ("hydra", "now", "python_version", "env")
"""Resolvers that every Hydra app has."""


def runner() -> dict[str, bytes]:
    """The file that trials use, by its path in the sweep's folder."""
    return {"tasks/cvsweep_trial.py": _SOURCE.read_bytes()}


def from_command_line(
    line: CommandLine, job: Job, context: HydraContext, project: str, warn: Warn, *, here: bool
) -> Program:
    """The program is run again by the words that started it.

    Args:
        job: any of the jobs.
        project: the folder that trials start in.
        here: trials are processes of this machine.
    """
    said = typed(job.config, "hydra")
    own = own_overrides(said)
    # Without overrides of the launcher if the configuration itself says nothing of it, else with Hydra's own,
    # or, if it sets keys of hydra.launcher, with ours.
    options: tuple[list[str], ...] = ([], ["hydra/launcher=basic", "hydra.mode=RUN"])
    possible = ([*own, *more] for more in options if _runs_here(job, context, [*own, *more]))
    suffix = next(possible, [*own, *filter(is_launchers, said), "hydra.mode=RUN"])
    words = line.words(project, here=here)
    environment = sorted(text for text in own if "hydra.job.env" in text)
    identity = " ".join([*line.words(project, here=False)[1:], *environment])
    if line.is_isolated:
        warn(
            "the program's Python is told to ignore PYTHONPATH (-I or -E): what its main function returns is"
            " not recorded, only the metrics that it writes"
        )
        return Program(words, identity, "", tuple(suffix), {})
    return Program(words, identity, IMPORTS, (*suffix, RECORDER), runner())


def from_function(
    function: TaskFunction,
    context: HydraContext,
    config: DictConfig,
    job: Job,
    *,
    here: bool,
) -> Program:
    """The function travels to the trials.

    Raises:
        UsageError: cloudpickle is not installed, or cannot pickle the function.
    """
    try:
        import cloudpickle
    except ImportError as error:
        raise UsageError(
            "a function that is no script of its own travels by cloudpickle: pip install 'cvsweep[launcher]'"
        ) from error
    task = {
        "function": function,
        "context": context,
        "config": _without_launcher(config),
        "singletons": Singleton.get_state(),
        "resolvers": {name: one for name, one in _own_resolvers() if _is_picklable(one)},
        "sweep_dir_is_set": job.output_dir() is not None,
        "path": [os.path.abspath(one) for one in sys.path if os.path.isdir(one)] if here else [],
    }
    try:
        data = cloudpickle.dumps(task)
    except Exception as error:
        raise UsageError(f"the task function cannot be pickled: {type(error).__name__}: {error}") from error
    name = f"{hashlib.blake2b(data, digest_size=6).hexdigest()}.pkl"
    python = sys.executable if here else "python"
    return Program(
        (python, f"{FOLDER}/cvsweep_trial.py", name),
        identity(function),
        "",
        (),
        {**runner(), f"tasks/{name}": data},
        is_pickled=True,
    )


def _without_launcher(config: DictConfig) -> DictConfig:
    """The configuration with Hydra's own launcher in place of ours, whose settings no job needs."""
    made = config.copy()
    node = made.hydra
    said = typed(config, "hydra")
    with flag_override(node, ["readonly", "struct"], False):
        node.launcher = {}
        node.overrides.hydra = [*(one for one in said if not is_launchers(one)), "hydra/launcher=basic"]
        for group in [str(one) for one in node.runtime.choices if str(one).startswith("hydra/launcher")]:
            del node.runtime.choices[group]
        node.runtime.choices["hydra/launcher"] = "basic"
    return made


def identity(function: Any) -> str:
    """What tells a function from others: its name, and what it does if it is no module's."""
    inner = getattr(function, "__wrapped__", function)
    module, name = getattr(inner, "__module__", ""), getattr(inner, "__qualname__", type(inner).__qualname__)
    code = getattr(inner, "__code__", None)
    if code is None or (module != "__main__" and "<locals>" not in name):
        return f"{module}:{name}"
    digest = hashlib.blake2b("\n".join(_instructions(code)).encode(), digest_size=6).hexdigest()
    return f"{module}:{name}:{digest}"


def _instructions(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)
        else:
            yield repr(constant)


def _runs_here(job: Job, context: HydraContext, overrides: list[str]) -> bool:
    """Does a job run in its own process with these overrides of Hydra's own?"""
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


def _own_resolvers() -> Iterator[tuple[str, Any]]:
    return (
        (name, one)
        for name, one in BaseContainer._resolvers.items()
        if not (name.startswith("oc.") or name in _OF_OTHERS)
    )


def _is_picklable(value: Any) -> bool:
    import cloudpickle

    try:
        cloudpickle.dumps(value)
    except Exception:  # noqa: BLE001  # of whatever kind
        return False
    return True
