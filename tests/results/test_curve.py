"""What a curve answers: its last values, its best step, one value of a metric."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.results.curve import Curve

NAN, INF = math.nan, math.inf

SPARSE = Curve(
    (1, 3, 5),
    {"train": (0.9, None, 0.4), "val": (None, 0.5, 0.7), "empty": (None, None, None)},
    "epoch",
)
VALUES = st.none() | st.integers(-5, 5) | st.floats(-5, 5) | st.sampled_from([NAN, INF, -INF])
CURVES = st.integers(0, 8).flatmap(
    lambda length: st.builds(
        Curve,
        st.just(tuple(range(length))),
        st.dictionaries(
            st.sampled_from("abc"), st.lists(VALUES, min_size=length, max_size=length).map(tuple)
        ),
    )
)


def test_the_last_value_of_every_metric_is_final():
    """What was not given at the last step has the last value before it; what never was is not there."""
    assert SPARSE.final() == {"train": 0.4, "val": 0.7}
    assert Curve().final() == {}


def test_the_best_step_is_that_of_one_metric_for_all():
    """It is told which, and all metrics as they stood when the one was best."""
    assert SPARSE.best("val", "min") == {"epoch": 3, "train": 0.9, "val": 0.5}
    assert SPARSE.best("val", "max") == {"epoch": 5, "train": 0.4, "val": 0.7}
    assert SPARSE.best("train", "max") == {"epoch": 1, "train": 0.9}


def test_of_equally_good_steps_the_first_counts():
    """Nobody trains on for nothing."""
    curve = Curve((1, 2, 3), {"acc": (1, 1, 0), "epoch": (10, 20, 30)})
    assert curve.best("acc", "max") == {"step": 1, "acc": 1, "epoch": 10}


@pytest.mark.parametrize("values", [(), (NAN, NAN), (None, None), (None, NAN)])
def test_what_was_never_a_number_is_best_nowhere(values):
    """A metric that diverged at once, or that nobody gave, has no best step."""
    curve = Curve(tuple(range(len(values))), {"loss": values} if values else {})
    assert curve.best("loss", "min") == {}


def test_infinities_are_best_only_where_nothing_was_finite_and_nan_never():
    """A step at which the metric ran away is not the best one, while there is another."""
    curve = Curve((1, 2, 3), {"x": (NAN, INF, -INF), "y": (INF, 2, -INF)})
    assert curve.best("x", "max")["x"] == INF
    assert curve.best("x", "min")["x"] == -INF
    assert curve.best("y", "max")["y"] == curve.best("y", "min")["y"] == 2


@pytest.mark.parametrize(
    ("values", "largest", "smallest", "last"),
    [
        ((1, 3.5, 2), 3.5, 1, 2),
        ((NAN, 2, None), 2, 2, 2),
        ((INF, 2, -INF), 2, 2, -INF),
        ((INF, NAN), INF, INF, NAN),
        ((-1, NAN), -1, -1, NAN),
        ((NAN, NAN), NAN, NAN, NAN),
        ((None, None), None, None, None),
    ],
)
def test_one_value_stands_for_a_metric(values, largest, smallest, last):
    """Its largest, its smallest or its last; what is not finite only where nothing else is, or it is last."""
    curve = Curve(tuple(range(len(values))), {"x": values})
    found = [curve.reduce("x", how) for how in ("max", "min", "last")]
    assert repr(found) == repr([largest, smallest, last])


def test_an_unknown_metric_has_no_value():
    """It is missing, and no error: other trials may have it."""
    assert SPARSE.reduce("nope", "max") is None
    assert SPARSE.best("nope", "max") == {}


@given(curve=CURVES, mode=st.sampled_from(["max", "min"]), metric=st.sampled_from("abc"))
def test_the_best_value_is_the_largest_or_the_smallest(curve, mode, metric):
    """What stands at the best step of a metric equals the best of all its values."""
    best = curve.best(metric, mode)
    result = curve.reduce(metric, mode)
    if metric in best:
        assert best[metric] == result
        assert best.keys() <= {curve.axis, *curve.final()}
    else:
        assert best == {}
        assert result is None or math.isnan(result)


@given(curve=CURVES)
def test_the_final_values_are_the_last_of_each(curve):
    """Final values and the reduction to the last say the same."""
    final = curve.final()
    assert repr({name: curve.reduce(name, "last") for name in final}) == repr(final)
    assert all(curve.reduce(name, "last") is None for name in curve.series if name not in final)


def test_a_curve_is_frozen_and_compares_by_what_it_holds():
    """Two readings of one file are equal."""
    assert replace(SPARSE) == SPARSE != Curve()


@given(curve=CURVES, most=st.integers(2, 5))
def test_a_thinned_curve_keeps_so_many_values_of_each_metric_and_the_last(curve, most):
    """However seldom a metric is given, no other one crowds it out."""
    thin = curve.thinned(most)
    assert set(thin.steps) <= set(curve.steps)
    for name, values in curve.series.items():
        given_before = [one for one in zip(curve.steps, values, strict=True) if one[1] is not None]
        given_after = [one for one in zip(thin.steps, thin.series[name], strict=True) if one[1] is not None]
        shown = [repr(one) for one in given_before]
        assert [repr(one) for one in given_after if repr(one) in shown] == list(map(repr, given_after))
        assert len(given_after) == (
            min(most, len(given_before)) if len(curve.steps) > most else len(given_before)
        )
        assert repr(given_after[-1:]) == repr(given_before[-1:])


def test_a_metric_that_is_seldom_given_is_not_thinned_away():
    """Validation every hundredth step stays whole among a thousand steps of training."""
    steps = tuple(range(1000))
    seldom = tuple(step / 1000 if step % 100 == 50 else None for step in steps)
    thin = Curve(steps, {"train": steps, "val": seldom}).thinned(200)
    assert [value for value in thin.series["val"] if value is not None] == [
        one for one in seldom if one is not None
    ]
    assert len([value for value in thin.series["train"] if value is not None]) == 200


@pytest.mark.parametrize(
    ("earlier", "later", "steps", "acc"),
    [
        ((1, 2, 3), (4, 5), (1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        ((1, 2, 3, 4), (3, 5), (1, 2, 3, 5), (1, 2, 3, 5)),
        ((1, 2, 3), (1, 2), (1, 2), (1, 2)),
        ((2, 3), (1,), (1,), (1,)),
        ((), (4,), (4,), (4,)),
        ((1,), (2, 3), (1, 2, 3), (1, 2, 3)),
        ((95, 190), (102, 201), (102, 201), (102, 201)),
    ],
)
def test_what_goes_on_from_a_checkpoint_stands_behind_what_came_before(earlier, later, steps, acc):
    """Up to where it goes on; what began from scratch stands for itself."""
    joined = Curve(later, {"acc": later}, "epoch").after(Curve(earlier, {"acc": earlier}, "epoch"))
    assert (joined.steps, joined.series["acc"]) == (steps, acc)


def test_metrics_that_one_part_alone_has_are_missing_in_the_other():
    """And steps that are counted by other names do not fit together."""
    earlier, later = Curve((1,), {"a": (1,)}, "epoch"), Curve((2,), {"b": (2,)}, "epoch")
    assert later.after(earlier) == Curve((1, 2), {"a": (1, None), "b": (None, 2)}, "epoch")
    assert later.after(Curve((1,), {"a": (1,)}, "step")) == later
