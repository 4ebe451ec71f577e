"""Which pods go and which are kept."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes import disposal as module
from sweeper.clusters.kubernetes.disposal import YIELD, Disposal


class Asked:
    """Stands for the errands: remembers what was to be deleted."""

    def __init__(self) -> None:
        self.deleting: dict[str, float] = {}

    def delete(self, pod) -> bool:
        uid = pod["metadata"]["uid"]
        fresh = uid not in self.deleting
        self.deleting[uid] = 0.0
        return fresh

    def send(self, now: float) -> None:
        """Nothing is asked for twice here."""

    def forget(self, uid: str) -> None:
        self.deleting.pop(uid, None)


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
        disposal = Disposal(asked, keep, log.append)
        disposal.discard(pod(phase))
        disposal.send(0.0)
        assert bool(asked.deleting) == (phase not in kept)
        assert [record["why"] for record in log] == (["remove"] if phase not in kept else [])


def test_what_is_kept_is_not_tidied_away():
    """A kept pod bears our label and counts for nothing: it stays until it is gone, and is forgotten then."""
    asked = Asked()
    disposal = Disposal(asked, "failed", lambda record: None)
    disposal.discard(pod("Failed"))
    disposal.tidy([pod("Failed"), pod("Running", "late")])
    disposal.send(0.0)
    assert list(asked.deleting) == ["late"]
    disposal.gone("late")
    assert not asked.deleting


def test_a_deletion_is_logged_once():
    """Asking again is no new request."""
    log: list = []
    disposal = Disposal(Asked(), "never", log.append)
    disposal.delete(pod("Running"), "stop")
    disposal.delete(pod("Running"), "stop")
    assert [(record["did"], record["pod"], record["why"]) for record in log] == [("delete", "pod-u", "stop")]


@pytest.fixture
def clock(monkeypatch):
    """The time is 0, for this module."""
    monkeypatch.setattr(module, "boottime", lambda: 0.0)


def test_what_has_ended_waits_for_what_is_created(clock):
    """While pods are being created, an ended one is deleted only when it has waited long enough."""
    asked = Asked()
    disposal = Disposal(asked, "never", lambda record: None)
    disposal.discard(pod("Succeeded"))
    disposal.send(YIELD, busy=True)
    assert (disposal.is_idle, list(asked.deleting)) == (False, [])
    disposal.send(YIELD + 0.1, busy=True)
    assert (disposal.is_idle, list(asked.deleting)) == (True, ["u"])


def test_what_has_ended_goes_once_nothing_is_created():
    """With nothing else to do it is deleted at once, and asked for once."""
    asked, log = Asked(), []
    disposal = Disposal(asked, "never", log.append)
    for _ in range(2):
        disposal.tidy([pod("Failed")])
        disposal.send(0.0)
    assert disposal.is_idle
    assert [record["pod"] for record in log] == ["pod-u"]


def test_what_still_runs_does_not_wait():
    """A pod that holds a GPU and counts for nothing goes first."""
    asked = Asked()
    Disposal(asked, "never", lambda record: None).discard(pod("Running"))
    assert list(asked.deleting) == ["u"]


def test_what_is_gone_waits_for_nothing():
    """Somebody else may have deleted it in the meantime."""
    asked = Asked()
    disposal = Disposal(asked, "never", lambda record: None)
    disposal.discard(pod("Succeeded"))
    disposal.gone("u")
    disposal.send(0.0)
    assert not asked.deleting
