"""What the tracker makes of pods that are reported."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.events import Dropped, Looked
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.tracking import FIRST, GPU, Tracking, made, quota, ran


@pytest.mark.parametrize(("keep", "goes"), [("never", True), ("always", False)])
def test_whether_a_pod_goes_is_judged_once(keep: str, goes: bool) -> None:
    """One that is to go already, or stays for people, is neither a leftover nor a stranger any more."""
    found = Tracking(quota(1), keep_pods=keep)
    found.run()
    found.show(ran())
    found.fold(Dropped(FIRST))
    found.fold(Looked())
    assert (found.tracker.strays(), found.tracker.foreign()) == ([], [])
    assert ("u" in found.tracker.deletions, "u" in found.tracker.kept) == (goes, not goes)


def test_a_stranger_stays_one() -> None:
    """A copy of our pod is mentioned at each look, and never deleted."""
    found = Tracking(quota(1))
    found.run()
    found.show(made("copy", Attempt(0, 1)) | {"metadata": {**made("copy")["metadata"], "name": "copy"}})
    for _ in range(2):
        found.fold(Looked())
        assert found.tracker.foreign() == ["copy"]
    assert found.tracker.deletions == {}


def test_a_pod_holds_what_it_is_charged_for_until_it_has_ended() -> None:
    """Each report that changes its charge is counted, and only those."""
    found = Tracking(quota(1))
    found.run()
    record = found.tracker[FIRST]
    before = record.holds
    assert before[GPU] == 1
    found.show(made(phase="Running"))
    assert record.holds is before
    larger = made(phase="Running")
    larger["spec"]["overhead"] = {"cpu": "1"}
    found.show(larger)
    assert record.holds["cpu"] == before.get("cpu", 0) + 1
    found.show(ran())
    assert GPU not in record.holds
