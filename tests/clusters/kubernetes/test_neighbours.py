"""When the namespace's pods are looked at, and what follows from them."""

from __future__ import annotations

from sweeper.clusters.kubernetes.neighbours import FIRST, MOST, Interest

A, B = frozenset({"a"}), frozenset({"b"})


def test_what_is_new_is_looked_at_at_once_and_then_less_and_less_often():
    """A pod that waits for minutes costs the server a listing every ten seconds, not one a turn."""
    interest = Interest()
    looks = [at / 10 for at in range(1200) if interest.wants(A, at / 10)]
    assert looks[0] == 0.0
    assert looks[1] <= 2 * FIRST
    assert looks[-1] - looks[-2] >= MOST
    assert len(looks) < 20
    assert interest.wants(A | B, 120.0)
    assert not interest.wants(A | B, 120.0 + FIRST / 2)
    assert not interest.wants(B, 120.0 + FIRST / 2)  # what remains is nothing new


def test_nothing_of_interest_is_never_looked_at():
    """And what comes back is new."""
    interest = Interest()
    assert interest.wants(A, 0.0)
    assert not any(interest.wants(frozenset(), at) for at in (0.1, 100.0))
    assert interest.wants(A, 100.1)
