"""What the journal says, and its plain-data form."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core import records
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.notes_and_tags import Noted, Tagged
from sweeper.core.records import (
    Abandoned,
    Added,
    Changed,
    Collected,
    Edited,
    Ended,
    Granted,
    Launched,
    Launching,
    Offered,
    Paused,
    Record,
    Resumed,
    Stopping,
    from_json,
    to_json,
)

# NaN is a metric like any other, but it equals nothing, itself included: it has its own test below.
NUMBERS = st.integers() | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TABLES = st.dictionaries(st.text(), VALUES, max_size=4)
SECONDS = st.floats(min_value=0, max_value=1e11)
INDEXES = st.integers(min_value=0, max_value=10_000)
ATTEMPTS = st.builds(Attempt, INDEXES, st.integers(min_value=1, max_value=300))
TRIALS = st.builds(
    Trial,
    index=INDEXES,
    key=st.text(),
    params=TABLES,
    command=st.text(),
    cwd=st.sampled_from(["code", "out"]),
    time_limit=st.none() | SECONDS,
    choices=st.dictionaries(st.text(), st.text(), max_size=3),
    overrides=st.lists(st.text(), max_size=3).map(tuple),
)
OUTCOMES = st.builds(
    Outcome,
    cause=st.sampled_from(Cause),
    seconds=SECONDS,
    ended_at=SECONDS,
    code=st.none() | st.integers(0, 255),
    host=st.text(),
    metrics=TABLES,
    error=st.text(),
    gpus=st.none() | SECONDS,
    gpu=st.text(),
    warning=st.text(),
)
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(Added, TRIALS, SECONDS),
    st.builds(Edited, st.text(), st.lists(st.text(), max_size=3).map(tuple), SECONDS),
    st.builds(Launching, ATTEMPTS, SECONDS),
    st.builds(Launched, ATTEMPTS, st.text(), st.text(), st.booleans(), SECONDS),
    st.builds(Abandoned, ATTEMPTS, st.text()),
    st.builds(Stopping, ATTEMPTS, st.sampled_from(Cause), st.text()),
    st.builds(Ended, ATTEMPTS, st.text(), OUTCOMES, st.booleans(), SECONDS),
    st.builds(Collected, ATTEMPTS, st.sampled_from(Cause), TABLES, st.text(), SECONDS, st.text(), st.text()),
    st.builds(
        Granted,
        st.text(),
        st.sampled_from(["cancel", "retry", "add", "collect"]),
        st.none() | st.lists(INDEXES).map(tuple),
        st.booleans(),
    ),
    st.builds(Changed, TABLES, SECONDS),
    st.builds(Noted, st.text(), st.none() | st.lists(INDEXES).map(tuple), SECONDS),
    st.builds(
        Tagged,
        st.lists(st.text(), max_size=3).map(tuple),
        st.lists(st.text(), max_size=3).map(tuple),
        st.none() | st.lists(INDEXES).map(tuple),
        SECONDS,
    ),
    st.builds(Paused, st.text()),
    st.just(Resumed()),
    st.builds(Offered, INDEXES, SECONDS),
)


def through_json(record: Record, **extra: object) -> Record | None:
    return from_json(json.loads(json.dumps(to_json(record) | extra)))


@settings(deadline=None)
@given(RECORDS)
def test_round_trip(record):
    """Every record comes back from the journal equal to what went in, the types of its values included."""
    back = through_json(record)
    assert back == record
    assert repr(back) == repr(record)


@settings(deadline=None)
@given(RECORDS)
def test_unknown_fields_are_ignored(record):
    """A field that a later version has added does not keep this one from reading the record."""
    assert through_json(record, colour="red", attempts=[1]) == record


def test_how_long_a_place_was_held_is_in_the_line_only_if_it_is_known(make):
    """Older versions wrote nothing of it, and a process has none."""
    ended = Ended(Attempt(3, 2), "u", make.outcome(Cause.ERROR, held=21.5))
    assert to_json(ended)["held"] == 21.5
    assert through_json(ended) == ended
    assert "held" not in to_json(Ended(Attempt(3, 2), "u", make.outcome(Cause.ERROR)))


@pytest.mark.parametrize("kind", ["term", "", "ADDED", "merged"])
def test_unknown_kinds_are_no_records(kind):
    """A kind that this version does not know is no record, and no error."""
    assert from_json({"is": kind, "trial": 1}) is None


def test_missing_fields_take_their_defaults(make):
    """What an older version did not write yet reads as the default."""
    assert from_json({"is": "launched", "trial": 1, "number": 2, "uid": "u"}) == Launched(Attempt(1, 2), "u")
    ended = {
        "is": "ended",
        "trial": 1,
        "number": 2,
        "uid": "u",
        "cause": "oom",
        "seconds": 1.0,
        "ended_at": 2.0,
    }
    assert from_json(ended) == Ended(Attempt(1, 2), "u", Outcome(Cause.OOM, 1.0, 2.0))
    added = {"is": "added", "index": 0, "key": "k", "params": {}, "command": "c"}
    assert from_json(added) == Added(Trial(0, "k", {}, "c"))
    assert from_json({"is": "wished", "id": "w", "kind": "retry"}) == Granted("w", "retry")
    collected = {"is": "collected", "trial": 1, "number": 2, "cause": "completed", "metrics": {"acc": 1}}
    assert from_json(collected) == Collected(Attempt(1, 2), Cause.COMPLETED, {"acc": 1})


def test_one_flat_line(make):
    """A line of the journal is flat enough to read, and to grep, by eye."""
    record = Ended(Attempt(3, 2), "u", make.outcome(Cause.ERROR, code=1, error="boom"), again=True, delay=2.5)
    assert to_json(record) == {
        "is": "ended",
        "trial": 3,
        "number": 2,
        "uid": "u",
        "cause": "error",
        "seconds": 10.0,
        "ended_at": 0.0,
        "code": 1,
        "host": "",
        "metrics": {},
        "error": "boom",
        "gpus": None,
        "gpu": "",
        "warning": "",
        "again": True,
        "delay": 2.5,
    }


def test_odd_metrics_survive(make):
    """Metrics that are no finite numbers are kept as they are."""
    metrics = {"loss": float("nan"), "up": float("inf"), "down": float("-inf")}
    back = through_json(Ended(Attempt(0, 1), "u", make.outcome(metrics=metrics)))
    assert isinstance(back, Ended)
    assert repr(back.outcome.metrics) == repr(metrics)


@pytest.mark.parametrize(
    ("trial", "number", "wrong"),
    [(True, 1, "trial"), ("0", 1, "trial"), (0, 1.5, "number"), (0, 10**400, "number")],
)
def test_an_attempt_that_is_no_two_numbers_is_refused(trial, number, wrong):
    """The field that is none is named."""
    with pytest.raises(ValueError, match=f"^{wrong} is "):
        from_json({"is": "launching", "trial": trial, "number": number, "at": 0.0})


def test_trials_with_the_same_choices_share_them(make, monkeypatch):
    """A sweep has few combinations of choices and many trials; of very many some are forgotten."""
    monkeypatch.setattr(records, "_MOST_CHOICES", 2)
    lines = [to_json(Added(make.trial(at, choices={"model": f"m{at // 2}"}))) for at in range(12)]
    trials = [added.trial for added in map(from_json, lines) if isinstance(added, Added)]
    assert [one.choices for one in trials] == [{"model": f"m{at // 2}"} for at in range(12)]
    assert all(one.choices is other.choices for one, other in zip(trials[::2], trials[1::2], strict=True))
    assert len(records._known_choices) <= 2
