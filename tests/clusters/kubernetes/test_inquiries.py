"""What is asked on the side about our pods."""

from __future__ import annotations

import queue
from types import SimpleNamespace

import pytest

from sweeper.clusters.kubernetes.inquiries import AROUND_FOR, LATER, Inquiries
from sweeper.clusters.kubernetes.messages import Inquired
from sweeper.clusters.kubernetes.quotas.quota import Quota
from sweeper.clusters.kubernetes.quotas.throttle import Manners

GPU = "requests.nvidia.com/gpu"


def pod(uid: str, user: str, gpus: int) -> dict:
    containers = [{"name": "trial", "resources": {"limits": {"nvidia.com/gpu": gpus}}}]
    return {"metadata": {"uid": uid, "labels": {"user": user}}, "spec": {"containers": containers}}


@pytest.mark.parametrize("is_answered", [True, False])
def test_what_others_held_is_known_for_a_moment_only(is_answered):
    """If a later look around fails, a deletion is not judged by what an earlier one has shown."""
    answers: queue.Queue[Inquired] = queue.Queue()
    mine = SimpleNamespace(
        pod=pod("u", "ada", 4),
        uid="u",
        was_deleted=True,
        ended_by_deletion=True,
        unwanted=False,
        inquiry=None,
    )
    around = {"items": [mine.pod, pod("v", "bob", 1)]}

    def get(path: str, **query: str) -> dict:
        if path == "events":
            return {"items": []}
        if around is None:
            raise OSError("away")
        return around

    class Roster(list):
        def by_uid(self, uid):
            return mine

    room = SimpleNamespace(quotas=[Quota("q", {GPU: 6}, {GPU: 0})], example=mine.pod, manners=Manners(GPU))
    api = SimpleNamespace(get=get, pods=lambda: "pods", path=lambda what: what)
    asked = Inquiries(api, room, Roster([mine]), SimpleNamespace(deleting={}), answers.put)

    def judged(now: float) -> bool:
        mine.inquiry = None
        asked.look(now)
        asked.look(now + LATER)
        asked.take(answers.get(timeout=20))
        return mine.inquiry.verdict.preempted

    assert judged(0.0)  # 4 of 6 GPUs beside another member
    around = around if is_answered else None
    assert judged(AROUND_FOR + LATER) is is_answered
