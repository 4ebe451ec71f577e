"""Which number of a trial is meant."""

from __future__ import annotations

import math

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.curve import Curve
from sweeper.results.metric import Metric, assumptions, better

NONE = ResultsSettings()
CURVE = Curve((1, 2, 3), {"acc": (0.1, 0.9, 0.8), "val_loss": (3.0, 2.0, 1.0), "gap": (math.nan, None, 5)})


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("acc", Metric("acc", "acc")),
        ("acc:max", Metric("acc:max", "acc", "max")),
        ("a:b:last", Metric("a:b:last", "a:b", "last")),
        ("acc:best@val_loss", Metric("acc:best@val_loss", "acc", "best", "val_loss")),
        ("acc:best@gap:max", Metric("acc:best@gap:max", "acc", "best", "gap", "max")),
        ("acc:mean", Metric("acc:mean", "acc:mean")),
        (":max", Metric(":max", ":max")),
    ],
)
def test_what_people_write_is_read(text, want):
    """The endings that we know are taken off; whatever else there is belongs to the name."""
    assert Metric.parse(text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("acc:max", 0.9),
        ("acc:min", 0.1),
        ("acc:last", 0.8),
        ("acc:best@val_loss", 0.8),
        ("acc:best@val_loss:max", 0.1),
        ("val_loss:best@acc", 2.0),
        ("gap:max", 5),
        ("nothing:max", None),
        ("acc:best@nothing", None),
    ],
)
def test_a_curve_has_one_value_for_each(text, want):
    """Its largest, its smallest, its last, and that of the step at which another was best."""
    assert Metric.parse(text).of(CURVE, NONE) == want


def test_the_settings_have_the_last_word_on_their_own_metric():
    """results.mode holds for results.metric, whatever that is called."""
    assert better("loss", ResultsSettings(metric="loss", mode="max")) == "max"
    assert better("acc", ResultsSettings(metric="acc", mode="min")) == "min"
    assert better("loss", ResultsSettings(metric="acc", mode="max")) == "min"


def test_where_the_settings_say_nothing_the_name_of_their_metric_tells():
    """A loss that ranks the trials ranks the least first, though nobody has said so."""
    assert better("val_loss", ResultsSettings(metric="val_loss")) == "min"
    assert better("val_acc", ResultsSettings(metric="val_acc")) == "max"


def test_the_largest_ranks_by_more_and_the_smallest_by_less():
    """What is asked for says the direction itself, where it does."""
    found = [
        Metric.parse(text).better(NONE) for text in ("loss:max", "acc:min", "loss:last", "acc:best@loss")
    ]
    assert found == ["max", "min", "min", "max"]


LOSS = ResultsSettings(metric="val_loss")
TURN = "(assumed from its name; results.mode=max turns it round)"


@pytest.mark.parametrize(
    ("text", "settings", "want"),
    [
        ("val_loss", LOSS, [f"best = lowest val_loss {TURN}"]),
        ("metric.val_loss", LOSS, [f"best = lowest metric.val_loss {TURN}"]),
        ("val_loss:last", LOSS, [f"best = lowest val_loss:last {TURN}"]),
        ("acc", LOSS, ["best = highest acc (assumed from its name; -r turns it round)"]),
        (
            "x",
            ResultsSettings(metric="x"),
            ["best = highest x (assumed: its name says nothing; results.mode=min turns it round)"],
        ),
        ("val_loss", ResultsSettings(metric="val_loss", mode="min"), []),
        ("val_loss:max", LOSS, []),
        (
            "acc:best@err",
            ResultsSettings(metric="acc", mode="max"),
            ["acc is taken where err is lowest (assumed from its name; acc:best@err:max turns it round)"],
        ),
        ("acc:best@err:min", ResultsSettings(metric="acc", mode="max"), []),
        ("acc:best@err", ResultsSettings(metric="err", mode="max"), None),
    ],
)
def test_a_direction_that_nobody_gave_is_named_with_what_changes_it(text, settings, want):
    """A direction that the settings or the request give is not mentioned."""
    found = assumptions(Metric.parse(text), settings)
    assert found == (
        ["best = highest acc:best@err (assumed from its name; -r turns it round)"] if want is None else want
    )


def test_a_metric_that_does_not_rank_assumes_only_its_own_step():
    """Columns beside the ranking have no direction."""
    assert assumptions(Metric.parse("loss"), NONE, ranks=False) == []
    assert len(assumptions(Metric.parse("acc:best@loss"), NONE, ranks=False)) == 1
