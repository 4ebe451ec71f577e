"""Hydra's settings for what cvsweep does itself (launchers, sweepers, folders), and what to use instead."""

from __future__ import annotations

from collections.abc import Mapping

OURS = {"hydra/launcher": "basic", "hydra/sweeper": "basic"}
"""Hydra's groups that select how a grid is run, with their default options, which are accepted."""

_INSTEAD = {
    "launcher": "cvsweep is the launcher: it starts the trials itself; leave this out, and set"
    " cluster.max_parallel=N for how many run at once",
    "sweeper": "cvsweep makes the points itself, every one of a grid; leave this out, and write the grid as"
    " values: -m lr=1e-3,1e-4 'seed=range(5)'",
    "params": "on the command line a grid is written as values: -m lr=1e-3,1e-4 'seed=range(5)'; a"
    " configuration file may hold hydra.sweeper.params",
    "mode": "-m runs every point of the grid, this only one: leave one of them out",
}


def refusal(key: str, value: object, *, multirun: bool) -> str:
    """Return why an override of this key cannot be used, and what to use instead; "" if it can.

    Args:
        key: the key of the override, such as `hydra/launcher` or `hydra.launcher.n_jobs`.
        value: the option of a group, or the value of a key.
        multirun: whether -m was given.
    """
    parts = key.replace("/", ".").split(".")
    if parts[0] != "hydra" or len(parts) < 2 or OURS.get(key) == value:
        return ""
    if parts[1:3] == ["sweeper", "params"]:
        return f"{key}: {_INSTEAD['params']}"
    if parts[1] in ("launcher", "sweeper"):
        return f"{key}: {_INSTEAD[parts[1]]}"
    if parts[1:] == ["mode"] and multirun and value == "RUN":
        return f"{key}={value}: {_INSTEAD['mode']}"
    return ""


def remarks(chosen: Mapping[str, str], *, unused_grid: bool, sweep_folder: str) -> list[str]:
    """Return messages about Hydra settings in the configuration that are not used.

    Args:
        chosen: the options of the groups in OURS.
        unused_grid: whether the configuration holds a grid, but this run is one trial.
        sweep_folder: the key of an override that sets the folder of Hydra's own sweeps; empty if none does.
    """
    lines = []
    launcher, sweeper = chosen.get("hydra/launcher"), chosen.get("hydra/sweeper")
    if launcher not in (None, OURS["hydra/launcher"]):
        lines.append(
            f"hydra/launcher: {launcher} of the configuration is not used: cvsweep starts the trials itself"
            " (cluster.max_parallel=N says how many at once)"
        )
    if sweeper not in (None, OURS["hydra/sweeper"]):
        lines.append(
            f"hydra/sweeper: {sweeper} of the configuration is not used: cvsweep runs every point of the grid"
        )
    if unused_grid:
        lines.append("the configuration holds a grid, hydra.sweeper.params: add -m to run all of it")
    if sweep_folder:
        lines.append(f"{sweep_folder} is not used: a sweep lies in sweep.root, under sweep.name")
    return lines
