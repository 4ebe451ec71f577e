"""Which trial is the best."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned, Collected, Granted, Launching
from sweeper.core.settings import ResultsSettings
from sweeper.results.best import BestSoFar, best_facts, best_trial
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


def test_a_metric_that_is_called_like_a_parameter_is_known_by_both_its_names(make):
    """As the program reports it, and as the table has it."""
    state = make.results({"seed": 3.0}, {"seed": 5.0})
    for name in ("seed", "metric.seed"):
        assert best_trial(state, ResultsSettings(name)) == (1, 5.0)
        assert ranked(make_table(state), ResultsSettings(name)).rows[0][0] == 1
    state = make.results({"acc": 0.1}, {"acc": 0.9})
    assert best_trial(state, ResultsSettings("metric.acc")) == (1, 0.9)
    assert ranked(make_table(state), ResultsSettings("metric.acc")).rows[0][0] == 1


def test_a_very_large_number_is_the_best_where_the_table_has_it_first(make):
    """Up to the end of what a float can hold; whole numbers beyond it are as good as infinite."""
    state = make.results({"acc": 0.5}, {"acc": 1e305}, {"acc": 10**400})
    assert best_trial(state, ResultsSettings("acc")) == (1, 1e305)
    assert [row[0] for row in ranked(make_table(state), ResultsSettings("acc")).rows] == [1, 0, 2]


@pytest.mark.parametrize("seed", range(10))
def test_the_best_so_far_is_the_best_of_all(make, seed):
    """Whatever has ended, was read again, was tried again or was called off since somebody looked last."""
    chance, state = random.Random(seed), make.state([{"seed": index} for index in range(12)])
    settings, numbers = [ResultsSettings("acc"), ResultsSettings("acc", "min"), ResultsSettings()], Counter()
    so_far = BestSoFar(state)

    def happen(*records):
        state.apply_all(records)
        so_far.see(records)

    for step in range(200):
        trial = chance.randrange(12)
        attempt, metrics = Attempt(trial, numbers[trial]), {"acc": chance.randrange(5) / 4}
        match chance.randrange(5):
            case 0 | 1:
                numbers[trial] += 1
                happen(*make.ran(trial, number=numbers[trial], metrics=metrics))
            case 2:
                happen(Collected(attempt, chance.choice([Cause.COMPLETED, Cause.NO_RESULT]), metrics))
            case 3:
                happen(Granted(f"w{step}", chance.choice(["retry", "cancel"]), (trial,), completed=True))
            case 4:
                numbers[trial] += 1
                again = Attempt(trial, numbers[trial])
                happen(Granted(f"w{step}", "retry", (trial,), completed=True), Launching(again, 0.0))
                happen(Granted(f"v{step}", "cancel", (trial,)))
                so_far.facts(settings[0])
                happen(Abandoned(again))
        chosen = settings[0] if chance.random() < 0.8 else chance.choice(settings)
        assert so_far.facts(chosen) == best_facts(best_trial(state, chosen), chosen)
