"""What is recorded of a new sweep's code and environment, beside its first trials: it takes a moment."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

from sweeper.cli.common import say
from sweeper.cli.environments import describe_interpreter, environment_of
from sweeper.core.cluster import KubernetesSettings
from sweeper.core.errors import CvsweepError
from sweeper.store import code, environment
from sweeper.store.folder import SweepFolder
from sweeper.store.imports import Imports
from sweeper.store.interpreter import Interpreter, InterpreterError


class Recording:
    """Writes environment.txt and, without a copy of the project (`imports` is None), what code.json tells."""

    def __init__(self, folder: SweepFolder, root: Path, imports: Imports | None) -> None:
        self._folder = folder
        self._root = root
        self._imports = imports
        self._thread = Thread(target=self._record)
        self._thread.start()

    def wait(self) -> None:
        """Return when all is written, or cannot be."""
        self._thread.join()

    def _record(self) -> None:
        folder, paths = self._folder, self._folder.paths
        try:
            if self._imports is None:
                code.describe(Path(folder.manifest.code), Path(paths.code), leave_out=[self._root])
            found, problem = self._interpreter()
            environment.write(paths, found, folder.manifest.environment, problem)
        except (CvsweepError, OSError) as error:
            say(f"warning: the sweep's code and environment are not recorded: {error}")

    def _interpreter(self) -> tuple[Interpreter | None, str]:
        """The interpreter of the trials; if it is not known, why."""
        folder, cluster = self._folder, self._folder.settings.cluster
        if isinstance(cluster, KubernetesSettings):
            return None, f"they are those of the image {cluster.image}"
        if self._imports:
            return self._imports.interpreter, self._imports.problem
        manifest = folder.manifest
        try:
            found = describe_interpreter(environment_of(folder), manifest.config, manifest.code)
        except InterpreterError as error:
            return None, str(error)
        return found, "" if found else "there is no python here"
