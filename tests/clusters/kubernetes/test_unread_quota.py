"""For how many more pods there is room, while nobody knows the quota."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.mirror import QUOTAS, Mirror
from sweeper.clusters.kubernetes.ownership import Ownership
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.waiting import Patience
from sweeper.clusters.kubernetes.quotas.throttle import Ledger
from sweeper.clusters.kubernetes.refusals import BELIEVED_AFTER, Answer
from sweeper.clusters.kubernetes.reports import Changed, Listed, Silent
from sweeper.clusters.kubernetes.room import UNKNOWN_QUOTA, Room
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.settings import KubernetesSettings

LONG = BELIEVED_AFTER[Answer.DENIED]
GPU = "requests.nvidia.com/gpu"
QUOTA = {
    "metadata": {"name": "q"},
    "spec": {"hard": {GPU: "3"}},
    "status": {"hard": {GPU: "3"}, "used": {GPU: "0"}},
}


class Namespace:
    """A sweep's view of it, told by its watch of quotas."""

    def __init__(self, **more) -> None:
        settings = KubernetesSettings(user="ada", uid=1, gid=1, namespace="lab", image="i", reserve=0, **more)
        ledger = Ledger()
        self._mirror = Mirror(ledger)
        roster = Roster(self._mirror, ledger, Patience.of(settings), 3, Ownership("abcd"))
        self.room = Room(settings, SweepLabel("abcd", "s"), str, 1.0, self._mirror, ledger, roster)

    def hear(self, report, now: float) -> None:
        list(self._mirror.fold(report, now))

    def denied(self, now: float) -> None:
        self.hear(Silent(QUOTAS, "quotas is forbidden (403)", is_denied=True), now)


@pytest.fixture
def namespace() -> Namespace:
    return Namespace()


def test_a_denial_is_not_believed_at_once(namespace):
    """A server that has just started denies everything: nothing is asked for until more is known."""
    namespace.denied(0.0)
    head = namespace.room.head(LONG - 0.1)
    assert (head.room, head.reason) == (0, "the quota could not be read yet: quotas is forbidden (403)")
    assert namespace.room.remark(LONG - 0.1) == ""


def test_a_denial_that_lasts_is_believed_and_said(namespace):
    """Later denials do not start the time anew; then a few pods run, and people are told why."""
    namespace.denied(0.0)
    namespace.denied(LONG - 1.0)
    assert namespace.room.head(LONG).room == UNKNOWN_QUOTA
    assert namespace.room.remark(LONG) == (
        f"the quota cannot be read, so at most {UNKNOWN_QUOTA} pods run at once: quotas is forbidden (403)"
    )
    assert "cannot be read" in namespace.room.manners.why


def test_with_a_bound_of_its_own_a_sweep_names_no_other():
    """cluster.max_parallel goes before our modesty."""
    namespace = Namespace(max_parallel=20)
    namespace.denied(0.0)
    assert namespace.room.head(LONG).room == 20
    assert namespace.room.remark(LONG) == "the quota cannot be read: quotas is forbidden (403)"


@pytest.mark.parametrize("now", [1.0, LONG + 1000.0])
def test_a_quota_that_can_be_read_at_last_counts(namespace, now):
    """A denial at the beginning is not for the controller's whole life."""
    namespace.denied(0.0)
    namespace.hear(Listed(QUOTAS, (QUOTA,), now), now)
    assert namespace.room.head(now).room == 3
    assert namespace.room.remark(now + LONG) == ""
    assert "cannot be read" not in namespace.room.manners.why


def test_a_denial_later_on_leaves_what_is_known(namespace):
    """A right that is lost in mid-sweep does not make the quota vanish."""
    namespace.hear(Listed(QUOTAS, (), 0.0), 0.0)
    namespace.hear(Changed(QUOTAS, "ADDED", QUOTA), 1.0)
    namespace.denied(2.0)
    assert namespace.room.head(3.0).room == namespace.room.head(LONG + 3.0).room == 3
