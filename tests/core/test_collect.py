"""Results that are read again: what changes, what stays, and how it is said."""

from __future__ import annotations

import pytest

from sweeper.core.collect import changes, collectable, collected, kept, loses
from sweeper.core.model import Attempt, Cause, Reading
from sweeper.core.outcome import conclude
from sweeper.core.records import Collected, Granted

DONE, NO_RESULT, BAD_RESULT = Cause.COMPLETED, Cause.NO_RESULT, Cause.BAD_RESULT
MISSING = "it ended well but left no metrics, and results.required is set"
FIRST = Attempt(0, 1)
NAN = float("nan")


def trial(make, cause=DONE, **outcome):
    return make.state(1, *make.ran(0, 1, cause, **outcome)).trials[0]


@pytest.mark.parametrize(
    ("before", "reading", "required", "want"),
    [
        ({}, Reading({"acc": 1}), False, (DONE, {"acc": 1}, "", "")),
        ({}, Reading({"acc": 1}, warning="odd"), False, (DONE, {"acc": 1}, "", "odd")),
        ({}, Reading(), False, None),
        ({}, Reading(), True, (NO_RESULT, {}, MISSING, "")),
        ({}, Reading(problem="no JSON"), False, (DONE, {}, "", "no JSON")),
        ({}, Reading(problem="no JSON"), True, (BAD_RESULT, {}, "no JSON", "")),
        ({"metrics": {"acc": 1}}, Reading({"acc": 1}), True, None),
        ({"metrics": {"acc": NAN}}, Reading({"acc": float("nan")}), True, None),
        ({"metrics": {"acc": 1}}, Reading({"acc": 1.0}), False, (DONE, {"acc": 1.0}, "", "")),
        ({"metrics": {"acc": 1}}, Reading(), False, (DONE, {}, "", "")),
        ({"cause": NO_RESULT, "error": MISSING}, Reading(), True, None),
        ({"cause": NO_RESULT, "error": MISSING}, Reading(), False, (DONE, {}, "", "")),
        ({"cause": BAD_RESULT, "error": "x"}, Reading({"acc": 1}), True, (DONE, {"acc": 1}, "", "")),
    ],
)
def test_a_new_reading_is_a_record_if_it_says_something_else(make, before, reading, required, want):
    """Cause, error and warning follow from it as they do at the end of an attempt."""
    record = collected(trial(make, **before), reading, required=required, at=7.0)
    assert record == (want and Collected(FIRST, *want[:3], 7.0, want[3]))


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("reading", [Reading({"a": 1}, warning="w"), Reading(), Reading(problem="p")])
def test_reading_again_judges_as_the_end_did(make, reading, required):
    """Whatever was read, an attempt whose end is seen now has the outcome that reading again gives it."""
    finding = make.finding(metrics=reading.metrics, problem=reading.problem, warning=reading.warning)
    seen = conclude(make.sighting(), finding, stop=None, required=required, seen_at=0.0, launched_at=0.0)
    record = collected(trial(make, Cause.BAD_RESULT, error="before"), reading, required=required, at=0.0)
    assert record
    assert (record.cause, record.metrics, record.error, record.warning) == (
        seen.cause, seen.metrics, seen.error, seen.warning,
    )  # fmt: skip


def test_what_was_recorded_stays_if_it_cannot_be_read_any_more(make):
    """A damaged file takes no metrics away; the record says why nothing changed."""
    one = trial(make, metrics={"acc": 1})
    record = collected(one, Reading(problem="no JSON"), required=True, at=7.0)
    assert record == kept(one, "no JSON", 7.0) == Collected(FIRST, DONE, {}, at=7.0, kept="no JSON")


def test_a_record_that_takes_metrics_away_is_known(make):
    """So that whoever reads can look whether the folder is whole."""
    had, nothing = trial(make, metrics={"acc": 1}), trial(make)
    assert loses(had, Collected(FIRST, DONE, {}))
    assert not loses(had, Collected(FIRST, DONE, {"acc": 2}))
    assert not loses(had, Collected(FIRST, DONE, {}, kept="gone"))
    assert not loses(nothing, Collected(FIRST, NO_RESULT, {}))


def test_only_programs_that_ended_well_are_read_again(make):
    """Each once, and no trial that there is not."""
    state = make.state(
        5,
        *make.ran(0),
        *make.ran(1, 1, Cause.ERROR),
        *make.ran(2, 1, NO_RESULT),
        *make.started(3),
    )
    assert collectable(state, None) == [0, 2]
    assert collectable(state, (2, 0, 2, 1, 9, -1)) == [2, 0]


def test_what_changed_is_one_line(make):
    """Read, with metrics, new, changed and lost ones are counted."""
    records = [*make.ran(0), *make.ran(1, metrics={"a": 1}), *make.ran(2, metrics={"a": 1})]
    records += make.ran(3, metrics={"a": NAN})
    news = [
        Collected(Attempt(0, 1), DONE, {"a": 1}),
        Collected(Attempt(1, 1), NO_RESULT, {}),
        Collected(Attempt(2, 1), DONE, {"a": 2}),
        Collected(Attempt(3, 1), DONE, {}, kept="gone"),
        Granted("w", "collect"),
    ]
    found = changes(make.state(4, *records), make.state(4, *records, *news), None, news)
    assert found.line() == "read 4 ended trials again: 3 have metrics (1 new, 1 changed), 1 no longer"
    assert (found.failed, found.kept) == ([1], {"gone": [3]})
    assert found.kept_lines() == ["kept what was recorded of trial 3: gone"]


def test_nothing_changed_is_one_line_too(make):
    """A single trial is one."""
    state = make.state(2, *make.ran(0, metrics={"a": 1}), *make.ran(1, 1, NO_RESULT))
    found = changes(state, state, (0,), ())
    assert found.line() == "read 1 ended trial again: 1 has metrics"
    assert (found.failed, found.kept_lines()) == ([], [])


def test_many_reasons_are_cut_short(make):
    """The most frequent ones are said."""
    state = make.state(5, *(record for index in range(5) for record in make.ran(index)))
    why = ["a", "b /x/1", "b /x/2", "c", "d"]
    news = [Collected(Attempt(index, 1), DONE, {}, kept=reason) for index, reason in enumerate(why)]
    assert changes(state, state, None, news).kept_lines(2) == [
        "kept what was recorded of trials 1, 2: b /x/1",
        "kept what was recorded of trial 0: a",
        "and of trials 3, 4, for other reasons",
    ]
