"""Completed trials as points."""

from __future__ import annotations

import math

import pytest

from sweeper.report.grid import make_points, over_seeds
from tests.report import sweeps

ROWS = [({"lr": lr, "seed": seed}, lr + seed / 10) for lr in (1, 2) for seed in (0, 1)]


def test_points_are_trials_with_a_number_and_the_others_are_counted():
    """A trial without a finite metric is no point, but is counted."""
    points = make_points(
        sweeps.results([*ROWS, ({"lr": 3, "seed": 0}, None), ({"lr": 4, "seed": 0}, math.nan)])
    )
    assert points
    assert (points.parameters, points.metric, points.left_out) == (("lr", "seed"), "acc", 2)
    assert dict(zip(points.trials, points.values, strict=True)) == {0: 1.0, 1: 1.1, 2: 2.0, 3: 2.1}
    assert points.column("lr") == [2, 2, 1, 1]  # best first


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("seed", True), ("data.seed", True), ("random_seed", True), ("seeds", False), ("seedling", False)],
)
def test_seeds_are_known_by_their_name(name, is_one):
    """A parameter called seed, or something.seed, only repeats an experiment."""
    points = make_points(sweeps.results([({"x": 1, name: 0}, 0.1), ({"x": 2, name: 1}, 0.2)]))
    assert points
    assert points.seeds == ((name,) if is_one else ())
    assert points.searched == (("x",) if is_one else ("x", name))


def test_seeds_are_a_spread():
    """Trials that differ in seeds alone are one group with a mean and a standard deviation."""
    points = make_points(sweeps.results(ROWS))
    assert points
    first, second = over_seeds(points)
    assert (second.row, second.trials) == ((1,), (1, 0))
    assert second.mean == pytest.approx(1.05)
    assert second.spread == pytest.approx(0.0707, abs=1e-4)
    assert over_seeds(points, points.parameters)[0].spread is None
    assert first.row == (2,)


def test_a_metric_stands_in_where_none_is_set():
    """Without results.metric the first metric that has numbers is drawn; without any, nothing is."""
    facts = sweeps.facts([{"x": 1}], sweeps.ran(0, metrics={"note": "a", "loss": 0.5}), metric=None)
    points = make_points(facts)
    assert points
    assert points.metric == "loss"
    assert make_points(sweeps.facts([{"x": 1}])) is None


def test_what_stands_in_tells_trials_apart_and_counts_no_steps():
    """The epoch that all have reached is not what the sweep was about."""
    rows = [sweeps.ran(index, metrics={"epoch": 10, "same": 1, "f1": index / 10}) for index in range(2)]
    points = make_points(sweeps.facts([{"x": 1}, {"x": 2}], *rows, metric=None))
    assert points
    assert points.metric == "f1"


def test_numbers_too_large_to_be_added_up_are_left_out():
    """Two seeds near a float's end have no mean."""
    rows = [({"seed": 0}, 1.7e308), ({"seed": 1}, -1.7e308), ({"seed": 2}, 1e300)]
    points = make_points(sweeps.results(rows))
    assert points
    assert (points.values, points.left_out) == ((1e300,), 2)
    assert [group.spread for group in over_seeds(points)] == [None]
