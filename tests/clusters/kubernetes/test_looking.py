"""What follows from time alone, and from what others do in the namespace."""

from __future__ import annotations

import math

import pytest

from sweeper.clusters.kubernetes.actions import ListPods
from sweeper.clusters.kubernetes.cache import QUOTAS
from sweeper.clusters.kubernetes.decide import LATER, decide
from sweeper.clusters.kubernetes.events import Inquired, ItemChanged, Looked, PodsListed, Slept
from sweeper.clusters.kubernetes.fold import INQUIRY
from sweeper.clusters.kubernetes.looking import FRESH, RECENT, STALE
from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.model import Cause, Phase
from tests.clusters.kubernetes.tracking import FIRST, REQUESTS, Tracking, made, pod_manifest, quota

OTHER = REQUESTS.marked(pod_manifest()) | {"metadata": {"uid": "v", "labels": {"user": "bob"}}}


def deleted(found: Tracking, now: float = 0.0) -> None:
    """Somebody deletes our pod, and that is noticed."""
    found.run(phase="Running")
    found.show(made(phase="Running"), now, "DELETED")
    found.fold(Looked(), now)


@pytest.mark.parametrize("around", [(OTHER,), (), None])
def test_what_others_held_is_known_for_a_moment_only(around: tuple[Json, ...] | None):
    """If a later look around fails, a deletion is not judged by what an earlier one has shown."""
    found = Tracking(quota(0, hard=1), reserve=0)
    deleted(found)
    found.fold(Inquired("x", (), (OTHER,)))
    found.fold(Inquired("u", (), around))
    inquiry = found.tracker[FIRST].inquiry
    assert inquiry is not None
    assert inquiry.verdict is not None
    assert inquiry.verdict.preempted is (around != ())


@pytest.mark.parametrize(("seconds", "is_preempted"), [(RECENT, True), (RECENT + 0.1, False)])
def test_a_quota_that_was_full_lately_makes_a_deletion_a_preemption(seconds, is_preempted):
    """Whoever needed the GPU may have taken it."""
    found = Tracking(quota(4))
    found.fold(Looked(), 0.0)
    found.fold(ItemChanged(QUOTAS, "MODIFIED", quota(3)), 0.1)
    deleted(found, seconds)
    found.fold(Inquired("u", (), ()), seconds)
    found.fold(Looked(), seconds + 100.0)
    assert found.tracker.sightings[FIRST].preempted is is_preempted


def test_the_end_of_a_deleted_pod_waits_for_the_answer_and_not_for_ever():
    """While it is not known who deleted it, it has not ended; nor does the time asleep count."""
    found = Tracking(quota(0))
    deleted(found)
    found.do(decide(found.tracker, LATER), LATER)
    found.fold(Looked(), 100.0)
    assert found.tracker.sightings[FIRST].phase is Phase.ENDED
    found.fold(Slept(1000.0, has_lease=False), 100.0)
    found.fold(Looked(), 100.0)
    assert found.tracker.sightings[FIRST].phase is not Phase.ENDED
    found.fold(Looked(), LATER + INQUIRY + 1000.0)
    assert found.tracker.sightings[FIRST].phase is Phase.ENDED


def test_a_members_first_gpu_is_owed_for_a_while():
    """As nobody's pods hold any; what was seen before a sleep says nothing."""
    found = Tracking(quota(3), reserve=1)
    found.fold(PodsListed(0.0, ()), STALE + 0.1)
    assert found.tracker.owed_until == 0.0
    found.fold(PodsListed(0.0, None), 0.1)
    assert found.tracker.owed_until == 0.0
    found.fold(PodsListed(2.0, ()), 2.1)
    assert found.tracker.owed_until == 2.0 + FRESH


def older(pod: Json, uid: str, sweep: str, user: str) -> Json:
    """Another sweep's pod like this one, which was there before."""
    labels = {**pod["metadata"]["labels"], "cvsweep/sweep": sweep, "user": user}
    metadata = {**pod["metadata"], "uid": uid, "labels": labels, "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {**pod, "metadata": metadata}


def test_the_newest_pod_goes_back_before_it_runs():
    """Two sweeps took one GPU. The engine hears it, the log has it, and others go first for a while."""
    found = Tracking(quota(4), reserve=1)
    found.run()
    mine = older(found.tracker.cache.pods["u"], "u", "abcd", "ada")
    mine["metadata"]["creationTimestamp"] = "2026-01-01T00:01:00Z"
    ours = older(mine, "w", "abcd", "ada")  # our member's first one stays
    theirs = [older(mine, f"v{number}", "other", "bob") for number in range(2)]
    found.fold(PodsListed(1.0, (mine, ours, *theirs)), 1.0)
    found.fold(Looked(), 1.0)
    sighting = found.tracker.sightings[FIRST]
    assert (sighting.phase, sighting.cause) == (Phase.PENDING, Cause.RETURNED)
    assert [record["did"] for record in found.tracker.log][-1:] == ["give back"]
    assert 1.0 < found.tracker.backoff.ready_at < math.inf


def test_a_reserve_that_is_seen_to_go_is_looked_at_at_once():
    """However often our waiting pod was looked at before: now it may be the one that goes."""
    found = Tracking(quota(3), reserve=1)
    found.run()

    def looks(now: float) -> bool:
        found.fold(Looked(), now)
        wanted = decide(found.tracker, now)
        found.do(wanted, now)
        found.fold(PodsListed(now, None), now)
        return any(isinstance(one, ListPods) for one in wanted)

    looked = [now for now in range(60) if looks(float(now))]
    assert looked[-1] - looked[-2] >= 10
    calm = looked[-1] + 1.0
    assert not looks(calm)
    found.fold(ItemChanged(QUOTAS, "MODIFIED", quota(4)), calm)
    assert looks(calm)
    assert not looks(calm)
