"""Record the environment of a new sweep, in a thread since asking the trials' interpreter takes a while."""

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
    """Writes environment.txt in a thread.

    `imports` are the import roots of the copy of the project; None if there is no copy.
    """

    def __init__(self, folder: SweepFolder, imports: Imports | None, observers: Observers) -> None:
        self._observers = observers
        self._folder = folder
        self._imports = imports
        self._thread = Thread(target=self._record)
        self._thread.start()

    def wait(self) -> None:
        """Wait until environment.txt is written or has failed to be written."""
        self._thread.join()

    def _record(self) -> None:
        folder = self._folder
        found, problem = self._interpreter()
        try:
            environment.write(folder.paths, found, folder.manifest.environment, problem)
        except CvsweepError as error:
            self._observers.warn(str(error))  # not fatal: the trials do not need this file

    def _interpreter(self) -> tuple[Interpreter | None, str]:
        """Return the description of the trials' interpreter; if it is unknown, None and the reason."""
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
