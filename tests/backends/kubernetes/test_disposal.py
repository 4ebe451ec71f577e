"""Which pods go and which are kept."""

from __future__ import annotations

import pytest

from sweeper.backends.kubernetes.disposal import Disposal


class Asked:
    """Stands for the errands: remembers what was to be deleted."""

    def __init__(self) -> None:
        self.uids: list[str] = []

    def delete(self, pod) -> bool:
        fresh = pod["metadata"]["uid"] not in self.uids
        self.uids.append(pod["metadata"]["uid"])
        return fresh

    def forget(self, uid: str) -> None:
        self.uids.remove(uid)


def pod(phase: str, uid: str = "u"):
    return {"metadata": {"uid": uid, "name": f"pod-{uid}"}, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("keep", "kept"),
    [("never", []), ("failed", ["Failed"]), ("always", ["Succeeded", "Failed"])],
)
def test_ended_pods_are_kept_as_the_settings_say(keep, kept):
    """Only what has ended may be kept; a pod that still lives goes in any case."""
    for phase in ("Pending", "Running", "Succeeded", "Failed"):
        asked, log = Asked(), []
        Disposal(asked, keep, log.append).discard(pod(phase))
        assert bool(asked.uids) == (phase not in kept)
        assert [record["why"] for record in log] == (["remove"] if phase not in kept else [])


def test_what_is_kept_is_not_tidied_away():
    """A kept pod bears our label and counts for nothing: it stays until it is gone, and is forgotten then."""
    asked = Asked()
    disposal = Disposal(asked, "failed", lambda record: None)
    disposal.discard(pod("Failed"))
    disposal.tidy([pod("Failed"), pod("Running", "late")])
    assert asked.uids == ["late"]
    disposal.gone("late")
    assert asked.uids == []


def test_a_deletion_is_logged_once():
    """Asking again is no new request."""
    log: list = []
    disposal = Disposal(Asked(), "never", log.append)
    disposal.delete(pod("Running"), "stop")
    disposal.delete(pod("Running"), "stop")
    assert [(record["did"], record["pod"], record["why"]) for record in log] == [("delete", "pod-u", "stop")]
