"""The informer cache: what the server last reported of the sweep's pods and the namespace's quotas. Pure."""

from __future__ import annotations

from typing import NamedTuple

from sweeper.clusters.kubernetes.events import ItemChanged, Listed, Silent
from sweeper.clusters.kubernetes.quotas.pending import PendingCharges
from sweeper.clusters.kubernetes.quotas.quota import Quota, format_amount, read_quota
from sweeper.clusters.kubernetes.raw import Json

PODS, QUOTAS = "pods", "resourcequotas"


class Denied(NamedTuple):
    """Since when reading the quotas has been denied, and the server's message."""

    since: float
    message: str


class Cache:
    """What the server last reported.

    Attributes:
        pods: the sweep's pods, by UID.
        quotas: the namespace's quotas, by name.
        silent: the message of each kind's watch that fails; empty if the watch works again.
        denied: set while the quotas could never be read because the server denies it.
        written: when our own creates were answered, by the pod's UID; entries end with the pod.
    """

    def __init__(self, pending_charges: PendingCharges) -> None:
        self.pods: dict[str, Json] = {}
        self.quotas: dict[str, Quota] = {}
        self.silent: dict[str, str] = {}
        self.denied: Denied | None = None
        self.written: dict[str, float] = {}
        self._knows_quotas = False
        self._pending_charges = pending_charges

    def fold(self, report: Listed | ItemChanged | Silent, now: float) -> list[tuple[Json, bool]]:
        """Update the cache with a report; return each pod in it, and whether that pod is gone."""
        match report:
            case Silent(kind, message, True) if kind == QUOTAS and not self._knows_quotas:
                self.denied = Denied(self.denied.since if self.denied else now, message)
            case Silent(kind, message):
                self.silent[kind] = message
            case Listed(kind, items, began) if kind == PODS:
                return self._replace(items, began)
            case ItemChanged(kind, event, item) if kind == PODS:
                return [self._change(item, gone=event == "DELETED")]
            case Listed(_, items, _):
                self.denied, self._knows_quotas = None, True
                kept = {item["metadata"]["name"] for item in items}
                self.quotas = {name: quota for name, quota in self.quotas.items() if name in kept}
                for item in items:
                    self._count(item, now, listed=True)
            case ItemChanged(_, "DELETED", item):
                self.quotas.pop(item["metadata"]["name"], None)
            case ItemChanged(_, _, item):
                self._count(item, now)
        return []

    def write(self, pod: Json, now: float) -> None:
        """Add a pod that we created; a LIST that was sent before `now` does not remove it."""
        uid = pod["metadata"]["uid"]
        self.written[uid] = now
        self.pods.setdefault(uid, pod)

    def stood_still(self, seconds: float) -> None:
        """Do not count `seconds`, in which this process did not run, as time of a denial."""
        if self.denied:
            self.denied = self.denied._replace(since=self.denied.since + seconds)

    def for_log(self) -> Json:
        """Return the quotas as `used/hard` texts, for the log."""
        return {name: _format_quota(quota) for name, quota in self.quotas.items()}

    def _replace(self, items: tuple[Json, ...], began: float) -> list[tuple[Json, bool]]:
        listed = {item["metadata"]["uid"] for item in items}
        vanished = [
            pod
            for uid, pod in self.pods.items()
            if uid not in listed and self.written.get(uid, began - 1.0) < began
        ]
        gone = [self._change(pod, gone=True) for pod in vanished]
        return gone + [self._change(item, gone=False) for item in items]

    def _change(self, pod: Json, *, gone: bool) -> tuple[Json, bool]:
        uid = pod["metadata"]["uid"]
        if gone:
            self.pods.pop(uid, None)
            self.written.pop(uid, None)
        else:
            self.pods[uid] = pod
        return pod, gone

    def _count(self, item: Json, now: float, *, listed: bool = False) -> None:
        after = read_quota(item)
        before = None if listed else self.quotas.get(after.name)  # a listing may combine several changes
        self._pending_charges.saw(before, after, now)
        self.quotas[after.name] = after


def _format_quota(quota: Quota) -> Json:
    used = {key: quota.used.get(key, 0) for key in quota.hard}
    return {key: f"{format_amount(used[key])}/{format_amount(hard)}" for key, hard in quota.hard.items()}
