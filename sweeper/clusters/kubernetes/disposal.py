"""Which pods go and which are kept, once nobody needs them any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes.errands import Errands
from sweeper.clusters.kubernetes.raw import TERMINAL, Json

YIELD = 1.0
"""For so many seconds at most a pod that has ended waits for those that are being created.

A deletion costs the server as much as a creation does, and of the two only one fills an idle GPU.
"""

Log = Callable[[Mapping[str, Any]], None]


class Disposal:
    """`keep` is cluster.keep_pods; every deletion that is asked for is logged."""

    def __init__(self, errands: Errands, keep: str, log: Log) -> None:
        self._errands, self._keep, self._log = errands, keep, log
        self._kept: set[str] = set()
        self._waiting: dict[str, tuple[float, Json]] = {}

    @property
    def is_idle(self) -> bool:
        """Has every deletion been asked for?"""
        return not self._waiting

    def tidy(self, strays: Iterable[Json]) -> None:
        """Pods of no attempt that counts go, but for those that are kept."""
        for pod in strays:
            if pod["metadata"]["uid"] not in self._kept:
                self.discard(pod)

    def discard(self, pod: Json) -> None:
        """Delete a pod whose outcome is durable, or which has none; an ended one waits, or is kept."""
        uid, phase = pod["metadata"]["uid"], pod.get("status", {}).get("phase")
        if phase not in TERMINAL:
            self.delete(pod, "remove")
        elif self._keep == "always" or (self._keep == "failed" and phase == "Failed"):
            self._kept.add(uid)
        elif uid not in self._errands.deleting:
            self._waiting.setdefault(uid, (boottime(), pod))

    def send(self, now: float, *, busy: bool = False) -> None:
        """Ask for the deletions that wait; where pods are being created (`busy`), only for the oldest.

        Those that were asked for and did not work are asked for again.
        """
        self._errands.send(now)
        for uid, (since, pod) in list(self._waiting.items()):
            if not busy or now - since > YIELD:
                del self._waiting[uid]
                self.delete(pod, "remove")

    def delete(self, pod: Json, why: str) -> None:
        """Ask for its deletion, once."""
        if self._errands.delete(pod):
            name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
            self._log({"at": time.time(), "did": "delete", "pod": name, "uid": uid, "why": why})

    def gone(self, uid: str) -> None:
        """The pod is no more."""
        self._errands.forget(uid)
        self._kept.discard(uid)
        self._waiting.pop(uid, None)
