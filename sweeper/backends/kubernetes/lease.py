"""A coordination.k8s.io Lease says on the cluster who controls a sweep, whatever the file system's locks do.

It is manners, like the lock in the sweep folder: what makes a second controller harmless is the
journal's term. Where the member may not use leases the sweep goes on without.
"""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable

from sweeper.backends.kubernetes.raw import Json
from sweeper.backends.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.backends.kubernetes.server.patience import patiently
from sweeper.core.errors import SweepHeldError

LASTS = 60
"""Seconds after which a lease that nobody renewed may be taken."""

RENEW_EVERY = 15.0

_LEAVING = 5.0


class Lease:
    """Ours from `take` to `release`; `lost` is who has it instead, where somebody has.

    `holder` is `user@host:pid`. Whoever takes it holds the lock in the sweep folder already, so a
    lease that is left from this very host belongs to a controller that is no more.
    """

    def __init__(self, api: Api, sweep_id: str, holder: str, labels: dict[str, str]) -> None:
        self.lost = ""
        self._api, self._holder, self._labels = api, holder, labels
        self._name = f"cvsweep-{sweep_id}"
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{api.namespace}/leases"
        self._closing = threading.Event()
        self._held: Json | None = None
        self._forced = False
        self._turned_at = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def take(self, *, by_force: bool = False) -> str:
        """Hold the sweep; SweepHeldError where another does. Returns why it could not be held, if so."""
        self._forced = by_force
        try:
            self._held = patiently(self._claim, seconds=30.0)
        except ApiError as error:
            if error.status not in (403, 404):
                raise
            return f"no lease guards this sweep on the cluster ({error}): start no second controller for it"
        self._thread.start()
        return ""

    def beat(self, now: float) -> None:
        """The engine has turned: a controller that hangs does not keep its lease."""
        self._turned_at = now

    def release(self) -> None:
        """Let it go, so that the next controller need not wait for its end; for some seconds at most."""
        self._closing.set()
        if self._held is not None:
            self._thread.join(_LEAVING)

    def check(self) -> None:
        """Look, and take nothing: SweepHeldError where another holds the sweep as far as can be known."""
        try:
            self._refuse_another(self._api.get(f"{self._path}/{self._name}"))
        except (ApiError, Unreachable):
            return  # whoever goes on to take it hears of that

    def _claim(self) -> Json:
        try:
            return self._claim_once()
        except ApiError as error:
            if error.status != 409:
                raise
        # Another was faster, or a request of our own took effect late: look whose it is now.
        return self._claim_once()

    def _claim_once(self) -> Json:
        try:
            found = self._api.get(f"{self._path}/{self._name}")
        except ApiError as error:
            if error.status != 404:
                raise
            return self._write(self._api.post, self._path, {})
        if not self._forced:
            self._refuse_another(found)
        return self._write(self._api.put, f"{self._path}/{self._name}", found["metadata"])

    def _refuse_another(self, found: Json) -> None:
        spec = found.get("spec") or {}
        until = _unix(spec.get("renewTime")) + (spec.get("leaseDurationSeconds") or LASTS)
        now = time.time() + self._api.server_ahead
        other = _host(spec.get("holderIdentity") or self._holder) != _host(self._holder)
        if other and now < until:
            raise SweepHeldError(
                f"{spec['holderIdentity']} controls this sweep, says the lease {self._name};"
                f" if it is no more, its lease ends in {until - now:.0f} s"
            )

    def _write(self, send: Callable[[str, Json], Json], path: str, former: Json) -> Json:
        # The former resourceVersion makes the server refuse, with a 409, what somebody else was faster with.
        metadata = {"name": self._name, "labels": self._labels, **_only(former, "resourceVersion", "uid")}
        spec = {"holderIdentity": self._holder, "leaseDurationSeconds": LASTS, "renewTime": _stamp(self._api)}
        return send(
            path,
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec},
        )

    def _keep(self) -> None:
        self._renew()
        if self._held is None or self.lost:
            return
        try:
            self._api.delete(f"{self._path}/{self._name}", self._held["metadata"]["uid"])
        except (ApiError, Unreachable):
            return  # it ends by itself within a minute

    def _renew(self) -> None:
        while not self._closing.wait(RENEW_EVERY):
            if time.monotonic() - self._turned_at > LASTS:
                continue  # it hangs: whoever wants the sweep may have it
            try:
                self._held = self._extend()
            except SweepHeldError as error:
                self.lost = str(error)
                return
            except (ApiError, Unreachable):
                continue  # the next round renews it; if none does, another may take it, and the term decides

    def _extend(self) -> Json:
        found = self._api.get(f"{self._path}/{self._name}")
        holder = (found.get("spec") or {}).get("holderIdentity")
        if holder != self._holder:
            raise SweepHeldError(f"{holder} has taken this sweep over, says the lease {self._name}")
        return self._write(self._api.put, f"{self._path}/{self._name}", found["metadata"])


def _host(holder: str) -> str:
    return holder.rpartition(":")[0].rpartition("@")[2]


def _only(data: Json, *names: str) -> Json:
    return {name: data[name] for name in names if name in data}


def _stamp(api: Api) -> str:
    now = datetime.datetime.fromtimestamp(time.time() + api.server_ahead, datetime.UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _unix(stamp: str | None) -> float:
    return datetime.datetime.fromisoformat(stamp).timestamp() if stamp else 0.0
