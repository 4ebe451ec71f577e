"""The first lines of summary and page."""

from __future__ import annotations

import math

import pytest

from sweeper.core.model import Attempt, Cause
from sweeper.core.notes_and_tags import Noted, Tagged
from sweeper.core.records import Launching, Paused
from sweeper.report.headline import make_headline
from tests.report import sweeps

PARAMS = [{"lr": 0.1, "model": "mlp"}, {"lr": 0.01, "model": "mlp"}, {"lr": 0.001, "model": "mlp"}]


def test_the_best_trial_is_named_with_what_repeats_it():
    """The best trial has its metric, the parameters that differ, its command and a script that repeats it."""
    facts = sweeps.facts(
        PARAMS, sweeps.ran(0, metrics={"acc": 0.5}), sweeps.ran(1, metrics={"acc": 0.75}), name="it's x"
    )
    headline = make_headline(facts)
    assert headline.best
    assert (headline.best.index, headline.best.metric, headline.best.value) == (1, "acc", 0.75)
    assert headline.best.parameters == (("lr", 0.01),)
    assert headline.best.command == "python train.py --index=1"
    key = facts.state.trials[1].trial.key
    assert headline.best.again == f"sh '/sweeps/it'\"'\"'s x/trials/00001-{key}/command.sh'"
    assert headline.counts == "3 trials: 1 queued, 2 completed"


def test_no_infinity_and_no_nan_is_the_best():
    """What is no finite number is neither the best trial nor the first row."""
    made = sweeps.results([({"lr": 1}, math.inf), ({"lr": 2}, math.nan), ({"lr": 3}, 0.5), ({"lr": 4}, None)])
    best = make_headline(made).best
    assert best
    assert best.index == 2
    assert [row[0] for row in made.table.rows] == [2, 0, 1, 3]


def test_less_is_better_where_the_mode_is_min():
    """The smallest value is the best where results.mode is min."""
    best = make_headline(sweeps.results([({"lr": 1}, 0.9), ({"lr": 2}, 0.1)], mode="min")).best
    assert best
    assert best.index == 1


def test_costs_are_said_of_all_attempts():
    """Wall time, GPU-hours, run time and retries are those of the journal."""
    facts = sweeps.facts(
        PARAMS,
        sweeps.ran(0, Cause.PREEMPTED, at=0.0, seconds=1800.0, ended_at=1800.0, gpus=1.0, again=True),
        sweeps.ran(0, number=2, at=3600.0, seconds=3600.0, ended_at=7200.0, gpus=2.0),
    )
    assert dict(make_headline(facts).costs) == {
        "wall time": "2h00m",
        "GPU-hours": "2.5",
        "run time of all attempts": "1.5 hours",
        "retries": "1 after preempted",
    }


def test_retries_are_told_by_their_causes():
    """None is a plain 0; of several causes the most frequent comes first, behind the sum."""
    assert dict(make_headline(sweeps.facts(PARAMS, sweeps.ran(0))).costs)["retries"] == "0"
    causes = [Cause.OOM, Cause.ERROR, Cause.ERROR]
    tried = [sweeps.ran(0, cause, number, again=True) for number, cause in enumerate(causes, start=1)]
    words = dict(make_headline(sweeps.facts(PARAMS, *tried)).costs)["retries"]
    assert words == "3: 2 after error, 1 after oom"


def test_while_attempts_live_the_wall_time_goes_on():
    """The wall time of a sweep that runs is until now, and says so; nothing is said before a first launch."""
    facts = sweeps.facts(PARAMS, [Launching(Attempt(0, 1), 40.0)], now=100.0)
    assert dict(make_headline(facts).costs)["wall time"] == "1m00s so far"
    assert make_headline(sweeps.facts(PARAMS)).costs == ()


def test_attempts_with_unknown_gpus_are_mentioned():
    """GPU-hours say how many attempts are not in them."""
    facts = sweeps.facts(PARAMS, sweeps.ran(0, gpus=1.0, seconds=3600.0), sweeps.ran(1))
    words = dict(make_headline(facts).costs)["GPU-hours"]
    assert words == "1 (of 1 attempts nobody can tell how many GPUs)"


@pytest.mark.parametrize(
    ("metric", "note"),
    [
        (None, "no trial is called the best: results.metric is not set"),
        ("f1", "no trial is called the best: none has reported results.metric, 'f1'"),
    ],
)
def test_why_there_is_no_best_trial_is_reported(metric, note):
    """Where nothing ranks the trials, a note says why."""
    headline = make_headline(sweeps.results([({"lr": 1}, 0.5)], metric=metric))
    assert headline.best is None
    assert headline.messages == (note,)


def test_a_pause_is_a_note():
    """That the sweep is paused is said, with the reason."""
    assert make_headline(sweeps.facts(PARAMS, [Paused("all fail")])).messages == ("paused: all fail",)


def test_a_direction_that_was_assumed_is_a_note():
    """It is named with what changes it, if there is something to rank and the settings give none."""
    message = "best = highest acc (assumed from its name; results.mode=min turns it round)"
    assert make_headline(sweeps.results([({"lr": 1}, 0.5)], mode=None)).messages == (message,)
    assert make_headline(sweeps.results([({"lr": 1}, 0.5)], mode="min")).messages == ()
    assert make_headline(sweeps.results([({"lr": 1}, math.nan)], mode=None)).messages == ()


def test_warnings_are_notes():
    """What is to be said of some trials' metrics stands above the table, the most frequent first."""
    trials = [sweeps.ran(index, warning=f"odd {'abcd'[index]}") for index in range(4)]
    assert make_headline(sweeps.facts([{"lr": one} for one in range(4)], *trials)).messages[:5] == (
        "4 trials have a warning:",
        "trial 0: odd a",
        "trial 1: odd b",
        "trial 2: odd c",
        "and 1 more: see the column warning of the table",
    )


def test_what_people_wrote_on_the_sweep_comes_first():
    """Its note and its tags; those of trials are in the table."""
    facts = sweeps.facts(PARAMS, [Noted("look <here>"), Noted("odd", (1,)), Tagged(("paper", "v2"))])
    assert make_headline(facts).messages[:2] == ("note: look <here>", "tags: paper, v2")
