"""The room for pods, with what the server makes of them."""

from __future__ import annotations

import copy
from typing import Any

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes.mirror import QUOTAS, Mirror
from sweeper.clusters.kubernetes.ownership import Ownership
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.waiting import Patience
from sweeper.clusters.kubernetes.quotas.throttle import Ledger
from sweeper.clusters.kubernetes.reports import Listed
from sweeper.clusters.kubernetes.room import UNKNOWN_QUOTA, Room
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt


def make_room(**quotas: dict[str, str]) -> Room:
    """A namespace with these quotas, of which nothing is used."""
    settings = KubernetesSettings(user="ada", uid=1, gid=1, image="i", reserve=0)
    ledger = Ledger()
    mirror = Mirror(ledger)
    items = [{"metadata": {"name": name}, "spec": {"hard": hard}} for name, hard in quotas.items()]
    list(mirror.fold(Listed(QUOTAS, tuple(items), 0.0), 0.0))
    roster = Roster(mirror, ledger, Patience.of(settings), 3, Ownership("abcd"))
    return Room(settings, SweepLabel("abcd", "s"), lambda path: path, 1.0, mirror, ledger, roster)


def with_cpu(pod: dict[str, Any], cpu: str) -> dict[str, Any]:
    got = copy.deepcopy(pod)
    got["spec"]["containers"][0]["resources"].setdefault("limits", {})["cpu"] = cpu
    return got


def test_pods_are_counted_as_the_server_makes_them():
    """A default of the namespace takes quota; what a later pod shows replaces what an earlier one did."""
    room = make_room(lab={"limits.cpu": "8"})
    wish = room.pod(Order(Attempt(3, 1), "shim", "t", "out"))
    assert (room.head(0.0).room, room.head(0.0, wish).room) == (UNKNOWN_QUOTA, UNKNOWN_QUOTA)
    room.learn(room.wish, with_cpu(room.wish, "3"))
    assert (room.head(0.0).room, room.head(0.0, wish).room) == (2, 2)
    assert room.head(0.0).reason == "quota lab: 0 of 8 limits.cpu are used; a trial takes 3"
    room.learn(wish, with_cpu(wish, "8"))
    assert (room.head(0.0).room, room.head(0.0, wish).room) == (1, 1)


def test_other_limits_hold_from_the_next_look_on():
    """And so does the factor by which a trial's memory grows; everything else stays."""
    room = make_room(lab={"requests.nvidia.com/gpu": "6"})
    assert room.head(0.0).room == 6
    limits = KubernetesSettings(image="another", memory="1Gi", max_parallel=4, max_gpus=3, reserve=1)
    room.adjust(limits, 2.0)
    assert (room.head(0.0).room, room.head(0.0).reason) == (3, "cluster.max_gpus=3: this sweep holds 0")
    room.adjust(KubernetesSettings(reserve=4), 2.0)
    assert room.head(0.0).room == 2
    pod = room.pod(Order(Attempt(3, 1), "shim", "t", "out", ooms=1))
    assert pod["spec"]["containers"][0]["image"] == "i"
