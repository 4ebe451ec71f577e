"""A sweep's folder is made: its name, what it was made from, and a copy of the project where it travels."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from sweeper.app.environments import kept_here
from sweeper.app.events import Observers
from sweeper.app.moved import start_of
from sweeper.app.programs import scripts_below
from sweeper.app.recording import Recording
from sweeper.clusters.local.environment import trial_environment
from sweeper.compose import Composed
from sweeper.core.errors import NameTakenError
from sweeper.core.secrets import is_private, public_secrets
from sweeper.core.settings import is_frozen
from sweeper.snapshot import code
from sweeper.snapshot.imports import Imports, find_imports
from sweeper.store import machine
from sweeper.store.creating import create
from sweeper.store.folder import SweepFolder
from sweeper.store.manifest import Manifest


def new_id() -> str:
    """Short, random, and fit for the name of a pod."""
    return secrets.token_hex(4)


def make(
    root: Path,
    composed: Composed,
    project: Path,
    sweep_id: str,
    flags: Mapping[str, str],
    observers: Observers,
) -> tuple[SweepFolder, Recording]:
    """Make the folder of a new sweep, whole or not at all, and begin to record its environment."""
    settings = composed.settings
    imports = _imports(composed, project)
    keep = partial(code.describe, project, leave_out=[root])
    if imports:
        keep = partial(
            code.freeze,
            project,
            max_bytes=settings.code.max_mb * 1_000_000,
            leave_out=[root],
            include=settings.code.include,
            imports=imports,
            programs=sorted(scripts_below(composed)),
        )
    while True:
        manifest = replace(_manifest(root, composed, project, sweep_id, imports), flags=flags)
        try:
            folder = create(root, manifest, composed.trials, keep)
        except NameTakenError:
            if settings.sweep.name:
                raise
            # Another run was faster to take the name that we chose: choose again.
        else:
            if imports:
                from sweeper.app.copied import say_what_is_copied

                say_what_is_copied(folder, composed, imports, observers)
            return folder, Recording(folder, imports, observers)


def _imports(composed: Composed, project: Path) -> Imports | None:
    """What the trials' Python imports from the project; None where they run the project itself."""
    if not is_frozen(composed.settings):
        return None
    return find_imports(composed.config["task"]["command"], trial_environment(os.environ), os.fspath(project))


def _manifest(
    root: Path, composed: Composed, project: Path, sweep_id: str, imports: Imports | None
) -> Manifest:
    now = time.time()
    name = composed.settings.sweep.name or _free_name(root, composed.experiment, now)
    start = start_of(composed.settings, os.fspath(root / name / "code"), os.fspath(project))
    return Manifest(
        id=sweep_id,
        name=name,
        created_at=round(now, 3),
        made=machine.moment(),
        user=_user(),
        host=socket.gethostname(),
        version=version("cvsweep"),
        code=os.fspath(project),
        experiment=composed.experiment,
        swept=composed.swept,
        settings=composed.settings.to_json(),
        config=composed.config,
        choices=composed.trials[0].choices,
        start=start,
        imports=imports.folders if imports and ":" not in start else [],
        environment=kept_here(composed.settings),
        private=any(map(is_private, composed.trials)) or bool(public_secrets(composed.settings.cluster)),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return str(os.getuid())


def _free_name(root: Path, experiment: str, now: float) -> str:
    stem = f"{experiment or 'sweep'}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 10_000))
    return next(name for name in names if not (root / name).exists())
