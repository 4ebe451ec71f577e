"""Create a sweep's folder: choose its name, write its manifest, and copy the project if needed."""

from __future__ import annotations

import getpass
import os
import secrets
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path

from sweeper import clusters
from sweeper.app.checking import ask_cluster
from sweeper.app.environments import kept_here
from sweeper.app.moved import start_of
from sweeper.app.observers import Observers
from sweeper.app.program_checks import scripts_below, scripts_by_absolute_paths
from sweeper.app.recording import Recording
from sweeper.app.spec import SweepSpec
from sweeper.clusters.trial_environment import trial_environment
from sweeper.core.errors import NameTakenError
from sweeper.core.secrets import is_private, public_secrets
from sweeper.snapshot import code
from sweeper.snapshot.imports import Imports, find_imports
from sweeper.store import creating, machine
from sweeper.store.folder import SweepFolder
from sweeper.store.manifest import Manifest


def create(spec: SweepSpec, observers: Observers) -> tuple[SweepFolder, Recording]:
    """Create the folder of a new sweep, completely or not at all. Nothing is run.

    Args:
        spec: the sweep, already checked (see app/checking.py).
        observers: receive messages for users, such as what is copied.

    Returns:
        The folder, and the recording of its environment, which runs in a thread: wait for it.

    Raises:
        NameTakenError: something has this name already.
        UsageError: the folder cannot be created there.
        BackendError: the cluster cannot run it.
    """
    sweep_id = new_id()
    return make(ask_cluster(spec, sweep_id, observers), sweep_id, observers)


def new_id() -> str:
    """Return a new sweep id: short, random, and valid as a part of a pod's name."""
    return secrets.token_hex(4)


def make(spec: SweepSpec, sweep_id: str, observers: Observers) -> tuple[SweepFolder, Recording]:
    """Create the folder of a new sweep, completely or not at all, and start to record its environment."""
    root, project, settings = spec.root, spec.project, spec.settings
    imports = _imports(spec)
    keep = partial(code.describe, project, leave_out=[root])
    if imports:
        keep = partial(
            code.freeze,
            project,
            max_bytes=settings.code.max_mb * 1_000_000,
            leave_out=[root],
            include=settings.code.include,
            imports=imports,
            programs=sorted(scripts_below(spec) | scripts_by_absolute_paths(spec)),
        )
    while True:
        manifest = _manifest(spec, sweep_id, imports)
        try:
            folder = creating.create(root, manifest, spec.trials, keep, spec.files)
        except NameTakenError:
            if settings.sweep.name:
                raise
            # Another run has just taken the name that was chosen here: choose another one.
        else:
            if imports:
                from sweeper.app.copied import say_what_is_copied

                say_what_is_copied(folder, spec, imports, observers)
            return folder, Recording(folder, imports, observers)


def _imports(spec: SweepSpec) -> Imports | None:
    """Return what the trials' Python imports from the project; None if trials run the project itself."""
    if not clusters.is_frozen(spec.settings):
        return None
    return find_imports(
        spec.config["task"]["command"], trial_environment(os.environ), os.fspath(spec.project)
    )


def _manifest(spec: SweepSpec, sweep_id: str, imports: Imports | None) -> Manifest:
    root, project, now = spec.root, spec.project, time.time()
    name = spec.settings.sweep.name or _free_name(root, spec.experiment, now)
    cluster, frozen = clusters.of(spec.settings.cluster), clusters.is_frozen(spec.settings)
    folder = root / name
    start = start_of(cluster, os.fspath(folder / "code"), os.fspath(project), frozen=frozen)
    inside = {} if cluster.runs_here else {"inside": cluster.path_inside(os.fspath(folder))}
    return Manifest(
        id=sweep_id,
        name=name,
        created_at=round(now, 3),
        made=machine.moment(),
        user=_user(),
        host=os.uname().nodename,
        version=version("cvsweep"),
        code=os.fspath(project),
        experiment=spec.experiment,
        swept=spec.swept,
        flags=spec.flags,
        settings=spec.settings.to_json(),
        config=spec.config,
        choices=spec.trials[0].choices,
        start=start,
        imports=imports.folders if imports and ":" not in start else [],
        environment=kept_here(spec.settings),
        place=inside,
        private=any(map(is_private, spec.trials)) or bool(public_secrets(spec.settings.cluster)),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container, the user id may have no name
        return str(os.getuid())


def _free_name(root: Path, experiment: str, now: float) -> str:
    stem = f"{experiment or 'sweep'}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 10_000))
    return next(name for name in names if not (root / name).exists())
