"""A sweep as a member runs it, with the product's own controller, against the played server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sweeper import clusters
from sweeper.app.controller import Controller
from sweeper.app.events import Event, Observers, Turned
from sweeper.clusters.kubernetes.settings import VolumeSettings
from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Ended
from sweeper.core.settings import RetrySettings, Settings, SweepSettings
from sweeper.store import status_reader
from tests.builders import make_pods, make_sweep
from tests.wire.server import Server

TRIALS = 3

LIMIT = 25.0
"""Seconds after which a sweep is taken to stand still."""


@dataclass(frozen=True)
class Result:
    """The trials' metrics, how attempts ended, which of them ran, and the pods that are left."""

    rows: list[object]
    ended: list[tuple[Attempt, Cause]]
    ran: list[Attempt]
    left: list[str]


FAULTLESS = Result(
    rows=[{"value": trial} for trial in range(TRIALS)],
    ended=[(Attempt(trial, 1), Cause.COMPLETED) for trial in range(TRIALS)],
    ran=[Attempt(trial, 1) for trial in range(TRIALS)],
    left=[],
)


class Sweep:
    """Three trials; `told` hears every line that people see meanwhile."""

    def __init__(self, server: Server, root: Path) -> None:
        volumes = {"data": VolumeSettings("data", str(root))}
        settings = make_pods(kubeconfig=str(server.kubeconfig), volumes=volumes, grace=1.0)
        chosen = Settings(
            SweepSettings(pause_after=0), clusters.plain(settings), retry=RetrySettings(wait_initial=0.05)
        )
        self.folder = make_sweep(root, TRIALS, settings=chosen)
        self.report: Callable[[str], object] = lambda words: None
        self._server = server
        self._controller = Controller(self.folder, Observers([self._hear]))

    def set(self, **settings: object) -> None:
        """Give keys of `cluster` other values."""
        now = self.folder.settings
        cluster = replace(now.cluster, data={**now.cluster.data, **settings})
        self.folder.change_settings(replace(now, cluster=cluster))

    def leave(self) -> None:
        """Let the controller go at once, as after a second Ctrl-C."""
        self._controller.leave()

    def run(self) -> Result:
        """One controller, from taking the folder to letting it go."""
        self._controller = Controller(self.folder, Observers([self._hear]))
        deadline = time.monotonic() + LIMIT
        alarm = threading.Timer(LIMIT, self.leave)
        alarm.start()
        try:
            state = self._controller.run()
        finally:
            alarm.cancel()
        assert time.monotonic() < deadline, f"it stands still: {status_reader.read(self.folder.paths)}"
        records = [record for record in self.folder.read().records if isinstance(record, Ended)]
        return Result(
            rows=[one.outcome and one.outcome.metrics for one in state.trials],
            ended=sorted((record.attempt, record.outcome.cause) for record in records),
            ran=sorted(self._server.kubelet.ran),
            left=self._server.cluster.pods,
        )

    def _hear(self, event: Event) -> None:
        for words in event.snapshot.notes if isinstance(event, Turned) else ():
            self.report(words)
