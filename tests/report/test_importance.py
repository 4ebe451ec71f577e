"""How much a parameter tells about the metric."""

from __future__ import annotations

import itertools

import pytest

from sweeper.report.grid import make_points
from sweeper.report.importance import LEAST, importances
from tests.report import sweeps


def shares(rows):
    points = make_points(sweeps.results(rows))
    assert points
    return {one.parameter: (round(one.share, 4), one.by) for one in importances(points)}


def test_what_decides_alone_explains_all_and_what_does_nothing_explains_nothing():
    """A parameter that orders the metric's groups completely explains most of it, a seed nothing."""
    rows = [
        ({"model": model, "seed": seed}, place + seed / 100)
        for (place, model), seed in itertools.product(enumerate("abc"), range(5))
    ]
    # By hand: ranks 1..15, groups of five; total 280, between 250, within 30 / 12.
    assert shares(rows) == {"model": (round((250 - 2 * 2.5) / 280, 4), "groups"), "seed": (0.0, "groups")}


def test_many_different_numbers_are_measured_by_their_order():
    """A parameter whose values are all different is measured by rank correlation; names are not."""
    rows = [({"x": 1.01**index, "id": f"n{index}"}, -float(index**3)) for index in range(15)]
    assert shares(rows) == {"x": (1.0, "correlation")}


def test_one_wild_value_does_not_decide():
    """A diverged run counts by its rank, not by its size."""
    rows = [({"m": m, "seed": s}, (m == "b") + s / 100) for m in "ab" for s in range(8)]
    wild = [*rows[:-1], (rows[-1][0], 1e300)]
    assert shares(rows) == shares(wild)


@pytest.mark.parametrize("values", [[1.0] * 20, list(range(LEAST - 1))])
def test_too_little_says_nothing(values):
    """Where trials are few, or all come out the same, there is nothing to tell."""
    assert shares([({"x": index % 2}, value) for index, value in enumerate(values)]) == {}


def test_numbers_that_are_one_as_floats_are_not_measured():
    """Run numbers beyond 2**53 need not differ on an axis."""
    rows = [({"id": 1_700_000_000_000_000_000 + index, "x": index}, float(index)) for index in range(14)]
    assert shares(rows) == {"x": (1.0, "correlation")}
