"""What the server last said, folded from lists, changes and our own writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.cache import PODS, QUOTAS, Cache
from sweeper.clusters.kubernetes.events import ItemChanged, Listed, Silent
from sweeper.clusters.kubernetes.quotas.pending import PendingCharges


def pod(uid: str, phase: str = "Pending"):
    return {"metadata": {"uid": uid, "name": uid}, "status": {"phase": phase}}


def quota(used: int, name: str = "q"):
    return {
        "metadata": {"name": name},
        "spec": {"hard": {"pods": "9"}},
        "status": {"hard": {"pods": "9"}, "used": {"pods": str(used)}},
    }


def cache() -> Cache:
    return Cache(PendingCharges())


def test_a_list_replaces_everything():
    """What a list does not show is gone, and what it shows is there."""
    found = cache()
    found.fold(Listed(PODS, (pod("a"), pod("b")), 0.0), 0.0)
    shown = found.fold(Listed(PODS, (pod("b", "Running"), pod("c")), 1.0), 1.0)
    assert shown == [(pod("a"), True), (pod("b", "Running"), False), (pod("c"), False)]
    assert list(found.pods) == ["b", "c"]


def test_our_own_write_outlives_an_older_list():
    """A pod that was created while a list was under way is not taken for gone; a later list decides."""
    found = cache()
    found.write(pod("mine"), now=5.0)
    assert (found.fold(Listed(PODS, (), began=4.0), 6.0)) == []
    assert list(found.pods) == ["mine"]
    assert (found.fold(Listed(PODS, (), began=7.0), 8.0)) == [(pod("mine"), True)]
    assert found.pods == {}


def test_our_own_write_never_turns_time_back():
    """An answer that comes after a newer event leaves the newer one."""
    found = cache()
    found.fold(ItemChanged(PODS, "MODIFIED", pod("mine", "Running")), 1.0)
    found.write(pod("mine"), now=2.0)
    assert found.pods["mine"] == pod("mine", "Running")


def test_a_deletion_comes_with_the_last_state():
    """The pod is not shown any more, and what was last known of it is told."""
    found = cache()
    found.fold(ItemChanged(PODS, "ADDED", pod("a")), 0.0)
    assert (found.fold(ItemChanged(PODS, "DELETED", pod("a", "Failed")), 1.0)) == [(pod("a", "Failed"), True)]
    assert found.pods == {}


def test_quotas_come_and_go():
    """Quotas are kept by name, changed, and forgotten when they are deleted or not listed any more."""
    found = cache()
    assert (found.fold(Listed(QUOTAS, (quota(1), quota(2, "r")), 0.0), 0.0)) == []
    found.fold(ItemChanged(QUOTAS, "MODIFIED", quota(3)), 1.0)
    assert found.for_log() == {"q": {"pods": "3/9"}, "r": {"pods": "2/9"}}
    found.fold(ItemChanged(QUOTAS, "DELETED", quota(3)), 2.0)
    assert list(found.quotas) == ["r"]
    found.fold(Listed(QUOTAS, (), 3.0), 3.0)
    assert found.quotas == {}


def test_a_list_pays_for_nothing_a_change_does():
    """A rise that a change shows is a create of ours; the first look at a quota tells of none."""
    pending_charges = PendingCharges()
    found = Cache(pending_charges)
    found.fold(Listed(QUOTAS, (quota(1),), 0.0), 0.0)
    pending_charges.ask("mine", {"pods": found.quotas["q"].hard["pods"] / 9}, 0.0)
    found.fold(Listed(QUOTAS, (quota(2),), 0.1), 0.1)
    assert pending_charges.unshown("q", 0.1).charged["pods"] == 1
    found.fold(ItemChanged(QUOTAS, "MODIFIED", quota(3)), 0.2)
    assert pending_charges.unshown("q", 0.2).charged["pods"] == 0


def test_silence_is_kept_by_kind():
    """What does not answer is known, until it does."""
    found = cache()
    found.fold(Silent(PODS, "refused"), 0.0)
    assert found.silent == {PODS: "refused"}
    found.fold(Silent(PODS, ""), 1.0)
    assert found.silent == {PODS: ""}


@given(
    st.lists(
        st.tuples(st.sampled_from(["ADDED", "MODIFIED", "DELETED"]), st.sampled_from("abc")), max_size=12
    )
)
def test_repeated_events_change_nothing(history):
    """Every event told twice leaves the same pods as told once."""
    once, twice = cache(), cache()
    for kind, name in history:
        once.fold(ItemChanged(PODS, kind, pod(name)), 0.0)
        for _ in range(2):
            twice.fold(ItemChanged(PODS, kind, pod(name)), 0.0)
    assert once.pods == twice.pods
