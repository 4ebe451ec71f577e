"""The rests after refusals, and between two looks at the namespace's pods."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.backoffs import (
    FORGIVEN,
    GIVEN_BACK,
    LOOKED,
    REFUSED,
    CreateBackoff,
    Interest,
)

A, B = frozenset({"a"}), frozenset({"b"})


def full(rests: CreateBackoff, now: float) -> float:
    """One more request that is refused for want of capacity."""
    return rests.full(rests.heard, now)


def test_rests_grow_and_end_with_a_success():
    """Every refusal in a row doubles the rest, up to a bound; one success begins anew."""
    rests = CreateBackoff()
    assert [full(rests, 0.0) for _ in range(3)] == [REFUSED.first, 2 * REFUSED.first, 4 * REFUSED.first]
    assert rests.ready_at == 4 * REFUSED.first
    assert [full(rests, 0.0) for _ in range(2000)][-1] == REFUSED.most
    rests.granted()
    assert full(rests, 0.0) == REFUSED.first


def test_requests_that_were_under_way_together_are_refused_once():
    """What was sent before the first refusal was heard of makes the rest no longer."""
    rests = CreateBackoff()
    heard = rests.heard
    assert rests.full(heard, 0.0) == REFUSED.first
    assert rests.full(heard, REFUSED.first / 2) == REFUSED.first / 2
    assert rests.full(heard, 20.0) == 0.0
    assert full(rests, 20.0) == pytest.approx(2 * REFUSED.first)


def test_after_giving_back_others_go_first_for_a_while():
    """Longer each time, but only if it happens again soon."""
    rests, found = CreateBackoff(), []
    for at in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0):
        rests.gave_back(at)
        found.append(rests.ready_at - at)
    assert found == [GIVEN_BACK.first * 2.0**n for n in range(5)] + [GIVEN_BACK.most]
    rests.gave_back(5.0 + FORGIVEN)
    assert rests.ready_at == 5.0 + FORGIVEN + GIVEN_BACK.first


def test_giving_back_never_shortens_another_rest():
    """A refusal's rest stays."""
    rests = CreateBackoff()
    for at in range(12):
        rest = full(rests, float(at))
    rests.gave_back(11.0)
    assert rests.ready_at == 11.0 + rest


class Looker:
    """Whoever looks when that is due, and gets the answer at once."""

    def __init__(self) -> None:
        self.interest = Interest()

    def wants(self, about: frozenset[str], now: float) -> bool:
        self.interest = self.interest.heeding(about, now)
        is_due = self.interest.is_due(now)
        if is_due:
            self.interest = self.interest.looking(now).looked()
        return is_due


def test_what_is_new_is_looked_at_at_once_and_then_less_and_less_often():
    """A pod that waits for minutes costs the server a listing every ten seconds, not one a turn."""
    looker = Looker()
    looks = [at / 10 for at in range(1200) if looker.wants(A, at / 10)]
    assert looks[0] == 0.0
    assert looks[1] <= 2 * LOOKED.first
    assert looks[-1] - looks[-2] >= LOOKED.most
    assert len(looks) < 20
    assert looker.wants(A | B, 120.0)
    assert not looker.wants(A | B, 120.0 + LOOKED.first / 2)
    assert not looker.wants(B, 120.0 + LOOKED.first / 2)  # what remains is nothing new


def test_nothing_of_interest_is_never_looked_at():
    """And what comes back is new."""
    looker = Looker()
    assert looker.wants(A, 0.0)
    assert not any(looker.wants(frozenset(), at) for at in (0.1, 100.0))
    assert looker.wants(A, 100.1)


def test_one_look_at_a_time():
    """Until its answer has come nothing is due; then what is new since is due at once."""
    looking = Interest().heeding(A, 0.0).looking(0.0)
    assert not looking.heeding(A | B, 1.0).is_due(1000.0)
    assert looking.heeding(A | B, 1.0).looked().is_due(1.0)
