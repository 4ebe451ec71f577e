"""GPUs that others take and give back while a sweep runs: it never asks for what it has not seen free."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sweeper.clusters.kubernetes.server.api import ApiError
from tests.cluster.lab import BUSYBOX, TINY, Json, Lab, api_of, until

QUICK = [*TINY, "cluster.probe=false"]
GPU = "requests.nvidia.com/gpu"


class Rival:
    """Another member's pods: each holds one GPU of the quota. No node is meant for them, so none is used."""

    def __init__(self, lab: Lab) -> None:
        self._api = api_of(lab.kubeconfig_of("rival"), lab.namespace)
        self._held: list[Json] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._held)

    def take(self) -> None:
        limits = {"limits": {"nvidia.com/gpu": "1"}}
        container = {"name": "main", "image": BUSYBOX, "command": ["sleep", "1"], "resources": limits}
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"rival-{next(self._numbers)}", "labels": {"user": "rival"}},
            "spec": {"containers": [container], "nodeSelector": {"example.org/nowhere": "yes"}},
        }
        try:
            self._held.append(self._api.post(self._api.pods(), body))
        except ApiError as error:
            if "exceeded quota" not in error.message:
                raise

    def give_back(self) -> None:
        if self._held:
            pod = self._held.pop(0)
            self._api.delete(self._api.pods(pod["metadata"]["name"]), pod["metadata"]["uid"])

    def take_stock(self) -> None:
        """Learn again what is held, where requests or answers may have been lost."""
        items = self._api.get(self._api.pods(), labelSelector="user=rival")["items"]
        self._held = [pod for pod in items if not pod["metadata"].get("deletionTimestamp")]

    @contextmanager
    def busy(self, seed: int, most: int) -> Iterator[None]:
        """Take and give back at random until the end of the block."""
        chance, stop = random.Random(seed), threading.Event()

        def play() -> None:
            while not stop.wait(chance.uniform(0.1, 0.8)):
                act = self.take if chance.randrange(most) >= len(self) else self.give_back
                for _ in range(chance.choice((1, 1, 2))):
                    act()

        thread = threading.Thread(target=play)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            while self._held:
                self.give_back()


@pytest.fixture
def rival(lab: Lab) -> Rival:
    return Rival(lab)


def test_sixty_trials_beside_a_rival(lab: Lab, rival: Rival) -> None:
    """Every create had room in the last view, the reserve included, and after a refusal comes a rest."""
    lab.set_quota({GPU: "8"})
    lab.until_quota_counts()
    lab.shell_project("sleep 0.5")
    with rival.busy(seed=3, most=7):
        done = lab.cvsweep("-m", "x=range(60)", *QUICK, "cluster.reserve=1", timeout=400)
    assert done.returncode == 0, done.stderr
    shown = lab.log_records()
    for record in shown:
        if record["did"] == "create":
            assert record["room"] >= 1
            used, hard = map(int, record["view"]["lab-quota"][GPU].split("/"))
            assert used + 1 + 1 <= hard, record
    rested(shown)
    assert [row["state"] for row in lab.table()] == ["completed"] * 60
    assert [end.attempt.number for end in lab.ends()] == [1] * 60
    until(lambda: lab.pods() == [] and lab.used() == 0, what="nothing held")


def rested(message: list[Json]) -> int:
    """No request comes before the rest that a refusal demands is over; how many refusals there were."""
    ready_at, refusals = 0.0, 0
    for record in message:
        if record["did"] == "create":
            assert record["at"] >= ready_at - 0.01, record
        elif record["did"] == "full":
            ready_at, refusals = record["at"] + record["rest"], refusals + 1
    return refusals


def test_a_quota_that_shrinks_creates_nothing_and_kills_nothing(lab: Lab) -> None:
    """More is used than is allowed, which is legal. When it grows again the sweep goes on."""
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(6)", *QUICK, "cluster.reserve=0") as sweep:
        until(lambda: len(lab.at_gate()) == 4, what="four trials that run")
        lab.set_quota({GPU: "1"})
        quota = lab.admin.path("resourcequotas", "lab-quota")
        until(lambda: lab.admin.get(quota)["status"]["hard"][GPU] == "1", what="the shrunken quota")
        time.sleep(1)
        before = lab.log_records()
        assert not [record for record in before if record["did"] not in ("create", "created")]
        lab.open_gate()
        until(lambda: len(lab.ends()) == 4, what="the end of what ran")
        until(lambda: len(_created(lab)) == 5, what="one more, as there is room for one again")
        assert [one["why"] for one in lab.log_records()[len(before) :] if one["did"] == "delete"] == [
            "remove"
        ] * 4
        assert not [one for one in lab.log_records() if one["did"] == "full"]
        lab.set_quota({GPU: "4"})
        assert sweep.wait(90) == 0
    assert [row["state"] for row in lab.table()] == ["completed"] * 6
    assert [end.attempt.number for end in lab.ends()] == [1] * 6


def _created(lab: Lab) -> list[Json]:
    return [record for record in lab.log_records() if record["did"] == "created"]


def test_a_gpu_that_a_rival_frees_is_taken_within_a_second(lab: Lab, rival: Rival) -> None:
    """No poll: the quota's own change sets the next request off."""
    for _ in range(4):
        rival.take()
    until(lambda: lab.used() == 4, what="a full quota")
    lab.shell_project("true")
    with lab.running("-m", "x=range(3)", *QUICK, "cluster.reserve=0") as sweep:
        until(lab.sweeps, what="the sweep")
        until(lambda: "4 of 4" in lab.cvsweep("status").stdout, what="the full quota in the status")
        assert lab.log_records() == []
        freed_at = time.time()
        rival.give_back()
        until(lab.log_records, 10, what="the first request")
        assert lab.log_records()[0]["at"] - freed_at < 1.0
        for _ in range(3):
            rival.give_back()
        assert sweep.wait(90) == 0
    assert not [record for record in lab.log_records() if record["did"] == "full"]
