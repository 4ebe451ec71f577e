"""What kind of axis values ask for."""

from __future__ import annotations

import math

import pytest

from sweeper.report.scale import make_scale


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3, 4, 5], "linear"),
        ([0.0, 0.5, 1.0], "linear"),
        ([16, 32, 64, 128], "log"),
        ([1e-4, 3e-4, 1e-3, 3e-3], "log"),
        ([1e-4, 1e-3], "log"),
        ([16, 64], "linear"),
        ([1, 2, 3], "linear"),
        ([0.0, 0.01, 0.1], "linear"),
        ([-1, 10, 100], "linear"),
        ([5], "linear"),
        (["a", "b"], "names"),
        ([True, False], "names"),
        ([0.1, None], "names"),
        ([1.0, math.nan], "names"),
        ([[8, 16], [32]], "names"),
        ([], "names"),
    ],
)
def test_the_axis_follows_from_the_steps_between_values(values, kind):
    """Numbers are logarithmic where their steps are more even that way; what is no number stands by name."""
    assert make_scale(values).kind == kind


def test_names_stand_in_order_numbers_first():
    """On an axis of names numbers stand first, in their order, then all else by its text."""
    scale = make_scale(["b", 10, None, 2, "a", True])
    assert scale.levels == (2, 10, None, "a", "b", True)
    assert scale.places(["a", 2]) == [3.0, 0.0]


def test_equal_numbers_are_one_level():
    """`1` and `1.0` are one level, `1` and `true` are two."""
    assert make_scale([1, 1.0, 2]).levels == (1, 2)
    assert len(make_scale([1, True]).levels) == 2


def test_places_are_exponents_on_a_logarithmic_axis():
    """Values stand at their exponents on a logarithmic axis, else where they are."""
    assert make_scale([1, 10, 100]).places([100, 1]) == [2.0, 0.0]
    assert make_scale([1, 2, 3]).places([3]) == [3.0]
