"""Learning curves."""

from __future__ import annotations

import json
import math

from sweeper.report.figures import curves
from sweeper.report.grid import make_points
from sweeper.results.curve import Curve
from tests.report import sweeps


def curve(*values, name="acc", axis="epoch"):
    return Curve(tuple(range(1, len(values) + 1)), {"<loss>": values, name: values}, axis)


def chosen(facts, found):
    return curves.choose(facts, make_points(facts), found)


def test_best_median_and_worst_are_distinguished_and_all_are_there():
    """The ranked trials have roles, and every trial with a curve is there, one that runs as well."""
    facts = sweeps.results([({"x": index}, index / 10) for index in range(5)] + [({"x": 9}, None)])
    made = chosen(facts, {index: curve(0.0, index / 10) for index in range(6)})
    assert made
    json.dumps(made.data, allow_nan=False)
    assert {one["trial"]: one["role"] for one in made.data["trials"] if one["role"]} == {
        4: "best", 2: "median", 0: "worst",
    }  # fmt: skip
    assert sorted(one["trial"] for one in made.data["trials"]) == [0, 1, 2, 3, 4, 5]
    assert made.data["metrics"] == ["acc", "&lt;loss&gt;"]
    assert made.data["axis"] == "epoch"
    assert made.caption.startswith(
        "Metrics step by step of 6 trials (best: trial 4, acc 0.4 at the end; median: trial 2"
    )


def test_what_cannot_be_drawn_is_a_gap_and_what_is_seldom_given_has_its_own_steps():
    """NaN is a gap in the line; between two values of a metric that others are given more often, none is."""
    sparse = Curve((1, 2, 3), {"acc": (math.nan, 1 / 3, 0.5), "val": (0.1, None, math.inf)})
    facts = sweeps.results([({"x": 1}, 0.5), ({"x": 2}, 0.4)])
    made = chosen(facts, {0: sparse, 1: Curve((1, 2), {"acc": (1, 2)})})
    assert made
    one, other = made.data["trials"]
    assert (one["x"], one["y"]) == ([1, 2, 3], [[None, 0.333333, 0.5], {"x": [1, 3], "y": [0.1, None]}])
    assert other["y"] == [[1, 2], None]


def test_more_curves_than_a_page_holds_are_left_out_the_ranked_ones_last(monkeypatch):
    """Best, median and worst are always there; how many of the others are is said."""
    monkeypatch.setattr(curves, "_MOST_NUMBERS", 25)
    facts = sweeps.results([({"x": index}, index / 10) for index in range(9)])
    made = chosen(facts, {index: curve(0.0, 0.1) for index in range(9)})
    assert made
    assert [one["trial"] for one in made.data["trials"]] == [8, 4, 0, 7]
    assert made.how == "4 of 9 curves are here, so that the page stays small."


def test_without_a_ranking_no_trial_has_a_role():
    """Where no metric ranks the trials, all curves are alike; where there are none, there is no picture."""
    facts = sweeps.results([({"x": 1}, 0.5), ({"x": 2}, 0.6)], metric=None)
    made = chosen(facts, {0: curve(0.1, 0.2, name="other"), 1: Curve((1,), {"acc": (0.1,)})})
    assert made
    assert [(one["trial"], one["role"]) for one in made.data["trials"]] == [(0, "")]
    assert made.caption == "Metrics step by step of 1 trials (no trial is ranked, so all are shown)."
    assert chosen(facts, {}) is None
