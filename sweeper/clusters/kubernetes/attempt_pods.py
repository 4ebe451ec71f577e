"""The pod of an attempt, for whoever looks into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sweeper.clusters.kubernetes.api_errors import NotFound
from sweeper.clusters.kubernetes.pods import main_container, manifest
from sweeper.clusters.kubernetes.pods.identity import SweepLabel, is_original
from sweeper.clusters.kubernetes.pods.template import TRIAL
from sweeper.clusters.kubernetes.raw import (
    TERMINAL,
    Json,
    in_state,
    line,
    part,
    phase,
    text,
)
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.retries import retried
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import BackendError

if TYPE_CHECKING:
    from sweeper.core.model import Attempt

CONTAINER = TRIAL
_TIMEOUT = 10.0


class Pods:
    """The pods of a sweep's attempts."""

    def __init__(self, settings: KubernetesSettings, label: SweepLabel, api: Api) -> None:
        self._settings, self._label, self.api = settings, label, api

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
            pod = retried(lambda: self.api.get(self.api.pods(name)), seconds=_TIMEOUT)
        except NotFound:
            return None
        except (ApiError, Unreachable) as error:
            raise BackendError(f"{self.api.access.identity}: {error}") from error
        ours = pod["metadata"]["uid"] == uid if uid else is_original(pod)
        return pod if ours else None

    def log(self, attempt: Attempt, *, follow: bool) -> Iterator[bytes]:
        """What its container has printed; ApiError or Unreachable where that cannot be read."""
        path = f"{self.api.pods(self.name(attempt))}/log"
        return self.api.text(path, container=CONTAINER, follow="true" if follow else "false")


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
