"""The loop: with a real sweep folder, virtual time and a played backend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sweeper import engine
from sweeper.core.errors import SupersededError
from sweeper.core.model import Attempt, Cause, Status
from sweeper.core.records import Ended, Launching, Paused, Resumed, Voided
from sweeper.core.settings import RetrySettings, Settings, SweepSettings
from sweeper.core.state import State
from sweeper.store import journal as term_journal
from sweeper.store.folder import Holding
from sweeper.store.requests import new_request, points
from tests.world import (
    Crash,
    PlayedBackend,
    Run,
    World,
    control,
    journal,
    make_sweep,
    make_trial,
    read_played,
)


def test_every_trial_runs_once_and_never_more_than_the_slots_at_once(tmp_path: Path) -> None:
    """A sweep without trouble launches each trial once, within the slots."""
    world = World(lambda attempt: Run(metrics={"seed": attempt.trial}))
    state = control(make_sweep(tmp_path, 7), world)
    assert state.counts[Status.COMPLETED] == 7
    assert world.launched == [Attempt(index, 1) for index in range(7)]
    assert world.most_at_once == 2
    assert [one.outcome and one.outcome.metrics for one in state.trials] == [{"seed": i} for i in range(7)]


def test_a_failed_trial_rests_and_is_tried_again_within_its_budget(tmp_path: Path) -> None:
    """An error is tried once more after its back-off, and then stands."""
    world = World(lambda attempt: Run(code=1, log="ValueError: no"))
    folder = make_sweep(tmp_path, 1)
    state = control(folder, world)
    assert world.launched == [Attempt(0, 1), Attempt(0, 2)]
    assert state.trials[0].status is Status.FAILED
    assert state.trials[0].outcome is not None
    assert state.trials[0].outcome.error == "ValueError: no"
    first, second = (record for record in journal(folder) if isinstance(record, Ended))
    assert (first.again, first.delay) == (True, 10.0)
    assert (second.again, second.delay) == (False, 0.0)
    assert world.now >= 1000.0 + 1.0 + 10.0 + 1.0


def test_a_resting_trial_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """While one trial rests, the slots go to those that were not tried yet."""
    world = World(lambda attempt: Run(code=1 if attempt == Attempt(0, 1) else 0), slots=1)
    control(make_sweep(tmp_path, 3), world)
    assert world.launched == [Attempt(0, 1), Attempt(1, 1), Attempt(2, 1), Attempt(0, 2)]


def test_a_trial_over_its_time_limit_is_ended_with_that_cause(tmp_path: Path) -> None:
    """A deadline ends the attempt, and its outcome says so."""
    world = World(lambda attempt: Run(seconds=1000.0))
    state = control(make_sweep(tmp_path, 1, time_limit=30.0), world)
    assert state.trials[0].outcome is not None
    assert state.trials[0].outcome.cause is Cause.DEADLINE
    assert state.trials[0].status is Status.FAILED
    assert 1030.0 <= world.now < 1050.0


def test_a_sweep_whose_first_trials_all_fail_alike_pauses(tmp_path: Path) -> None:
    """Five alike and nothing succeeded: it pauses, and goes on only when somebody resumes it."""
    settings = Settings(sweep=SweepSettings(pause_after=5), retry=RetrySettings(budgets={"error": 0}))
    world = World(lambda attempt: Run(code=1, log=f"KeyError: {attempt.trial}"))
    folder = make_sweep(tmp_path, 20, settings=settings)
    state = control(folder, world)
    assert state.paused.startswith("the first 6 trials all ended alike: KeyError")
    assert len(world.launched) == 8  # two at a time, and two more while the last two were written down
    world.script = lambda attempt: Run()
    control(folder, world)
    assert len(world.launched) == 8
    state = control(folder, world, resume=True)
    assert state.counts[Status.COMPLETED] == 12
    assert not state.paused


def test_draining_waits_for_what_runs_and_launches_nothing(tmp_path: Path) -> None:
    """After the first Ctrl-C the running trials are collected, the others stay queued."""
    world = World()
    stop = engine.Control()
    state = control(
        make_sweep(tmp_path, 6), world, stop=stop, watcher=lambda *_: setattr(stop, "draining", True)
    )
    assert len(world.launched) == 2
    assert (state.counts[Status.COMPLETED], state.counts[Status.QUEUED]) == (2, 4)


def test_whoever_asks_to_drain_sees_soon_that_it_was_heard(tmp_path: Path) -> None:
    """The watcher is told at the next look, not with the next report of how things stand."""
    world = World(lambda attempt: Run(seconds=100.0))
    stop = engine.Control()
    told: list[float] = []

    def watch(*_: object) -> None:
        told.append(world.monotonic())
        stop.leaving, stop.draining = stop.draining, True

    control(make_sweep(tmp_path, 6), world, stop=stop, watcher=watch)
    assert told[1] - told[0] <= engine.LOOK_EVERY


def test_leaving_lets_the_attempts_go_on_and_the_next_controller_collects_them(tmp_path: Path) -> None:
    """Leaving ends nothing, and nothing is run twice because of it."""
    world = World(lambda attempt: Run(seconds=100.0))
    folder = make_sweep(tmp_path, 2)
    stop = engine.Control()
    state = control(folder, world, stop=stop, watcher=lambda *_: setattr(stop, "leaving", True))
    assert state.counts[Status.RUNNING] == 2
    state = control(folder, world)
    assert state.counts[Status.COMPLETED] == 2
    assert len(world.launched) == 2


def test_cancelling_ends_what_runs_and_drops_what_waits(tmp_path: Path) -> None:
    """A cancel wish is granted once, whatever runs is ended, and the trials say that they were cancelled."""
    world = World(lambda attempt: Run(seconds=1000.0))
    folder = make_sweep(tmp_path, 5)
    wish = new_request("cancel")
    folder.post(wish)
    state = control(folder, world, watcher=lambda *_: None)
    assert state.counts[Status.CANCELLED] == 5
    assert not folder.is_pending(wish)
    assert world.now < 1100.0


def test_cancelling_while_it_runs_takes_the_running_trials_too(tmp_path: Path) -> None:
    """A wish that comes in the middle reaches live attempts."""
    world = World(lambda attempt: Run(seconds=1000.0))
    folder = make_sweep(tmp_path, 3)
    posted = []

    def wish(*_: object) -> None:
        if len(world.launched) == 2 and not posted:
            posted.append(new_request("cancel"))
            folder.post(posted[0])

    state = control(folder, world, watcher=wish)
    assert state.counts[Status.CANCELLED] == 3
    assert len(world.launched) == 2
    assert {str(one.outcome.cause) for one in state.trials if one.outcome} == {"cancelled"}


def test_retrying_gives_a_failed_trial_its_budget_again_and_new_numbers(tmp_path: Path) -> None:
    """A retried trial goes on counting its attempts where it stood."""
    world = World(lambda attempt: Run(code=1 if attempt.number <= 2 else 0))
    folder = make_sweep(tmp_path, 1)
    assert control(folder, world).counts[Status.FAILED] == 1
    folder.post(new_request("retry", (0,)))
    state = control(folder, world)
    assert state.trials[0].status is Status.COMPLETED
    assert world.launched == [Attempt(0, 1), Attempt(0, 2), Attempt(0, 3)]
    assert state.failures == []


def test_added_points_run_and_known_ones_do_not_run_again(tmp_path: Path) -> None:
    """A wish to add points adds those that the sweep does not have."""
    world = World()
    folder = make_sweep(tmp_path, 2)
    control(folder, world)
    folder.post(new_request("add", points=points([make_trial(1), make_trial(7)])))
    state = control(folder, world)
    assert [one.trial.params["seed"] for one in state.trials] == [0, 1, 7]
    assert world.launched[2:] == [Attempt(2, 1)]


def test_a_backend_that_refuses_is_asked_again_later(tmp_path: Path) -> None:
    """A refused launch is voided, and the trial comes again with its next number."""
    world = World()
    backend = PlayedBackend(world)
    backend.refuse = 1
    folder = make_sweep(tmp_path, 1)
    state = control(folder, world, backend=backend)
    assert state.trials[0].status is Status.COMPLETED
    assert [record.attempt for record in journal(folder) if isinstance(record, Voided)] == [Attempt(0, 1)]


def test_a_controller_that_lost_the_sweep_does_nothing_more(tmp_path: Path) -> None:
    """Once another has taken over, the first launches nothing and what it writes does not count."""
    world = World(lambda attempt: Run(seconds=5.0))
    folder = make_sweep(tmp_path, 8)
    taken: list[Holding] = []

    def rob(*_: object) -> None:
        if len(world.launched) == 4 and not taken:
            taken.append(Holding.take(folder, by_force=True))

    with pytest.raises(SupersededError):
        control(folder, world, watcher=rob)
    assert len(world.launched) == 4
    before = State().apply_all(taken[0].records)
    taken[0].release()
    state = control(folder, world)
    assert state.counts[Status.COMPLETED] == 8
    assert len(before.live) == 2
    launched = [record.attempt for record in journal(folder) if isinstance(record, Launching)]
    assert len(launched) == len(set(launched))


def test_an_attempt_folder_that_somebody_else_made_is_never_used(tmp_path: Path) -> None:
    """Where a ghost has used an attempt's number already, the number is voided and the next one taken."""
    world = World()
    folder = make_sweep(tmp_path, 1)
    trial = make_trial(0)
    Path(folder.paths.trial(trial).attempt(Attempt(0, 1))).mkdir(parents=True)
    state = control(folder, world)
    assert state.trials[0].status is Status.COMPLETED
    assert world.launched == [Attempt(0, 2)]


def ends(state: State) -> list[tuple[object, ...]]:
    """What must not depend on crashes: states, causes and metrics."""
    return [
        (one.trial.key, one.status, one.outcome and one.outcome.cause, one.outcome and one.outcome.metrics)
        for one in state.trials
    ]


def by_trial(attempt: Attempt) -> Run:
    """Like `flaky`, but independent of attempt numbers, which a crash may use up."""
    return Run(
        1.0 + attempt.trial % 2, 1 if attempt.trial == 2 else 0, {"seed": attempt.trial}, "ValueError: no"
    )


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_crash_at_any_effect_changes_nothing_in_the_end(tmp_path: Path, before: bool) -> None:
    """Killed before or after any single effect and started again, a sweep ends in the same way."""
    calm = World(by_trial)
    want = ends(control(make_sweep(tmp_path / "calm"), calm))
    for at in range(1, calm.effects + 1):
        world = World(by_trial)
        world.crash_at, world.crash_before = at, before
        folder = make_sweep(tmp_path / f"at-{at}")
        with pytest.raises(Crash):
            control(folder, world)
        assert ends(control(folder, world)) == want, f"crash at effect {at}"
        running = [process.order.attempt for process in world.processes.values()]
        assert len(running) == len(set(running))
        assert world.most_at_once <= world.slots


def test_a_trial_that_recovers_keeps_its_last_outcome(tmp_path: Path) -> None:
    """Tried again with success, a trial is completed, and its failures are not its result."""
    world = World(
        lambda attempt: Run(code=1 if attempt == Attempt(1, 1) else 0, metrics={"n": attempt.number})
    )
    state = control(make_sweep(tmp_path, 3), world)
    assert state.counts[Status.COMPLETED] == 3
    assert state.trials[1].outcome is not None
    assert state.trials[1].outcome.metrics == {"n": 2}


def test_a_controller_that_drains_leaves_wishes_to_the_next_one(tmp_path: Path) -> None:
    """Granting a retry and then leaving would lose it: only a cancel is granted while draining."""
    world = World(lambda attempt: Run(seconds=5.0))
    folder = make_sweep(tmp_path, 1)
    stop, wish = engine.Control(draining=True), new_request("add", points=points([make_trial(7)]))
    folder.post(wish)
    control(folder, world, stop=stop)
    assert folder.is_pending(wish)
    assert control(folder, world).counts[Status.COMPLETED] == 2
    assert not folder.is_pending(wish)


def test_what_happens_while_another_takes_over_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A former controller that is not frozen at all cannot act between the reading and the taking over."""
    world = World(lambda attempt: Run(seconds=1000.0))
    folder = make_sweep(tmp_path, 3)
    first = Holding.take(folder)
    former = engine.Engine(folder.settings, PlayedBackend(world), first, world, read_played)
    former.recover(False)
    wish = new_request("cancel")
    folder.post(wish)
    begin = term_journal.takeover

    def meanwhile(*given: Any) -> term_journal.Writer:
        with pytest.raises(SupersededError):
            former.turn()
        return begin(*given)

    monkeypatch.setattr(term_journal, "takeover", meanwhile)
    Holding.take(folder, by_force=True).release()
    assert world.launched == []
    assert folder.is_pending(wish)
    first.release()


def test_a_backend_that_keeps_refusing_is_asked_ever_less(tmp_path: Path) -> None:
    """Ten minutes without room cost a dozen attempt numbers, not thousands."""
    world = World(slots=64)
    backend = PlayedBackend(world)
    backend.refuse = 10_000
    folder = make_sweep(tmp_path, 100)
    stop = engine.Control()

    def watch(*_: object) -> None:
        stop.leaving = world.now > 1600.0

    control(folder, world, backend=backend, stop=stop, watcher=watch)
    assert 10_000 - backend.refuse < 20


def test_refusals_for_days_are_only_refusals() -> None:
    """However often the backend has refused, the rest stays within its bound."""
    assert [engine.backoff(engine.REFUSED)(step) for step in (1, 2, 7, 5_000)] == [1.0, 2.0, 60.0, 60.0]


def test_whoever_watches_is_told_that_a_pause_is_over(tmp_path: Path) -> None:
    """What another controller started is no news, but that the sweep goes on is."""
    folder = make_sweep(tmp_path, 1)
    holding = Holding.take(folder)
    holding.append(Paused("alike"))
    holding.flush()
    holding.release()
    told: list[object] = []
    control(folder, World(), watcher=lambda news, *_: told.extend(news), resume=True)
    assert Resumed() in told
