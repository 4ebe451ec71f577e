"""A coordination.k8s.io Lease that names a sweep's controller, independent of the file system's locks.

Like the lock in the sweep folder, it only prevents accidents: what makes a second controller harmless is
the journal's term. If the member may not use leases, the sweep runs without one. holder.py decides who
holds a lease.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes import holder
from sweeper.clusters.kubernetes.api_errors import Conflict, Forbidden, NotFound, Trouble
from sweeper.clusters.kubernetes.holder import LASTS, IsDead, LeaseHolder
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.server.retries import retried
from sweeper.core.errors import SweepHeldError
from sweeper.core.presence import NOBODY, ClusterHolder

RENEW_EVERY = 15.0

_RETRY_EVERY = 2.0
"""Seconds between two checks while it is unknown, after a sleep, whether the lease is still ours."""

_LEAVING = 5.0
_LOOKING = 10.0

_TRIES = 4
"""How often to try to read and write the lease, since another write may come between the two."""


class Lease:
    """A sweep's lease, held and renewed by a thread from `take` to `release`.

    Attributes:
        lost: the message that another controller has the lease now; empty if none has.
        remark: why the lease could not be taken or renewed so far, for people. Both are tried again.
    """

    def __init__(
        self,
        api: Api,
        sweep_id: str,
        mine: LeaseHolder,
        labels: dict[str, str],
        is_dead: IsDead = lambda process: False,
    ) -> None:
        self.lost = self.remark = ""
        self._api, self._mine, self._labels, self._is_dead = api, mine, labels, is_dead
        self._name = f"cvsweep-{sweep_id}"
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{api.namespace}/leases"
        self._closing, self._hurry = threading.Event(), threading.Event()
        self._started = self._held = self._forced = False
        self._turned_at = self._asked_at = self._renewed_at = boottime()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def take(self, *, by_force: bool = False) -> None:
        """Take the lease and start to renew it.

        Args:
            by_force: take the lease from another controller as well, unless this sweep folder is a copy of
                that controller's.

        Raises:
            SweepHeldError: another controller holds the lease.
            CopiedSweepError: another controller holds it, and this sweep folder is a copy of that one's.
            ApiError: the server refused the request for another reason than a missing permission.
            Unreachable: the server did not answer.
        """
        self._forced = by_force
        try:
            retried(self._claim, seconds=30.0)
        except (Forbidden, NotFound) as error:
            # What to do comes first: `status` shows only the beginning of a long note.
            why = f"no lease guards it on the cluster ({error})"
            self.remark = f"start no second controller for this sweep: {why}"
        else:
            self._held = True
        self._started = True
        self._thread.start()

    def beat(self, now: float) -> None:
        """Record that the engine runs at `now`: a controller that hangs does not keep its lease."""
        self._turned_at = now

    def confirm(self, now: float) -> None:
        """Check at once, after a sleep, whether the lease is still ours (see `renewed_at`)."""
        self._turned_at = self._asked_at = now
        self._hurry.set()

    @property
    def renewed_at(self) -> float:
        """When the lease was last known to be ours, on the boot clock; infinite if it could not be taken."""
        return self._renewed_at if self._held else math.inf

    def release(self) -> None:
        """Delete the lease, so that the next controller need not wait until it expires. May take seconds."""
        self._closing.set()
        self._hurry.set()
        if self._started:
            self._thread.join(_LEAVING)

    def look(self) -> ClusterHolder:
        """Return the other controller of the sweep; NOBODY if none is known. The lease is not changed."""
        try:
            return self._holder(retried(self._get, seconds=_LOOKING))
        except Trouble:
            return NOBODY  # `take` reports the error

    def _claim(self) -> None:
        for _ in range(_TRIES):
            try:
                self._claim_once()
            except Conflict as error:
                conflict = error  # another was faster, or a request of our own took effect late: look again
            else:
                return
        raise conflict

    def _claim_once(self) -> None:
        found = self._find()
        if found is None:
            return self._create()
        other = self._holder(found)
        # With `by_force`, the lease is taken from any controller, unless this sweep folder is a copy.
        if other.folder or (other.who and not self._forced):
            raise holder.refusal(other, self._name)
        return self._replace(found)

    def _keep(self) -> None:
        self._renew()
        if self.lost or not self._held:
            return
        try:
            self._give_back()
        except Trouble:
            return  # the lease expires within a minute

    def _renew(self) -> None:
        while not self._is_closing():
            began = boottime()
            if began - self._turned_at > LASTS:
                continue  # the engine hangs: another controller may take the sweep
            try:
                self._extend() if self._held else self._claim_late()
            except SweepHeldError as error:
                self.lost = str(error)
                return
            except Trouble:
                continue  # the next round renews it; if none does, another may take it, and the term decides
            except Exception as error:  # noqa: BLE001  # a thread that ends would never renew it again
                self.remark = f"the lease is not renewed: {type(error).__name__}: {error}"
                continue
            self._renewed_at = began
            if self._held:
                self.remark = ""

    def _is_closing(self) -> bool:
        """Wait until the next renewal is due; return True if the lease is to be released."""
        self._hurry.wait(RENEW_EVERY if self._renewed_at >= self._asked_at else _RETRY_EVERY)
        self._hurry.clear()
        return self._closing.is_set()

    def _claim_late(self) -> None:
        """Take the lease unless another has it: the server may have denied it because it had just started."""
        found = self._find()
        if found is None:
            self._create()
        elif self._holder(found).who:
            return  # the journal's terms decide who controls the sweep
        else:
            self._replace(found)
        self._held = True

    def _extend(self) -> None:
        found = self._find()
        if found is None:
            return self._create()  # it was deleted, but other controllers must see that we run
        if not holder.is_ours(found, self._mine):
            who = holder.controller(found).name
            raise SweepHeldError(f"{who} has taken this sweep over, says the lease {self._name}")
        return self._replace(found)

    def _give_back(self) -> None:
        """Delete the lease if it is ours and unchanged since it was read: a new holder keeps it."""
        found = self._find()
        if found is not None and holder.is_ours(found, self._mine):
            seen = found["metadata"]
            self._api.delete(f"{self._path}/{self._name}", seen["uid"], seen["resourceVersion"])

    def _holder(self, found: Json) -> ClusterHolder:
        return holder.holder(found, self._mine, self._now(), self._is_dead)

    def _get(self) -> Json:
        return self._api.get(f"{self._path}/{self._name}")

    def _find(self) -> Json | None:
        try:
            return self._get()
        except NotFound:
            return None

    def _create(self) -> None:
        self._write(self._api.post, self._path, {})

    def _replace(self, former: Json) -> None:
        self._write(self._api.put, f"{self._path}/{self._name}", former["metadata"])

    def _write(self, send: Callable[[str, Json], Json], path: str, former: Json) -> None:
        send(path, holder.body(self._name, self._labels, self._mine, self._now(), former))

    def _now(self) -> float:
        """Return the server's time, in Unix seconds."""
        return time.time() + self._api.server_ahead
