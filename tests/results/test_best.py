"""Which trial is the best."""

from __future__ import annotations

import math

import pytest

from sweeper.core.model import Cause
from sweeper.core.settings import ResultsSettings
from sweeper.results.best import best_trial
from sweeper.results.query import ranked
from tests.results.conftest import make_table


@pytest.mark.parametrize(
    ("settings", "best"),
    [
        (ResultsSettings("acc"), (1, 0.9)),
        (ResultsSettings("acc", "min"), (0, 0.5)),
        (ResultsSettings("loss"), (2, 0.1)),
        (ResultsSettings("loss", "max"), (0, 0.3)),
    ],
)
def test_the_best_is_the_first_row_of_the_table(make, settings, best):
    """Of trials that are as good it is the first, whichever way they are ranked."""
    metrics = [(0.5, 0.3), (0.9, 0.2), (0.9, 0.1), (0.9, 0.1), (0.5, 0.3)]
    state = make.results(*({"acc": acc, "loss": loss} for acc, loss in metrics))
    assert best_trial(state, settings) == best
    assert ranked(make_table(state), settings).rows[0][0] == best[0]


def test_only_what_completed_with_a_finite_number_can_be_best(make):
    """Failures, infinities, NaN, truth values and texts do not count, however large."""
    values = (math.inf, math.nan, True, "9", 0.5)
    ended = [record for index, one in enumerate(values) for record in make.ran(index, metrics={"acc": one})]
    failed = make.ran(5, Cause.ERROR, metrics={"acc": 0.99})
    state = make.state([{"seed": index} for index in range(7)], *ended, *failed)
    assert best_trial(state, ResultsSettings("acc")) == (4, 0.5)


@pytest.mark.parametrize("metric", [None, "f1"])
def test_where_nothing_ranks_the_trials_none_is_best(make, metric):
    """No metric is configured, or no trial has reported it."""
    assert best_trial(make.results({"acc": 0.5}), ResultsSettings(metric)) is None
