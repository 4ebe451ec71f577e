"""What the server last said of the sweep's pods and the namespace's quotas; folded by one thread alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sweeper.clusters.kubernetes.quotas.quota import Quota, read_quota, spell
from sweeper.clusters.kubernetes.quotas.throttle import Ledger
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.reports import Changed, Listed, Silent

PODS, QUOTAS = "pods", "resourcequotas"


class Denied(NamedTuple):
    """No quota could be read so far: since when, and what the server said."""

    since: float
    words: str


class Mirror:
    """`pods` by UID, `quotas` by name; `ledger` is what the quotas may not show yet.

    `denied`: nobody let us read the quotas yet.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.pods: dict[str, Json] = {}
        self.quotas: dict[str, Quota] = {}
        self.silent: dict[str, str] = {}
        self.denied: Denied | None = None
        self._knows_quotas = False
        self._ledger = ledger
        self._written: dict[str, float] = {}

    def fold(self, report: Listed | Changed | Silent, now: float) -> Iterator[tuple[Json, bool]]:
        """Take a report in; yields every pod that it tells something of, and whether that pod is gone."""
        match report:
            case Silent(kind, words, True) if kind == QUOTAS and not self._knows_quotas:
                self.denied = Denied(self.denied.since if self.denied else now, words)
            case Silent(kind, words):
                self.silent[kind] = words
            case Listed(kind, items, began) if kind == PODS:
                yield from self._replace(items, began)
            case Changed(kind, event, item) if kind == PODS:
                yield self._change(item, gone=event == "DELETED")
            case Listed(_, items, _):
                self.denied, self._knows_quotas = None, True
                kept = {item["metadata"]["name"] for item in items}
                self.quotas = {name: quota for name, quota in self.quotas.items() if name in kept}
                for item in items:
                    self._count(item, now, listed=True)
            case Changed(_, "DELETED", item):
                self.quotas.pop(item["metadata"]["name"], None)
            case Changed(_, _, item):
                self._count(item, now)

    def write(self, pod: Json, now: float) -> None:
        """Our own write is visible at once, and no LIST that was sent before it takes it away."""
        uid = pod["metadata"]["uid"]
        self._written[uid] = now
        self.pods.setdefault(uid, pod)

    def stood_still(self, seconds: float) -> None:
        """For so long nobody looked: a denial lasts for as long as it is heard."""
        if self.denied:
            self.denied = self.denied._replace(since=self.denied.since + seconds)

    def spelled(self) -> Json:
        """The quotas, for the log."""
        return {name: _spelled(quota) for name, quota in self.quotas.items()}

    def _replace(self, items: tuple[Json, ...], began: float) -> Iterator[tuple[Json, bool]]:
        listed = {item["metadata"]["uid"] for item in items}
        for uid, pod in list(self.pods.items()):
            if uid not in listed and self._written.get(uid, began - 1.0) < began:
                yield self._change(pod, gone=True)
        for item in items:
            yield self._change(item, gone=False)

    def _change(self, pod: Json, *, gone: bool) -> tuple[Json, bool]:
        uid = pod["metadata"]["uid"]
        if gone:
            self.pods.pop(uid, None)
            self._written.pop(uid, None)
        else:
            self.pods[uid] = pod
        return pod, gone

    def _count(self, item: Json, now: float, *, listed: bool = False) -> None:
        after = read_quota(item)
        before = None if listed else self.quotas.get(after.name)  # a listing tells of no single change
        self._ledger.saw(before, after, now)
        self.quotas[after.name] = after


def _spelled(quota: Quota) -> Json:
    used = {key: quota.used.get(key, 0) for key in quota.hard}
    return {key: f"{spell(used[key])}/{spell(hard)}" for key, hard in quota.hard.items()}
