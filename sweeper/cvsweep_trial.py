"""Runs inside of trials: records what a Hydra app returns, and runs functions pickled by cloudpickle.

This file is copied into the sweep's folder and used from there, by the trial's own interpreter. cvsweep need
not be installed there: the file needs the standard library, and what the trial itself uses.

- As a callback of Hydra (`++hydra.callbacks.cvsweep._target_=cvsweep_trial.Recorder`) it records what the
  app's main function returns.
- As a program (`python cvsweep_trial.py FILE`) it runs what a file of this folder describes: a function with
  the trial's parameters as its arguments, or the task function of a Hydra app.

The returned value is written to `returned.json` in the attempt's folder.
"""

from __future__ import annotations

import json
import os
import sys
from enum import Enum
from pathlib import Path
from typing import Any

RETURNED = "returned.json"
PROJECT = "project:"
"""Begins the first entry of the list of folders in a task's file: no folder, but which one is the project."""


def record(value: Any, **more: Any) -> None:
    """Write returned.json atomically; do nothing outside of a trial, or on any rank but the first."""
    out = os.environ.get("CVSWEEP_OUT")
    if not out or any(os.environ.get(name, "0") != "0" for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID")):
        return
    try:
        data = {"value": as_json(value), **more}
    except Exception as error:  # noqa: BLE001  # no training fails for what it returns
        data = {"value": None, "lost": str(error), **more}
    temporary = os.path.join(out, f".{RETURNED}.{os.getpid()}")
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(data, file)
    os.replace(temporary, os.path.join(out, RETURNED))


def as_json(value: Any) -> Any:
    """Return the value as JSON data; TypeError if it cannot be converted."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Path):
        return str(value)
    if type(value).__module__.startswith("omegaconf"):
        from omegaconf import OmegaConf

        return as_json(OmegaConf.to_container(value, resolve=True))
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if callable(getattr(value, "item", None)):  # a number of numpy, torch or the like
        return as_json(value.item())
    raise TypeError(f"a value of type {type(value).__module__}.{type(value).__qualname__} cannot be JSON")


class Recorder:
    """The callback for Hydra that records the value of a job."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("on_"):  # all other events
            return lambda *words, **more: None
        raise AttributeError(name)

    def on_job_end(self, config: Any, job_return: Any, **more: Any) -> None:
        """Record the value, the working directory and the name of a job that has completed."""
        if job_return.status.name == "COMPLETED":
            record(
                job_return.return_value,
                working_dir=str(job_return.working_dir),
                task_name=str(job_return.task_name),
            )


def run_function(task: dict[str, Any]) -> None:
    """Call the function with the trial's parameters."""
    with open(os.environ["CVSWEEP_PARAMS"], encoding="utf-8") as file:
        params = json.load(file)
    record(task["function"](**params))


def in_copy(place: str, project: str) -> str:
    """The same place in the sweep's copy of the project; the place itself if the trial's code has no such."""
    code = os.environ.get("CVSWEEP_CODE", project)
    inside = os.path.relpath(os.path.realpath(place), project)
    if os.path.realpath(code) == project or inside.split(os.sep)[0] == os.pardir:
        return place
    copy = os.path.normpath(os.path.join(code, inside))
    return copy if os.path.exists(copy) else place


def import_from(folders: list[str]) -> None:
    """Put folders on Python's path: those that came before the standard library in front, others behind."""
    library = os.path.dirname(os.__file__)
    front = folders[: folders.index(library)] if library in folders else []
    sys.path[1:1] = [folder for folder in dict.fromkeys(front) if folder not in sys.path]
    sys.path += [folder for folder in dict.fromkeys(folders) if folder not in sys.path]


def read_configs_of_copy(loader: Any, project: str) -> None:
    """Let Hydra's config loader read the copy's files instead of the project's."""
    for element in (*loader.config_search_path.get_path(), *loader.repository.get_sources()):
        scheme, mark, place = (element.path or "").rpartition("://")
        if scheme in ("", "file") and os.path.isabs(place):
            element.path = f"{scheme}{mark}{in_copy(place, project)}"


def run_hydra_job(task: dict[str, Any], project: str, number: int, overrides: list[str]) -> None:
    """Run the job with these overrides in this process, as Hydra's own launcher does."""
    from hydra.core.singleton import Singleton
    from hydra.core.utils import run_job, setup_globals
    from omegaconf import open_dict

    Singleton.set_state(task["singletons"])
    setup_globals()
    read_configs_of_copy(task["context"].config_loader, project)
    config = task["context"].config_loader.load_sweep_config(task["config"], overrides)
    with open_dict(config):
        config.hydra.job.id = str(number)
        config.hydra.job.num = number
        if not task["sweep_dir_is_set"]:
            config.hydra.sweep.dir = os.environ["CVSWEEP_OUT"]
            config.hydra.sweep.subdir = "."
    found = run_job(
        hydra_context=task["context"],
        task_function=task["function"],
        config=config,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
    value = found.return_value  # raises what the function raised
    record(value, working_dir=str(found.working_dir), task_name=str(found.task_name))


def main() -> None:
    """Run `cvsweep_trial.py FILE [NUMBER OVERRIDE...]`; FILE is in the same folder as this one."""
    import cloudpickle

    name, *words = sys.argv[1:]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "rb") as file:
        folders = cloudpickle.load(file)  # first: unpickling the task may import modules from these folders
        named = folders[:1] if folders and folders[0].startswith(PROJECT) else []  # former versions have none
        project = named[0].removeprefix(PROJECT) if named else os.sep
        import_from([in_copy(folder, project) for folder in folders[len(named) :]])
        task = cloudpickle.load(file)
    if words:
        run_hydra_job(task, project, int(words[0]), words[1:])
    else:
        run_function(task)


if __name__ == "__main__":
    main()
