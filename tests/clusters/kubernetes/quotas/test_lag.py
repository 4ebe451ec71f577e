"""Each step of the arithmetic on its own."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.quotas.lag import (
    charges_not_shown,
    credit,
    falls,
    minus,
    plus,
    releases_not_shown,
    rises,
    withdraw,
)
from sweeper.clusters.kubernetes.quotas.quota import Amounts


@pytest.mark.parametrize(
    ("before", "after", "risen", "fallen"),
    [
        ({"gpu": 1}, {"gpu": 1}, {}, {}),
        ({"gpu": 1}, {"gpu": 3}, {"gpu": 2}, {}),
        ({"gpu": 3}, {"gpu": 1}, {}, {"gpu": 2}),
        ({"gpu": 1, "pods": 5}, {"gpu": 2, "pods": 4}, {"gpu": 1}, {"pods": 1}),
        ({}, {"gpu": 3}, {}, {}),  # newly counted
        ({"gpu": 3}, {}, {}, {}),  # not counted any more
    ],
)
def test_rises_and_falls(before: Amounts, after: Amounts, risen: Amounts, fallen: Amounts) -> None:
    """Only what is counted before and after can rise or fall."""
    assert (rises(before, after), falls(before, after)) == (risen, fallen)


@pytest.mark.parametrize(
    ("credited", "risen", "pending", "want"),
    [
        ({}, {}, {}, {}),
        ({}, {"gpu": 1}, {"gpu": 2}, {"gpu": 1}),
        ({"gpu": 1}, {"gpu": 1}, {"gpu": 2}, {"gpu": 2}),
        ({"gpu": 1}, {"gpu": 5}, {"gpu": 2}, {"gpu": 2}),  # the rest was somebody else's
        ({}, {"gpu": 5}, {}, {}),  # all of it was
        ({"gpu": 2}, {}, {"gpu": 1}, {"gpu": 1}),  # the answer: the pod is cheaper than we had thought
        ({"gpu": 1}, {"pods": 1}, {"gpu": 2, "pods": 2}, {"gpu": 1, "pods": 1}),
    ],
)
def test_rises_are_credited_up_to_what_is_pending(
    credited: Amounts, risen: Amounts, pending: Amounts, want: Amounts
) -> None:
    """What exceeds the pending charges is not kept."""
    assert credit(credited, risen, pending) == want


@pytest.mark.parametrize(
    ("credited", "charge", "want"),
    [
        ({}, {"gpu": 1}, {}),  # it was never shown
        ({"gpu": 1}, {"gpu": 1}, {"gpu": 0}),  # the rise may have been of another charge, which stays
        ({"gpu": 2}, {"gpu": 1}, {"gpu": 1}),
        ({"gpu": 1}, {"gpu": 2}, {"gpu": 0}),
        ({"gpu": 1, "pods": 1}, {"pods": 1}, {"gpu": 1, "pods": 0}),
    ],
)
def test_a_charge_that_leaves_takes_its_amount_out_of_the_credit(
    credited: Amounts, charge: Amounts, want: Amounts
) -> None:
    """As if every rise had been its own."""
    assert withdraw(credited, charge) == want


@pytest.mark.parametrize(
    ("pending", "credited", "want"),
    [
        ({}, {}, {}),
        ({"gpu": 2}, {}, {"gpu": 2}),
        ({"gpu": 2, "pods": 1}, {"gpu": 1, "pods": 1}, {"gpu": 1, "pods": 0}),
    ],
)
def test_charges_that_are_not_shown(pending: Amounts, credited: Amounts, want: Amounts) -> None:
    """They are what is pending and not credited."""
    assert charges_not_shown(pending, credited) == want


@pytest.mark.parametrize(
    ("released", "fallen", "want"),
    [
        ({}, {"gpu": 1}, {}),
        ({"gpu": 2}, {}, {"gpu": 2}),
        ({"gpu": 2, "pods": 1}, {"gpu": 1, "pods": 1}, {"gpu": 1, "pods": 0}),
        ({"gpu": 2}, {"gpu": 3}, {"gpu": 0}),  # another member's pods ended as well
    ],
)
def test_releases_that_are_not_shown(released: Amounts, fallen: Amounts, want: Amounts) -> None:
    """Every fall counts as one of ours."""
    assert releases_not_shown(released, fallen) == want


def test_sums_keep_only_what_there_is() -> None:
    """A resource of which nothing is left leaves the sum."""
    total = plus(plus({}, {"gpu": 1, "pods": 1}), {"gpu": 2})
    assert total == {"gpu": 3, "pods": 1}
    assert minus(total, {"pods": 1}) == {"gpu": 3}
    assert minus(total, {"gpu": 1, "pods": 1}) == {"gpu": 2}
    assert minus(total, total) == {}
