"""The environment of trials on this machine: that of the shell in which the sweep was made is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.app.owners import require_own
from sweeper.clusters.trial_environment import trial_environment
from sweeper.core.environment_variables import PYTHON, differences, kept, restored
from sweeper.core.errors import UsageError
from sweeper.core.settings import Settings
from sweeper.snapshot import environment as records
from sweeper.snapshot.interpreter import Interpreter, InterpreterError, ask, find_interpreter

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder


def kept_here(settings: Settings) -> dict[str, str]:
    """Return what a new sweep stores of this shell's environment; empty if trials run elsewhere."""
    if not clusters.of(settings.cluster).runs_here:
        return {}
    environment = trial_environment(os.environ)
    return kept(environment, _python(environment))


def environment_of(folder: SweepFolder) -> dict[str, str]:
    """Return the environment that trials inherit: this shell's, with the stored variables of the sweep."""
    environment = trial_environment(os.environ)
    return restored(environment, folder.manifest.environment, _python(environment))


def check_environment(folder: SweepFolder, observers: Observers) -> None:
    """Report how this shell and the installed packages differ from those with which the sweep was made.

    Raises:
        UsageError: the sweep's Python no longer exists, or the sweep belongs to another user.
    """
    require_own(folder)  # its Python is started
    former = folder.manifest.environment
    if not former or not clusters.of(folder.settings.cluster).runs_here:
        return
    if former.get(PYTHON) and not os.access(former[PYTHON], os.X_OK):
        raise UsageError(
            f"{folder.name} was made with {former[PYTHON]}, which is no more: make it again, or go on with"
            " this shell's environment: cvsweep resume --this-environment"
        )
    found = differences(former, kept_here(folder.settings))
    if found:
        observers.say(
            f"this shell differs from the one that the sweep was made in ({'; '.join(found)}); its trials go"
            " on with what it was made with, unless you resume it with --this-environment"
        )
    _say_what_changed(folder, observers)


def _say_what_changed(folder: SweepFolder, observers: Observers) -> None:
    try:
        now = describe_interpreter(environment_of(folder), folder.manifest.config, folder.manifest.code)
    except InterpreterError:
        return  # nothing can be compared; the trials will show the problem
    changed = records.changes(folder.paths, now) if now else []
    if changed:
        observers.warn(f"since the sweep was made its environment has changed: {records.summary(changed)}")
        records.append_comment(folder.paths, changed)


def describe_interpreter(
    environment: Mapping[str, str], config: Mapping[str, object], project: str
) -> Interpreter | None:
    """Return the description of the Python that the trials of a sweep start; None if there is none.

    Raises:
        InterpreterError: it cannot describe itself.
    """
    path = find_interpreter(_command_words(config), environment, project)
    return ask(path, environment, project) if path else None


def _command_words(config: Mapping[str, object]) -> Sequence[str]:
    task = config.get("task")
    command = task.get("command") if isinstance(task, dict) else None
    return [word for word in command if isinstance(word, str)] if isinstance(command, list) else []


def _python(environment: Mapping[str, str]) -> str | None:
    path = environment.get("PATH")
    found = shutil.which("python", path=path) or shutil.which("python3", path=path)
    return os.path.abspath(found) if found else None
