"""A sweep at a glance."""

import json

import pytest

from sweeper.core.model import Attempt, Cause
from sweeper.core.notes_and_tags import Noted, Tagged
from sweeper.core.records import Added, Launched, Launching, Paused, Stopping
from sweeper.core.snapshot import FailedTrial, RunningTrial, Snapshot, snapshot

NOTHING = {"queued": 0, "running": 0, "waiting": 0, "completed": 0, "failed": 0, "cancelled": 0}


def test_whole(make):
    """A snapshot holds the counts, what runs, what failed, and why the sweep pauses."""
    state = make.state(
        6,
        *make.ran(0, seconds=60.0),
        *make.ran(1, 1, Cause.ERROR, error="boom"),
        Launching(Attempt(2, 1), 1000.0),
        Launched(Attempt(2, 1), "u", "node-7"),
        Launching(Attempt(3, 1), 1010.0),
        Launched(Attempt(3, 1), "u"),
        Stopping(Attempt(3, 1), Cause.DEADLINE),
        Paused("look at this"),
    )
    assert snapshot(state, 1030.0, 2, ["no quota"]) == Snapshot(
        at=1030.0,
        counts=NOTHING | {"queued": 2, "running": 2, "completed": 1, "failed": 1},
        slots=2,
        running=[
            RunningTrial(2, 1, 1000.0, "node-7", "exec true", "", varying="seed=2", key="000000000002"),
            RunningTrial(3, 1, 1010.0, "", "exec true", "deadline", varying="seed=3", key="000000000003"),
        ],
        failures=[FailedTrial(1, 1, "error", "boom")],
        paused="look at this",
        eta=(2 * 60.0 + 30.0 + 40.0) / 2,
        notes=("no quota",),
    )


@pytest.mark.parametrize(
    ("records", "node", "pending"),
    [
        ([], "", True),
        ([Launched(Attempt(0, 1), "u", pending=True)], "", True),
        ([Launched(Attempt(0, 1), "u", pending=True), Launched(Attempt(0, 1), "u", "n")], "n", False),
        ([Launched(Attempt(0, 1), "u")], "", False),
    ],
    ids=["asked for", "pending", "running", "started at once"],
)
def test_pending(make, records, node, pending):
    """What was asked for is pending until something of it runs."""
    (one,) = snapshot(make.state(1, Launching(Attempt(0, 1), 0.0), *records), 0.0, 1).running
    assert (one.node, one.pending) == (node, pending)


def test_pods_have_their_names(make):
    """As the cluster knows them; a snapshot of an older version has none."""
    state = make.state(2, Launching(Attempt(0, 1), 0.0), Launching(Attempt(1, 1), 0.0))
    made = snapshot(state, 0.0, 1, pods={Attempt(0, 1): "ada-abcd-00000-1"})
    assert [one.pod for one in made.running] == ["ada-abcd-00000-1", ""]
    data = json.loads(json.dumps(made.to_json()))
    assert Snapshot.from_json(data) == made
    for one in data["running"]:
        del one["pod"]
    assert [one.pod for one in Snapshot.from_json(data).running] == ["", ""]


def test_empty(make):
    """An empty sweep has a snapshot too."""
    assert snapshot(make.state(0), 5.0, 0) == Snapshot(5.0, NOTHING, 0, [], [], "", None)


def test_total(make):
    """The counts add up to all trials."""
    assert snapshot(make.state(7, *make.ran(0), *make.started(1)), 0.0, 1).total == 7


def test_round_trip(make):
    """A snapshot comes back from status.json as it went in."""
    state = make.state(3, *make.ran(0), *make.ran(1, 1, Cause.OOM, error="é"), *make.started(2))
    whole = snapshot(state, 3.5, 4, ["no quota", "é"])
    assert Snapshot.from_json(json.loads(json.dumps(whole.to_json()))) == whole


def test_an_older_snapshot(make):
    """What a version wrote that knew neither notes nor pending attempts can be read."""
    whole = snapshot(make.state(1, *make.started(0)), 3.5, 4)
    data = whole.to_json()
    del data["notes"], data["running"][0]["pending"]
    assert Snapshot.from_json(json.loads(json.dumps(data))) == whole


def test_long_lists_are_cut(make):
    """A huge sweep has a small snapshot: the oldest live attempts, the newest failures."""
    failed = [record for index in range(60) for record in make.ran(index, 1, Cause.ERROR, error=str(index))]
    live = [record for index in range(60, 120) for record in make.started(index)]
    whole = snapshot(make.state(120, *failed, *live), 0.0, 60)
    assert [one.trial for one in whole.failures] == list(range(59, 9, -1))
    assert [one.trial for one in whole.running] == list(range(60, 110))


def test_long_commands_are_cut(make):
    """A huge command does not make the snapshot huge."""
    state = make.state([make.trial(command="x" * 9999)], *make.started(0))
    assert snapshot(state, 0.0, 1).running[0].command == "x" * 500


@pytest.mark.parametrize(
    ("build", "slots", "want"),
    [
        (lambda make: [], 2, None),
        (lambda make: make.ran(0, 1, Cause.ERROR), 2, None),
        (lambda make: make.ran(0, seconds=10.0), 0, None),
        (lambda make: make.ran(0, seconds=10.0), 2, 15.0),
        (lambda make: [*make.ran(0, seconds=10.0), *make.ran(1, seconds=30.0)], 1, 40.0),
        (lambda make: [*make.ran(0, seconds=10.0), *make.started(1, at=96.0)], 1, 26.0),
        (lambda make: [*make.ran(0, seconds=10.0), *make.started(1, at=50.0)], 1, 20.0),
        (lambda make: [*make.ran(0, seconds=10.0), *make.ran(1, 1, Cause.ERROR, again=True)], 1, 30.0),
        (lambda make: make.failed(*range(4), cause=Cause.COMPLETED, error="", seconds=10.0), 1, 0.0),
        (lambda make: [*make.ran(0, seconds=10.0), *make.started(1, at=96.0)], 7, 10.0),
        (lambda make: [*_all_but_one_ran(make), *make.started(3, at=96.0)], 7, 6.0),
        (lambda make: [*_all_but_one_ran(make), *_pod(make, 3, asked=50.0)], 7, 10.0),
        (lambda make: [*_all_but_one_ran(make), *_pod(make, 3, asked=50.0, ran=98.0)], 7, 8.0),
    ],
)
def test_eta(make, build, slots, want):
    """What is left takes as long as what completed did, spread over the slots; None before any did.

    It lasts no less than the trial that ends last, and what a pod waited before it ran is no run time.
    """
    assert snapshot(make.state(4, *build(make)), 100.0, slots).eta == want


def test_a_pod_that_runs_is_shown_since_it_runs_and_one_that_waits_since_it_was_asked_for(make):
    """Also where another controller has launched it, so that only the wall clock can tell."""
    pods = [*_pod(make, 0, asked=50.0, ran=98.0), *_pod(make, 1, asked=60.0)]
    state = make.state(3, *pods, *make.started(2, at=7.0))
    assert [one.started_at for one in snapshot(state, 100.0, 3).running] == [98.0, 60.0, 7.0]


def _pod(make, trial, asked, ran=None):
    """An attempt that was asked for, and ran later if `ran` is given."""
    attempt, uid = Attempt(trial, 1), make.uid(trial, 1)
    waits = [Launching(attempt, asked), Launched(attempt, uid, pending=True, at=asked)]
    return waits if ran is None else [*waits, Launched(attempt, uid, "node-0", at=ran)]


def _all_but_one_ran(make):
    return [record for trial in range(3) for record in make.ran(trial, seconds=10.0)]


def test_no_outcome_yet(make):
    """A failure whose outcome is not known has no words, and breaks nothing."""
    state = make.state(1)
    state.failures[0] = None
    assert snapshot(state, 0.0, 1).failures == [FailedTrial(0, 0, "", "")]


def test_choices_that_vary_are_shown(make):
    """Of what runs and what has failed, the choices in which trials differ are there, and no others."""
    choices = [{"model": "cnn", "data": "mnist"}, {"model": "vit", "data": "mnist"}, {"data": "mnist"}]
    state = make.state([make.trial(at, choices=one) for at, one in enumerate(choices)])
    state.apply_all([*make.ran(0, 1, Cause.ERROR), *make.started(1), *make.started(2)])
    seen = snapshot(state, 0.0, 2)
    assert [one.choices for one in seen.running] == ["model=vit", ""]
    assert [one.choices for one in seen.failures] == ["model=cnn"]


def test_a_running_trial_has_run_as_long_as_a_clock_says_that_nobody_sets(make):
    """Its start is told by the wall clock of now, so that whoever subtracts gets the right duration."""
    attempts = [Attempt(0, 1), Attempt(1, 1)]
    state = make.state(2, *(Launching(attempt, 1000.0) for attempt in attempts))
    stepped = 1030.0 + 259_200
    seen = snapshot(state, stepped, 2, live_for={attempts[0]: 30.0}.get)
    assert [stepped - one.started_at for one in seen.running] == [30.0, 259_230.0]


def test_notes_and_tags_are_in_it(make):
    """The sweep's own, and which trials each tag is on."""
    state = make.state(
        3, Noted("look"), Noted("odd", (1,)), Tagged(("paper",)), Tagged(("best",), (), (2, 0))
    )
    found = snapshot(state, 0.0, 1)
    assert (found.note, found.tags, found.tagged) == ("look", ("paper",), {"best": [0, 2]})
    back = Snapshot.from_json(json.loads(json.dumps(found.to_json())))
    assert (back.note, back.tags, back.tagged) == ("look", ("paper",), {"best": (0, 2)})


def test_a_sweep_without_notes_and_tags_is_told_as_older_versions_know_it(make):
    """They read no snapshot with a key that is new to them."""
    found = snapshot(make.state(1), 0.0, 1).to_json()
    assert not found.keys() & {"note", "tags", "tagged"}
    assert {"paused", "eta", "notes", "running"} <= found.keys()


BEST = {"metric": "acc", "mode": "max", "trial": 1, "value": 0.5}


@pytest.mark.parametrize("best", [BEST, {**BEST, "trial": None, "value": None}, {}])
def test_the_best_trial_comes_back_and_is_left_out_if_nobody_has_looked(make, best):
    """Older versions read no snapshot that has a key that they do not know."""
    whole = snapshot(make.state(2), 0.0, 1, best=best)
    data = json.loads(json.dumps(whole.to_json()))
    assert ("best" in data) == bool(best)
    assert Snapshot.from_json(data).best == best


@pytest.mark.parametrize("value", ["0.5", True, [1]])
def test_a_best_value_that_is_no_number_is_refused(make, value):
    """Whoever shows it relies on one."""
    data = snapshot(make.state(2), 0.0, 1, best={**BEST, "value": value}).to_json()
    with pytest.raises(TypeError, match="value is"):
        Snapshot.from_json(data)


def test_what_is_shown_of_a_running_trial_follows_what_varies(make):
    """Trials that join later may differ in something else."""
    params = [{"a": 0, "b": 0}, {"a": 0, "b": 1}, {"a": 1, "b": 1}]
    trials = [make.trial(index, params=one) for index, one in enumerate(params)]
    state = make.state(trials[:2], *make.started(0))
    assert [snapshot(state, 0.0, 1).running[0].varying for _ in range(2)] == ["b=0", "b=0"]
    state.apply(Added(trials[2]))
    assert snapshot(state, 0.0, 1).running[0].varying == "a=0, b=0"
