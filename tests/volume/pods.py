"""Pods on yet another host, which play out a script, and controllers for them on hosts a and b."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from sweeper.clusters.base import Order
from sweeper.core.model import Attempt
from sweeper.core.state import State
from sweeper.engine import Watcher, run
from sweeper.results.readers import read_metrics
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.builders import make_sweep
from tests.sim.processes import PlayedBackend, Processes, Run
from tests.volume.conftest import Hosts

COUNT = 4
LATEST = 1100.0
"""By the played clock, which begins at 1000: what takes so long has gone wrong."""


class Pods(Processes):
    """A sweep on the volume, seen by both hosts, and its pods; they write where nothing is remembered."""

    def __init__(self, hosts: Hosts, script: Callable[[Attempt], Run]) -> None:
        super().__init__(script)
        self._hosts = hosts
        self.a = make_sweep(hosts.a, COUNT)
        self.b = SweepFolder(hosts.b / self.a.name)
        self.truth = SweepFolder(hosts.truth / self.a.name)

    def start(self, order: Order, uid: str = "") -> str:
        host = os.path.dirname(os.path.dirname(order.shim))
        return super().start(replace(order, out=order.out.replace(host, os.fspath(self._hosts.truth))), uid)

    def pass_until(self, moment: float) -> None:
        assert moment < LATEST, "it does not come to an end"
        super().pass_until(moment)


def control(pods: Pods, folder: SweepFolder, watcher: Watcher | None = None) -> State:
    """A controller on the host that sees the sweep as `folder`, from taking it by force to letting it go."""
    writer = SweepWriter.take(folder, by_force=True)
    try:
        return run(folder.settings, PlayedBackend(pods), writer, pods, read_metrics, watcher=watcher)
    finally:
        writer.release()
