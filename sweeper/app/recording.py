"""The record of a new sweep's environment, made beside its first trials: an interpreter takes a moment."""

from __future__ import annotations

from threading import Thread

from sweeper import clusters
from sweeper.app.environments import describe_interpreter, environment_of
from sweeper.app.observers import Observers
from sweeper.core.errors import CvsweepError
from sweeper.snapshot import environment
from sweeper.snapshot.imports import Imports
from sweeper.snapshot.interpreter import Interpreter, InterpreterError
from sweeper.store.folder import SweepFolder


class Recording:
    """Writes environment.txt. `imports` are those of a copy of the project, None where there is no copy."""

    def __init__(self, folder: SweepFolder, imports: Imports | None, observers: Observers) -> None:
        self._observers = observers
        self._folder = folder
        self._imports = imports
        self._thread = Thread(target=self._record)
        self._thread.start()

    def wait(self) -> None:
        """Return when it is written, or cannot be."""
        self._thread.join()

    def _record(self) -> None:
        folder = self._folder
        found, problem = self._interpreter()
        try:
            environment.write(folder.paths, found, folder.manifest.environment, problem)
        except CvsweepError as error:
            self._observers.warn(str(error))  # the trials do not need it

    def _interpreter(self) -> tuple[Interpreter | None, str]:
        """The interpreter of the trials; if it is not known, why."""
        folder = self._folder
        if elsewhere := clusters.of(folder.settings.cluster).packages_remark():
            return None, elsewhere
        if self._imports:
            return self._imports.interpreter, self._imports.problem
        manifest = folder.manifest
        try:
            found = describe_interpreter(environment_of(folder), manifest.config, manifest.code)
        except InterpreterError as error:
            return None, str(error)
        return found, "" if found else "there is no python here"
