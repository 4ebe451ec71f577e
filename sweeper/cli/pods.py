"""The pod of an attempt, for verbs that look into it.

The Kubernetes client is imported by what is imported here: import this module only where a cluster is meant.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sweeper.backends.kubernetes.pods import main_container, manifest, places
from sweeper.backends.kubernetes.pods.identity import SweepLabel, is_original
from sweeper.backends.kubernetes.pods.template import TRIAL
from sweeper.backends.kubernetes.raw import (
    TERMINAL,
    Json,
    in_state,
    line,
    part,
    phase,
    text,
)
from sweeper.backends.kubernetes.server.api import ApiError, Unreachable
from sweeper.backends.kubernetes.server.patience import patiently
from sweeper.cli import cluster
from sweeper.cli.owners import readers_settings
from sweeper.core.errors import BackendError

if TYPE_CHECKING:
    from sweeper.core.model import Attempt
    from sweeper.store.folder import SweepFolder

CONTAINER = TRIAL
_PATIENCE = 10.0


class Pods:
    """The pods of a sweep's attempts, on a cluster that we are connected to until `close`."""

    def __init__(self, folder: SweepFolder) -> None:
        settings = readers_settings(folder)
        self._settings = settings
        self._label = SweepLabel(folder.manifest.id, folder.manifest.name)
        self.api = cluster.connect(settings)

    def close(self) -> None:
        self.api.close()

    def name(self, attempt: Attempt) -> str:
        """What the attempt's pod is called, whether there is one or not."""
        named: str = manifest.pod(self._settings, self._label, attempt, "shim", "trial")["metadata"]["name"]
        return named

    def find(self, attempt: Attempt, uid: str = "") -> Json | None:
        """The attempt's pod, by its name and the UID that the journal has; None if it is not there.

        Without a UID, as the answer to its create is missing, the mark of the request has to fit the name.
        Another pod of this name was made by somebody else.
        """
        name = self.name(attempt)
        try:
            pod = patiently(lambda: self.api.get(self.api.pods(name)), seconds=_PATIENCE)
        except ApiError as error:
            if error.status == 404:
                return None
            raise BackendError(f"{self.api.access.identity}: {error}") from error
        except Unreachable as error:
            raise BackendError(f"{self.api.access.identity}: {error}") from error
        ours = pod["metadata"]["uid"] == uid if uid else is_original(pod)
        return pod if ours else None

    def log(self, attempt: Attempt, *, follow: bool) -> Iterator[bytes]:
        """What its container has printed; ApiError or Unreachable where that cannot be read."""
        path = f"{self.api.pods(self.name(attempt))}/log"
        return self.api.text(path, container=CONTAINER, follow="true" if follow else "false")

    def inside(self, path: str) -> str:
        """Where pods see a path of this machine."""
        return places.in_pod(self._settings, os.path.realpath(path))


def begun(pod: Json) -> bool:
    """Has the trial's container started? It may have ended since; one that could not start ends as well."""
    return main_container.has_run(pod)


def runs(pod: Json) -> bool:
    """Does the trial's container run?"""
    return in_state(main_container.status_of(pod), "running") and phase(pod) not in TERMINAL


def standing(pod: Json) -> str:
    """Where a pod stands, in a few words."""
    waiting = part(part(main_container.status_of(pod), "state"), "waiting")
    why = ": ".join(filter(None, (text(waiting, "reason"), line(waiting, "message"))))
    return f"{phase(pod)} ({why})" if why else phase(pod)
