"""What others do to a sweep on a real cluster, for the soak: its administrators, and other members."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import TypeVar

from sweeper.clusters.kubernetes.pods.identity import attempt_of
from sweeper.clusters.kubernetes.server.api import ApiError, Unreachable
from sweeper.core.checksum import with_checksum
from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Ended, Granted
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request
from tests.cluster.lab import RULES, Json, Lab
from tests.cluster.test_copies import Colleague, is_copy
from tests.cluster.test_disruptive import Parts
from tests.cluster.test_rival import Rival

PARTS = ("apiserver", "etcd", "controller-manager", "scheduler", "kubelet")
MOST_COPIES = 6

STRANGER = 4711
"""The number of a user who is no member."""

T = TypeVar("T")


class Others:
    """`counts` is what the table shows; `folder` names the sweep that is going on."""

    def __init__(self, lab: Lab, parts: Parts, counts: Counter[str], folder: Callable[[], Path]) -> None:
        self._lab, self._parts, self._counts, self._folder = lab, parts, counts, folder
        self._colleague = Colleague(lab)
        self._deleted: set[str] = set()
        self._strange: set[str] = set()
        self._all_parts_run = Lock()

    def kill_parts(self, stop: Event, chance: random.Random) -> None:
        while not stop.wait(chance.uniform(5, 25)):
            with self._all_parts_run, self._parts.stopped(chance.choice(PARTS)):
                self._counts["parts killed"] += 1
                stop.wait(chance.uniform(5, 20))
            retried(self._parts.keep_gpus)

    def deny_rights(self, seconds: float) -> None:
        """To all members, for a while."""
        with self._all_parts_run:
            self._lab.revoke("member")
            time.sleep(seconds)
            self._lab.grant("member", RULES, group="cvlab")
        self._counts["rights denied"] += 1

    def be_rivals(self, stop: Event, chance: random.Random) -> None:
        rival = Rival(self._lab)
        while not stop.wait(chance.uniform(0.2, 1.5)):
            with suppress(ApiError, Unreachable):
                rival.take_stock()
                take = rival.take if len(rival) < 5 else rival.give_back
                chance.choice((take, take, rival.give_back, lambda: self._disturb(chance)))()

    def ours(self) -> list[Json]:
        """The pods of the sweep, without the copies of them."""
        return [pod for pod in self._lab.pods(labelSelector="user=lis") if not is_copy(pod)]

    def wrongs(self) -> Iterator[str]:
        """What the sweep owes to others, or has taken from them; the copies are gone after that."""
        for name in retried(self._colleague.tidy):
            yield f"I15: somebody's copy {name} was touched"
        sweep = SweepFolder(self._folder())
        state = State().apply_all(sweep.read().records)
        for one in sweep.read().records:
            if isinstance(one, Granted) and one.id in self._strange:
                yield f"I15: the request {one.id} is of another user and was granted"
            if not isinstance(one, Ended):
                continue
            self._counts[f"ended as {one.outcome.cause}"] += 1
            if one.uid in self._deleted and one.outcome.cause is Cause.ERROR:
                trial = state.trials[one.attempt.trial].trial
                record = Path(sweep.paths.trial(trial).attempt(one.attempt), "exit.json")
                if record.exists() and json.loads(record.read_text())["terminated"]:
                    yield f"I5: {one.attempt} was deleted by others and counts as failed"

    def _disturb(self, chance: random.Random) -> None:
        match chance.randrange(16):
            case 0 | 1 | 2 | 3:
                self._delete_one(chance)
            case 4 | 5:
                self._copy_one(chance)
            case 6:
                self._delete_leases()
            case 7:
                self._ask_as_stranger()

    def _delete_one(self, chance: random.Random) -> None:
        ours = [pod for pod in self.ours() if "deletionTimestamp" not in pod["metadata"]]
        if ours:
            pod = chance.choice(ours)
            self._lab.delete(pod)
            self._deleted.add(pod["metadata"]["uid"])
            self._counts["pods deleted by others"] += 1

    def _copy_one(self, chance: random.Random) -> None:
        """Under a name of its own, or under that of the next attempt."""
        ours = self.ours()
        if ours and len(self._colleague.made) < MOST_COPIES:
            pod = chance.choice(ours)
            name, attempt = pod["metadata"]["name"], attempt_of(pod)
            if attempt and chance.random() < 0.5:
                attempt = Attempt(attempt.trial, attempt.number + 1)
                name = f"{name.rpartition('-')[0]}-{attempt.number}"
            else:
                name += "-debug"
            self._colleague.copy(pod, name, attempt)
            self._counts["pods copied by others"] += 1

    def _delete_leases(self) -> None:
        for lease in self._lab.leases():
            self._lab.delete_lease(lease)
            self._counts["leases deleted by others"] += 1

    def _ask_as_stranger(self) -> None:
        """Somebody puts a request to cancel everything into the sweep's folder."""
        request = new_request("cancel")
        data = {"kind": "cancel", "trials": None, "points": [], "completed": False, "results": {}}
        path = self._folder() / "requests" / f"{request.id}.json"
        with suppress(OSError):  # the volume may be full, or the sweep not yet there
            path.with_suffix(".part").write_text(json.dumps(with_checksum(data)))
            os.chown(path.with_suffix(".part"), STRANGER, -1)
            path.with_suffix(".part").replace(path)
            self._strange.add(request.id)
            self._counts["requests of another user"] += 1


def retried(act: Callable[[], T]) -> T:
    """Again and again while the cluster does not answer."""
    deadline = time.monotonic() + 180
    while True:
        try:
            return act()
        except (ApiError, Unreachable):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
