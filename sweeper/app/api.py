"""The functions of `import sweeper` that create and open sweeps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweeper.app.observers import Observer, Observers
from sweeper.app.spec import Source, SweepSpec
from sweeper.app.sweep import Sweep
from sweeper.app.where import project_of, where
from sweeper.core.errors import UsageError
from sweeper.core.hydra_override_text import hydra_word
from sweeper.store import sweep_index
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    from sweeper.app.adding import Addition
    from sweeper.app.grid import Grid, ProgramWords

Where = str | os.PathLike[str]


def sweep(
    program: Callable[..., Any] | ProgramWords | None = None,
    grid: Grid | None = None,
    *,
    overrides: Sequence[str] = (),
    cluster: str | None = None,
    name: str | None = None,
    config_dir: Where | None = None,
    config_name: str | None = None,
    project: Where | None = None,
    inline: bool = False,
    observers: Iterable[Observer] = (),
) -> Sweep:
    """Run a sweep of a script, of a Python function, or of the project's configuration.

        sweep("train.py", {"lr": [1e-3, 1e-4], "seed": range(5)}, cluster="cvlab", name="night")
        sweep(train, {"lr": [1e-3, 1e-4]}, overrides=["results.mode=min"])
        sweep(overrides=["lr=1e-3,1e-4", "seed=range(5)"])

    A controller in a separate process runs the sweep. It continues if this program ends. If a sweep of this
    name exists, the points that it does not have are added to it.

    Args:
        program: a script, whose options are read from its source; or the words of a command, as in
            `task.command` (words that name each parameter as a shell variable, as in `$lr`, get them so); or
            a function, which is called with the parameters of a point and whose return value (a number, a
            dict or a tuple of numbers) is the trial's metric. A function is sent to its trials by
            cloudpickle. None: the project's configuration defines the program.
        grid: values for each parameter, whose combinations are the points; or a list of points.
        overrides: further settings, as on the command line: `cluster.gpus=2`, `retry.budgets.error=0`.
            Without a program: the grid, too, as `cvsweep -m` takes it.
        cluster: where the trials run, the name of a file in `configs/cluster`; None: on this machine, or
            without a program as the project's configuration says.
        name: the sweep's name; None: a new one is chosen.
        config_dir, config_name: as for `create_sweep`; only allowed without a program.
        project: as for `create_sweep`; with a program, None is the current folder.
        inline: run the sweep in this thread, and return once it is over.
        observers: receive messages, and with `inline` every event.

    Raises:
        UsageError: a setting, an override or the grid is wrong, or the name belongs to another sweep.
        BackendError: the cluster cannot run it.
        StorageError: the folder cannot be written.
        ControllerError: its controller has not started.
    """
    observers = tuple(observers)
    seen = Observers.of(observers)
    if program is None:
        if grid is not None:
            raise UsageError("a grid needs a program; without one write it as overrides: lr=0.1,0.01")
        named = [hydra_word("sweep.name", name)] if name is not None else []
        chosen = [f"cluster={cluster}"] if cluster is not None else []
        made = create_sweep(
            *overrides, *chosen, *named,
            config_dir=config_dir, config_name=config_name, project=project, observers=observers,
        )  # fmt: skip
    else:
        if config_dir is not None or config_name is not None:
            raise UsageError("config_dir and config_name choose a configuration: leave the program out")
        folder = _folder("project", project if project is not None else os.getcwd())
        made = _made(_grid_spec(program, grid, overrides, cluster, name, folder), seen)
    _run(made, inline=inline, observers=observers)
    return made


def _grid_spec(
    program: Callable[..., Any] | ProgramWords,
    grid: Grid | None,
    overrides: Sequence[str],
    cluster: str | None,
    name: str | None,
    project: Path,
) -> SweepSpec:
    from sweeper.app import grid as grids  # only now: it imports Hydra

    points = grids.points_of({} if grid is None else grid)
    keys = {key for point in points for key in point}
    settings, limit = grids.read_grid_settings(overrides, cluster, name, project, keys)
    return grids.grid_spec(program, points, settings, project, limit)


def _run(made: Sweep, *, inline: bool, observers: Iterable[Observer]) -> None:
    """Run or start the sweep if work is left; with a live controller, start none, and if `inline` wait."""
    status = made.status()
    if not made.has_work:
        return
    if inline and not status.held:
        made.run(observers=observers)
    elif inline:
        made.wait()
    elif not status.held:
        made.start()


def create_sweep(
    *overrides: str,
    multirun: bool = True,
    config_dir: Where | None = None,
    config_name: str | None = None,
    project: Where | None = None,
    observers: Iterable[Observer] = (),
) -> Sweep:
    """Create a sweep of a project, or add points to the existing sweep of its name. Nothing is started.

    The configuration is composed as by the command line: `create_sweep("lr=1e-3,1e-4", "seed=range(5)")` is
    `cvsweep -m lr=1e-3,1e-4 'seed=range(5)'`. Without `sweep.name=NAME` a new name is chosen.

    Args:
        *overrides: Hydra overrides, as on the command line but without the shell's quotes.
        multirun: commas and ranges make a grid; False: they are refused, and one trial is made.
        config_dir: a further folder of configurations, after the project's configs/; a relative path starts
            in the current folder.
        config_name: the primary configuration; None: config.
        project: the project's folder; None: the current folder, or the nearest one above that is a project.
        observers: receive messages, such as remarks on the grid; all messages are also logged.

    Returns:
        The sweep. Its `run()` or `start()` starts it.

    Raises:
        UsageError: the configuration or an override is wrong, or the name belongs to another sweep.
        BackendError: the cluster cannot run it.
        StorageError: the folder cannot be written.
    """
    seen = Observers.of(observers)
    words = tuple(overrides)
    if "" in words:
        raise UsageError("an override is empty")
    source = Source(words, multirun, _absolute(config_dir), config_name)
    from sweeper.app.load_config import load  # only now: it imports Hydra

    return _made(load(source, _project(project, source, seen)), seen)


def open_sweep(sweep: Where | None = None, root: Where | None = None) -> Sweep:
    """Open an existing sweep.

    Args:
        sweep: its name, or the path of its folder; None: the sweep whose folder contains the current folder,
            or else your newest one.
        root: the folder that contains the sweeps; None: the same search as on the command line
            ($CVSWEEP_ROOT, ./sweeps, or the project's sweep.root).

    Raises:
        UsageError: there is no such sweep.
        StorageError: it cannot be read.
    """
    place = where(root)
    wanted = place.sweep if sweep is None else os.path.expanduser(os.fspath(sweep))
    return Sweep(SweepFolder(sweep_index.find(place.root, wanted).folder))


def _absolute(path: Where | None) -> Path | None:
    return None if path is None else Path(os.path.abspath(os.path.expanduser(path)))


def _project(given: Where | None, source: Source, observers: Observers) -> Path:
    if given is not None:
        return _folder("project", given)
    found = project_of(source.config_dir, source.config_name)
    if found.found:
        observers.say(found.found)
    return Path(found.folder)


def _folder(what: str, given: Where) -> Path:
    folder = os.path.abspath(os.path.expanduser(given))
    if not os.path.isdir(folder):
        raise UsageError(f"{what}: there is no folder {folder}")
    return Path(folder)


def _made(spec: SweepSpec, observers: Observers) -> Sweep:
    from sweeper.app.joining import join

    joined = join(spec, observers)
    if joined.recording:
        joined.recording.wait()
    if joined.addition:
        _add(joined.folder, joined.spec, joined.addition, observers)
    return Sweep(joined.folder)


def _add(folder: SweepFolder, spec: SweepSpec, found: Addition, observers: Observers) -> None:
    """Add the new points by a request, which the live controller grants, or else the next one.

    Without a controller, the settings are applied as well.
    """
    from sweeper.app.adding import conclude, say_unused_settings
    from sweeper.app.requests import grant
    from sweeper.app.taking import change_settings
    from sweeper.store.creating import add_files

    add_files(Path(folder.paths.folder), spec.files)
    if found.is_over:
        conclude(folder, found, observers)
    elif grant(folder, found.request) if found.request else found.is_held:
        say_unused_settings(folder, found.settings, observers)
    else:
        change_settings(folder, found.settings, observers)


def add_points(folder: SweepFolder, grid: Grid | None, overrides: Sequence[str]) -> list[int]:
    """Add points to a sweep without starting a controller; return the indexes of their trials.

    Raises:
        UsageError: the sweep was made in another way, or cannot have such points.
    """
    from sweeper.app.adding import plan_addition

    seen = Observers.of(())
    spec = _composed_again(folder, overrides, seen) if grid is None else _of_grid(folder, grid, overrides)
    _add(folder, spec, plan_addition(folder, spec, seen), seen)
    found = SweepFolder(folder.paths.folder)
    indexes = dict(found.state().by_key)
    for key in found.requested_keys():  # in the order in which a controller will add them
        indexes.setdefault(key, len(indexes))
    return [indexes[one.key] for one in spec.trials]


def _of_grid(folder: SweepFolder, grid: Grid, overrides: Sequence[str]) -> SweepSpec:
    from sweeper.app import grid as grids

    manifest = folder.manifest
    if overrides:
        raise UsageError("give the points as a grid or as overrides, not both")
    if not grids.is_of_a_grid(manifest.config):
        raise UsageError(
            f"sweep {folder.name} was not made of a grid of Python values: add points to it by the command"
            " that made it, or with overrides=[...] if that was cvsweep"
        )
    settings = replace(folder.settings, sweep=replace(folder.settings.sweep, name=folder.name))
    points = grids.points_of(grid)
    return grids.added_spec(manifest.config, points, settings, Path(manifest.code), manifest.experiment)


def _composed_again(folder: SweepFolder, overrides: Sequence[str], observers: Observers) -> SweepSpec:
    from sweeper.app.checking import check
    from sweeper.app.load_config import load

    flags = folder.manifest.flags
    chosen = flags.get("--config-dir")
    words = (*overrides, hydra_word("sweep.name", folder.name))
    source = Source(words, True, Path(chosen) if chosen else None, flags.get("--config-name"))
    return check(load(source, Path(folder.manifest.code)), observers).spec
