"""What `import sweeper` offers for making and opening sweeps."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sweeper.app.observers import Observer, Observers
from sweeper.app.spec import Source, SweepSpec
from sweeper.app.sweep import Sweep
from sweeper.app.where import project_of, where
from sweeper.core.errors import NameTakenError, UsageError
from sweeper.store import sweep_index
from sweeper.store.folder import SweepFolder

Where = str | os.PathLike[str]


def sweep(
    *overrides: str,
    multirun: bool = True,
    config_dir: Where | None = None,
    config_name: str | None = None,
    project: Where | None = None,
    observers: Iterable[Observer] = (),
) -> Sweep:
    """Make a sweep of a project, or add points to the one that has its name. Nothing is started.

    The configuration is composed as by the command line: `sweep("lr=1e-3,1e-4", "seed=range(5)")` is
    `cvsweep -m lr=1e-3,1e-4 'seed=range(5)'`. Without `sweep.name=NAME` a new name is chosen.

    Args:
        *overrides: Hydra overrides, as on the command line but without the shell's quotes.
        multirun: commas and ranges make a grid; False: they are refused, and one trial is made.
        config_dir: a further folder of configurations, after the project's configs/; a relative path starts
            in the current folder.
        config_name: the configuration to start from; None: config.
        project: the project's folder; None: the current folder, or the nearest one above that is a project.
        observers: get messages, such as remarks on the grid; without any they are logged.

    Returns:
        The sweep. Its `run()` or `start()` begins it.

    Raises:
        UsageError: the configuration or an override is wrong, or the name belongs to another sweep.
        BackendError: the cluster could not run it.
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
    """Open a sweep that exists.

    Args:
        sweep: its name, or the path of its folder; None: the newest one.
        root: where the sweeps are kept; None: as the command looks for them ($CVSWEEP_ROOT, ./sweeps, or
            the project's sweep.root).

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
        folder = os.path.abspath(os.path.expanduser(given))
        if not os.path.isdir(folder):
            raise UsageError(f"project: there is no folder {folder}")
        return Path(folder)
    found = project_of(source.config_dir, source.config_name)
    if found.found:
        observers.say(found.found)
    return Path(found.folder)


def _made(spec: SweepSpec, observers: Observers) -> Sweep:
    from sweeper.app.checking import ask_cluster, check
    from sweeper.app.create import create

    again = False
    while True:
        found = check(spec, observers, remarks=not again)
        if found.existing:
            existing = found.existing
            held = existing.is_held()
            ready = found.spec if held else ask_cluster(found.spec, existing.manifest.id, observers)
            return _added(existing, ready, observers)
        try:
            folder, recording = create(found.spec, observers)
        except NameTakenError:
            if again:
                raise
            again = True  # another program has made it since we looked: add to it
            continue
        recording.wait()
        return Sweep(folder)


def _added(folder: SweepFolder, spec: SweepSpec, observers: Observers) -> Sweep:
    """The points are granted by the controller that lives, or by the next one."""
    from sweeper.app.adding import conclude, plan_addition, say_unused_settings
    from sweeper.app.requests import grant
    from sweeper.app.taking import change_settings

    found = plan_addition(folder, spec, observers)
    if found.is_over:
        conclude(folder, found, observers)
    elif grant(folder, found.request) if found.request else found.is_held:
        say_unused_settings(folder, found.settings, observers)
    else:
        change_settings(folder, found.settings, observers)
    return Sweep(folder)
