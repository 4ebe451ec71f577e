"""Finds the pod of an attempt and reads its log, for the commands that inspect a trial."""

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
        """Return the name of the attempt's pod, whether the pod exists or not."""
        named: str = manifest.pod(self._settings, self._label, attempt, "shim", "trial")["metadata"]["name"]
        return named

    def find(self, attempt: Attempt, uid: str = "") -> Json | None:
        """Return the attempt's pod; None if it does not exist. Another user's pod of its name does not count.

        Args:
            attempt: the attempt.
            uid: the pod's UID in the journal; empty if the journal has none, since the create was not
                answered. Then the mark of the request must fit the pod's name (see identity.py).

        Raises:
            BackendError: the pod cannot be read.
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
        """Yield the output of the trial's container; with `follow`, until the container ends.

        Raises:
            ApiError: the server refuses.
            Unreachable: the server does not answer, or the stream breaks off.
        """
        path = f"{self.api.pods(self.name(attempt))}/log"
        return self.api.text(path, container=CONTAINER, follow="true" if follow else "false")


def begun(pod: Json) -> bool:
    """Whether the trial's container has started; it may have ended since.

    A container that could not be started has ended, too, but does not count.
    """
    return main_container.has_run(pod)


def runs(pod: Json) -> bool:
    """Whether the trial's container runs."""
    return in_state(main_container.status_of(pod), "running") and phase(pod) not in TERMINAL


def standing(pod: Json) -> str:
    """Return the pod's phase and why its trial's container waits, for messages."""
    waiting = part(part(main_container.status_of(pod), "state"), "waiting")
    why = ": ".join(filter(None, (text(waiting, "reason"), line(waiting, "message"))))
    return f"{phase(pod)} ({why})" if why else phase(pod)
