"""How long to rest before another try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.backoff import Backoff


def test_each_rest_is_twice_as_long_until_the_longest():
    """However many tries there were."""
    backoff = Backoff(0.5, 8.0)
    assert [backoff.rest(tries) for tries in (1, 2, 3, 5, 6, 5_000)] == [0.5, 1.0, 2.0, 8.0, 8.0, 8.0]


@given(st.integers(1, 100), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 1.0]))
def test_what_is_left_to_chance_stays_within_its_bounds(tries: int, chance: float, more: float):
    """A share of the rest is drawn, and something may come on top."""
    plain = Backoff(1.0, 60.0).rest(tries)
    rest = Backoff(1.0, 60.0, chance=chance, more=more).rest(tries)
    assert plain * (1.0 - chance) <= rest <= plain + more


@pytest.mark.parametrize("chance", [0.5, 1.0])
def test_who_waits_side_by_side_does_not_try_at_the_same_moment(chance: float):
    """Rests that are drawn differ."""
    assert len({Backoff(1.0, 60.0, chance=chance).rest(5) for _ in range(20)}) == 20
