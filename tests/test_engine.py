"""The loop: with a real sweep folder, virtual time and a played backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeper import engine, rate_limits
from sweeper.clusters.base import LaunchResult, Order, View
from sweeper.core.errors import SupersededError
from sweeper.core.model import Attempt, Cause, Status
from sweeper.core.records import (
    Abandoned,
    Changed,
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
)
from sweeper.core.settings import RetrySettings, Settings, SweepSettings
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import State
from sweeper.store import journal as term_journal
from sweeper.store import status_reader
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.requests import Request, new_request, points
from tests.builders import make_sweep, make_trial
from tests.conftest import PLAYED
from tests.sim.controllers import CrashingStore, control, journal, read_played
from tests.sim.effects import Fate
from tests.sim.hub import Crash
from tests.sim.pods import LateBackend, Pods
from tests.sim.processes import PlayedBackend, Processes, Run

FIRST = Attempt(0, 1)
DEATHS = [pytest.param(Fate.BEFORE, id="before"), pytest.param(Fate.AFTER, id="after")]


def test_every_trial_runs_once_and_never_more_than_the_slots_at_once(tmp_path: Path) -> None:
    """A sweep without trouble launches each trial once, within the slots."""
    world = Processes(lambda attempt: Run(metrics={"seed": attempt.trial}))
    state = control(make_sweep(tmp_path, 7), world)
    assert state.counts[Status.COMPLETED] == 7
    assert world.launched == [Attempt(index, 1) for index in range(7)]
    assert world.most_at_once == 2
    assert [one.outcome and one.outcome.metrics for one in state.trials] == [{"seed": i} for i in range(7)]


def test_a_failed_trial_rests_and_is_tried_again_within_its_budget(tmp_path: Path) -> None:
    """An error is tried once more after its back-off, and then stands."""
    world = Processes(lambda attempt: Run(code=1, log="ValueError: no"))
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


def test_an_edit_of_the_code_is_journalled_before_what_runs_it(tmp_path: Path) -> None:
    """The code is looked at before launches alone; what is launched from then on counts for the edit."""
    world = Processes(lambda attempt: Run())
    folder = make_sweep(tmp_path, 5)
    looks = iter([None, Edited("aa11", ("train.py",))])
    asked: list[float] = []

    def look() -> Edited | None:
        asked.append(world.now)
        return next(looks, None)

    writer = SweepWriter.take(folder)
    state = engine.run(folder.settings, PlayedBackend(world), writer, world, read_played, look_at_code=look)
    writer.release()
    assert [one.code for one in state.trials] == ["", "", "aa11", "aa11", "aa11"]
    records = journal(folder)
    (at,) = (at for at, record in enumerate(records) if isinstance(record, Edited))
    launched = [record.attempt.trial for record in records[at:] if isinstance(record, Launching)]
    assert launched == [2, 3, 4]
    assert isinstance(records[at], Edited)
    assert records[at] == Edited("aa11", ("train.py",), world.wall() - (world.now - asked[1]))
    assert len(asked) == 3


def test_a_resting_trial_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """While one trial rests, the slots go to those that were not tried yet."""
    world = Processes(lambda attempt: Run(code=1 if attempt == Attempt(0, 1) else 0), slots=1)
    control(make_sweep(tmp_path, 3), world)
    assert world.launched == [Attempt(0, 1), Attempt(1, 1), Attempt(2, 1), Attempt(0, 2)]


def test_a_trial_over_its_time_limit_is_ended_with_that_cause(tmp_path: Path) -> None:
    """A deadline ends the attempt, and its outcome says so."""
    world = Processes(lambda attempt: Run(seconds=1000.0))
    state = control(make_sweep(tmp_path, 1, time_limit=30.0), world)
    assert state.trials[0].outcome is not None
    assert state.trials[0].outcome.cause is Cause.DEADLINE
    assert state.trials[0].status is Status.FAILED
    assert 1030.0 <= world.now < 1050.0


def test_a_sweep_whose_first_trials_all_fail_alike_pauses(tmp_path: Path) -> None:
    """Five alike and nothing succeeded: it pauses, and goes on only when somebody resumes it."""
    settings = Settings(sweep=SweepSettings(pause_after=5), retry=RetrySettings(budgets={"error": 0}))
    world = Processes(lambda attempt: Run(code=1, log=f"KeyError: {attempt.trial}"))
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
    world = Processes()
    stop = engine.Control()
    state = control(
        make_sweep(tmp_path, 6), world, stop=stop, watcher=lambda *_: setattr(stop, "draining", True)
    )
    assert len(world.launched) == 2
    assert (state.counts[Status.COMPLETED], state.counts[Status.QUEUED]) == (2, 4)


def test_whoever_asks_to_drain_sees_soon_that_it_was_heard(tmp_path: Path) -> None:
    """The watcher is told at the next look, not with the next report of how things stand."""
    world = Processes(lambda attempt: Run(seconds=100.0))
    stop = engine.Control()
    messages: list[float] = []

    def watch(*_: object) -> None:
        messages.append(world.monotonic())
        stop.leaving, stop.draining = stop.draining, True

    control(make_sweep(tmp_path, 6), world, stop=stop, watcher=watch)
    assert messages[1] - messages[0] <= engine.LOOK_EVERY


def test_leaving_lets_the_attempts_go_on_and_the_next_controller_collects_them(tmp_path: Path) -> None:
    """Leaving ends nothing, and nothing is run twice because of it."""
    world = Processes(lambda attempt: Run(seconds=100.0))
    folder = make_sweep(tmp_path, 2)
    stop = engine.Control()
    state = control(folder, world, stop=stop, watcher=lambda *_: setattr(stop, "leaving", True))
    assert state.counts[Status.RUNNING] == 2
    state = control(folder, world)
    assert state.counts[Status.COMPLETED] == 2
    assert len(world.launched) == 2


def test_cancelling_ends_what_runs_and_drops_what_waits(tmp_path: Path) -> None:
    """A cancel request is granted once, what runs is ended, and the trials say that they were cancelled."""
    world = Processes(lambda attempt: Run(seconds=1000.0))
    folder = make_sweep(tmp_path, 5)
    request = new_request("cancel")
    folder.post(request)
    state = control(folder, world, watcher=lambda *_: None)
    assert state.counts[Status.CANCELLED] == 5
    assert not folder.is_pending(request)
    assert world.now < 1100.0


def test_cancelling_while_it_runs_takes_the_running_trials_too(tmp_path: Path) -> None:
    """A request that comes in the middle reaches live attempts."""
    world = Processes(lambda attempt: Run(seconds=1000.0))
    folder = make_sweep(tmp_path, 3)
    posted = []

    def request(*_: object) -> None:
        if len(world.launched) == 2 and not posted:
            posted.append(new_request("cancel"))
            folder.post(posted[0])

    state = control(folder, world, watcher=request)
    assert state.counts[Status.CANCELLED] == 3
    assert len(world.launched) == 2
    assert {str(one.outcome.cause) for one in state.trials if one.outcome} == {"cancelled"}


def test_retrying_gives_a_failed_trial_its_budget_again_and_new_numbers(tmp_path: Path) -> None:
    """A retried trial goes on counting its attempts where it stood."""
    world = Processes(lambda attempt: Run(code=1 if attempt.number <= 2 else 0))
    folder = make_sweep(tmp_path, 1)
    assert control(folder, world).counts[Status.FAILED] == 1
    folder.post(new_request("retry", (0,)))
    state = control(folder, world)
    assert state.trials[0].status is Status.COMPLETED
    assert world.launched == [Attempt(0, 1), Attempt(0, 2), Attempt(0, 3)]
    assert list(state.failures) == []


def test_added_points_run_and_known_ones_do_not_run_again(tmp_path: Path) -> None:
    """A request to add points adds those that the sweep does not have."""
    world = Processes()
    folder = make_sweep(tmp_path, 2)
    control(folder, world)
    folder.post(new_request("add", points=points([make_trial(1), make_trial(7)])))
    state = control(folder, world)
    assert [one.trial.params["seed"] for one in state.trials] == [0, 1, 7]
    assert world.launched[2:] == [Attempt(2, 1)]


def test_a_backend_that_refuses_is_asked_again_later(tmp_path: Path) -> None:
    """A refused launch is abandoned, and the trial comes again with its next number."""
    world = Processes()
    backend = PlayedBackend(world)
    backend.refuse = 1
    folder = make_sweep(tmp_path, 1)
    state = control(folder, world, backend=backend)
    assert state.trials[0].status is Status.COMPLETED
    assert [record.attempt for record in journal(folder) if isinstance(record, Abandoned)] == [Attempt(0, 1)]


def test_a_controller_that_lost_the_sweep_does_nothing_more(tmp_path: Path) -> None:
    """Once another has taken over, the first launches nothing and what it writes does not count."""
    world = Processes(lambda attempt: Run(seconds=5.0))
    folder = make_sweep(tmp_path, 8)
    taken: list[SweepWriter] = []

    def rob(*_: object) -> None:
        if len(world.launched) == 4 and not taken:
            taken.append(SweepWriter.take(folder, by_force=True))

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


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The lines of the journal that are on the disk for certain."""
    lines: list[bytes] = []

    def sync(handle: int) -> None:
        lines[:] = Path(f"/proc/self/fd/{handle}").read_bytes().splitlines()

    monkeypatch.setattr(term_journal.os, "fdatasync", sync)
    return lines


class Witness(PlayedBackend):
    """Looks whether what it is told to do was decided for good."""

    def __init__(self, world: Processes, durable: list[bytes]) -> None:
        super().__init__(world)
        self.durable, self.calls = durable, 0

    def is_decided(self, *kinds: str, attempt: Attempt) -> bool:
        words = f'"trial":{attempt.trial},"number":{attempt.number},'
        self.calls += 1
        return any(f'"is":"{kind}",{words}'.encode() in line for line in self.durable for kind in kinds)

    def launch(self, order: Order) -> LaunchResult:
        assert self.is_decided("launching", attempt=order.attempt)
        return super().launch(order)

    def stop(self, attempt: Attempt) -> None:
        assert self.is_decided("stopping", attempt=attempt)
        super().stop(attempt)

    def remove(self, attempt: Attempt) -> None:
        assert self.is_decided("ended", "voided", attempt=attempt)
        super().remove(attempt)


def test_nothing_is_done_before_it_is_decided_for_good(tmp_path: Path, durable: list[bytes]) -> None:
    """An attempt is started, ended or forgotten only once the disk has the decision or the outcome."""
    world = Processes(
        lambda attempt: Run(seconds=99.0 if attempt.trial == 1 else 1.0, code=attempt.trial % 3)
    )
    witness = Witness(world, durable)
    state = control(make_sweep(tmp_path, 5, time_limit=9.0), world, backend=witness)
    assert state.counts[Status.COMPLETED] == 2
    assert witness.calls == 7 + 1 + 7


def test_an_attempt_folder_that_somebody_else_made_is_never_used(tmp_path: Path) -> None:
    """Where a ghost has used an attempt's number already, the number is abandoned and the next one taken."""
    world = Processes()
    folder = make_sweep(tmp_path, 1)
    trial = make_trial(0)
    Path(folder.paths.trial(trial).attempt(Attempt(0, 1))).mkdir(parents=True)
    state = control(folder, world)
    assert state.trials[0].status is Status.COMPLETED
    assert world.launched == [Attempt(0, 2)]


def spoil(owner: Path, how: str) -> None:
    """What a program may do to the claim in its folder."""
    owner.unlink()
    if how == "a folder":
        owner.mkdir()
    elif how == "another's":
        owner.write_text("host:boot:1:2\n")
    elif how == "overwritten":
        owner.write_text("loss")
    elif how == "a link":
        owner.symlink_to("nowhere")


SPOILT = ("gone", "a folder", "another's", "overwritten", "a link")


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_journalled_is_believed_before_the_folder(tmp_path: Path, how: str) -> None:
    """Whatever a program did to its claim, the next controller takes over the attempt that it knows."""
    world = Processes(lambda attempt: Run(seconds=100.0))
    folder = make_sweep(tmp_path, 3)
    stop = engine.Control()
    control(folder, world, stop=stop, watcher=lambda *_: setattr(stop, "leaving", True))
    uids = {process.uid for process in world.processes.values()}
    for attempt in list(world.processes):
        spoil(Path(folder.paths.trial(make_trial(attempt.trial)).attempt(attempt), "owner"), how)
    state = control(folder, world)
    assert state.counts[Status.COMPLETED] == 3
    assert world.launched == [Attempt(index, 1) for index in range(3)]
    assert uids <= {record.uid for record in journal(folder) if isinstance(record, Ended)}
    assert not [record for record in journal(folder) if isinstance(record, Abandoned)]


@pytest.mark.parametrize("cancelled", [False, True])
def test_an_attempt_that_nobody_can_know_ends_its_trial_and_not_the_sweep(
    tmp_path: Path, cancelled: bool
) -> None:
    """Its start was not written down, and its claim is spoilt: it fails, is told, and may be retried."""
    world = Processes()
    folder = make_sweep(tmp_path, 3)
    out = Path(folder.paths.trial(make_trial(0)).attempt(FIRST))

    class Dying(PlayedBackend):
        def launch(self, order: Order) -> LaunchResult:
            raise Crash

    with pytest.raises(Crash):
        control(folder, world, backend=Dying(world))
    (out / "owner").mkdir()
    if cancelled:
        folder.post(new_request("cancel"))
    messages: list[Record] = []
    state = control(folder, world, watcher=lambda news, *_: messages.extend(news))
    lost = next(record for record in messages if isinstance(record, Ended) and record.attempt == FIRST)
    assert (lost.outcome.cause, lost.again) == (Cause.NO_RECORD, False)
    assert "owner: is not a file that can be read, so nobody can tell whether" in lost.outcome.error
    assert state.counts[Status.FAILED] == 1
    assert state.counts[Status.CANCELLED if cancelled else Status.COMPLETED] == 2
    folder.post(new_request("retry"))
    state = control(folder, world)
    assert state.trials[0].status is Status.COMPLETED
    assert world.launched[-1] == Attempt(0, 2)


def test_a_trial_whose_folder_cannot_be_used_ends_alone(tmp_path: Path) -> None:
    """What an earlier attempt did to its trial's folder is its own failure; the others go on."""
    world = Processes(lambda attempt: Run(code=1 if attempt.trial == 0 else 0))
    folder = make_sweep(tmp_path, 3)
    place = Path(folder.paths.trial(make_trial(0)).folder)

    def watch(news: Iterable[Record], *_: object) -> None:
        if any(isinstance(record, Ended) and record.attempt == FIRST for record in news):
            (place / "command.sh").unlink()
            (place / "command.sh").mkdir()

    state = control(folder, world, watcher=watch)
    assert (state.counts[Status.FAILED], state.counts[Status.COMPLETED]) == (1, 2)
    outcome = state.trials[0].outcome
    assert outcome
    assert outcome.cause is Cause.NO_RECORD
    assert "command.sh: Is a directory, so no further attempt can be made; mend it" in outcome.error


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


@pytest.mark.parametrize("fate", DEATHS)
def test_a_crash_at_any_effect_changes_nothing_in_the_end(tmp_path: Path, fate: Fate) -> None:
    """Killed before or after any single effect and started again, a sweep ends in the same way.

    Every seventh effect for each case, for the mutants every other; the simulation's crashes play all.
    """
    calm = Processes(by_trial)
    want = ends(control(make_sweep(tmp_path / "calm"), calm))
    for at in range(1 + (fate is Fate.BEFORE), len(calm.effects.names) + 1, round(2 / PLAYED)):
        world = Processes(by_trial)
        world.effects.fates[at] = fate
        folder = make_sweep(tmp_path / f"at-{at}")
        with pytest.raises(Crash):
            control(folder, world)
        assert ends(control(folder, world)) == want, f"crash at effect {at}"
        running = [process.order.attempt for process in world.processes.values()]
        assert len(running) == len(set(running))
        assert world.most_at_once <= world.slots


def test_a_trial_that_recovers_keeps_its_last_outcome(tmp_path: Path) -> None:
    """Tried again with success, a trial is completed, and its failures are not its result."""
    world = Processes(
        lambda attempt: Run(code=1 if attempt == Attempt(1, 1) else 0, metrics={"n": attempt.number})
    )
    state = control(make_sweep(tmp_path, 3), world)
    assert state.counts[Status.COMPLETED] == 3
    assert state.trials[1].outcome is not None
    assert state.trials[1].outcome.metrics == {"n": 2}


def test_a_controller_that_drains_leaves_requests_to_the_next_one(tmp_path: Path) -> None:
    """Granting a retry, or more points, and then leaving would lose them."""
    world = Processes(lambda attempt: Run(seconds=5.0))
    folder = make_sweep(tmp_path, 1)
    stop, request = engine.Control(draining=True), new_request("add", points=points([make_trial(7)]))
    folder.post(request)
    control(folder, world, stop=stop)
    assert folder.is_pending(request)
    assert control(folder, world).counts[Status.COMPLETED] == 2
    assert not folder.is_pending(request)


def post_once(folder: SweepFolder, request: Request) -> engine.Watcher:
    """A watcher that posts the request as soon as something runs."""
    posted: list[Request] = []

    def watch(news: object, state: State, at: Snapshot) -> None:
        if state.live and not posted:
            posted.append(request)
            folder.post(request)

    return watch


def test_a_sweep_that_is_stopped_from_outside_ends_as_after_one_interrupt(tmp_path: Path) -> None:
    """What runs ends by itself and counts, nothing more is launched, and the journal says who asked."""
    world = Processes(lambda attempt: Run(seconds=100.0))
    folder, request = make_sweep(tmp_path, 6), new_request("stop", term=2)
    state = control(folder, world, watcher=post_once(folder, request))
    assert (state.counts[Status.COMPLETED], state.counts[Status.QUEUED]) == (2, 4)
    assert not folder.is_pending(request)
    assert Granted(request.id, "stop") in journal(folder)
    assert control(folder, world, resume=True).counts[Status.COMPLETED] == 6


def test_a_sweep_that_is_stopped_now_is_left_with_what_runs_going_on(tmp_path: Path) -> None:
    """The next controller takes it over."""
    world = Processes(lambda attempt: Run(seconds=100.0))
    folder = make_sweep(tmp_path, 6)
    state = control(folder, world, watcher=post_once(folder, new_request("stop", now=True, term=2)))
    assert (state.counts[Status.RUNNING], state.counts[Status.QUEUED]) == (2, 4)
    assert world.now < 1010.0
    assert control(folder, world).counts[Status.COMPLETED] == 6
    assert len(world.launched) == 6


def test_who_stops_a_sweep_means_the_controller_that_lives_then(tmp_path: Path) -> None:
    """A request that the former one did not see any more stops nobody who comes after it."""
    world = Processes()
    folder, request = make_sweep(tmp_path, 2), new_request("stop", now=True, term=1)
    folder.post(request)
    state = control(folder, world)
    assert state.counts[Status.COMPLETED] == 2
    assert not folder.is_pending(request)
    assert request.id not in state.granted


def test_settings_that_are_changed_from_outside_hold_from_the_next_turn(tmp_path: Path) -> None:
    """They are in sweep.json and in the journal, and what is retried waits as they say."""
    world = Processes(lambda attempt: Run(seconds=5.0, code=1, log="no"))
    folder = make_sweep(tmp_path, 1)
    request = new_request("set", settings={"retry.budgets.error": 3, "retry.wait_initial": 100.0})
    state = control(folder, world, watcher=post_once(folder, request))
    assert state.trials[0].number == 4
    assert world.now > 1300.0
    kept = SweepFolder(folder.paths.folder).settings.retry
    assert (kept.budgets, kept.wait_initial) == ({"error": 3}, 100.0)
    (changed,) = (one for one in journal(folder) if isinstance(one, Changed))
    assert changed.settings == request.settings


def test_settings_that_cannot_change_are_set_aside_and_the_sweep_goes_on(tmp_path: Path) -> None:
    """A request is a file: whatever stands in it, its controller does not stop at it."""
    world = Processes()
    folder = make_sweep(tmp_path, 3)
    posted = [{"cluster.nope": 1}, {"retry.budgets.error": "many"}, {"": 1}, {"sweep.name": "x"}]
    requests = [new_request("set", settings=one) for one in posted]
    for request in requests:
        folder.post(request)
    assert control(folder, world).counts[Status.COMPLETED] == 3
    assert all(map(folder.is_refused, requests))
    assert not [one for one in journal(folder) if isinstance(one, Changed)]
    assert SweepFolder(folder.paths.folder).settings == folder.settings


def test_a_backend_hears_of_other_limits(tmp_path: Path) -> None:
    """If it takes any while it runs."""
    world = Processes(lambda attempt: Run(seconds=5.0))
    folder, heard = make_sweep(tmp_path, 1), list[object]()

    class Adjusting(PlayedBackend):
        def adjust(self, settings: Settings) -> None:
            heard.append(settings.cluster.data["max_parallel"])

    request = new_request("set", settings={"cluster.max_parallel": 7})
    control(folder, world, backend=Adjusting(world), watcher=post_once(folder, request))
    assert heard == [7]


def test_a_crash_before_the_journal_has_it_changes_the_settings_once_more(tmp_path: Path) -> None:
    """The request is still there."""
    folder = make_sweep(tmp_path, 1)
    request = new_request("set", settings={"sweep.pause_after": 9})
    folder.post(request)
    folder.change_settings(replace(folder.settings, sweep=SweepSettings(pause_after=9)))
    control(folder, Processes())
    assert not folder.is_pending(request)
    assert SweepFolder(folder.paths.folder).settings.sweep.pause_after == 9


def test_notes_are_taken_while_a_controller_drains(tmp_path: Path) -> None:
    """Nothing would run for them: they need not wait for the next one."""
    world, stop = Processes(lambda attempt: Run(seconds=5.0)), engine.Control(draining=True)
    folder = make_sweep(tmp_path, 1)
    folder.post(new_request("note", note="look"))
    folder.post(new_request("tag", (0,), tags=("best",)))
    state = control(folder, world, stop=stop)
    assert state.notes_and_tags.notes == {None: "look"}
    assert state.notes_and_tags.tags == {0: ("best",)}


def test_what_happens_while_another_takes_over_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A former controller that is not frozen at all cannot act between the reading and the taking over."""
    world = Processes(lambda attempt: Run(seconds=1000.0))
    folder = make_sweep(tmp_path, 3)
    first = SweepWriter.take(folder)
    former = engine.Engine(folder.settings, PlayedBackend(world), first, world, read_played)
    former.recover(False)
    request = new_request("cancel")
    folder.post(request)
    begin = term_journal.takeover

    def meanwhile(*given: Any) -> term_journal.Writer:
        with pytest.raises(SupersededError):
            former.turn()
        return begin(*given)

    monkeypatch.setattr(term_journal, "takeover", meanwhile)
    SweepWriter.take(folder, by_force=True).release()
    assert world.launched == []
    assert folder.is_pending(request)
    first.release()


def test_a_former_controller_does_not_even_look_at_its_backend(tmp_path: Path) -> None:
    """Looking tidies up what is nobody's, and that may be what the next controller has started."""
    world = Processes(lambda attempt: Run(seconds=1000.0))
    folder = make_sweep(tmp_path, 3)
    first, backend = SweepWriter.take(folder), PlayedBackend(world)
    former = engine.Engine(folder.settings, backend, first, world, read_played)
    former.recover(False)
    former.turn()
    SweepWriter.take(folder, by_force=True).release()
    looks: list[str] = []
    backend.observe = lambda: looks.append("a look") or View()  # type: ignore[method-assign, func-returns-value]
    with pytest.raises(SupersededError):
        former.turn()
    assert looks == []
    first.release()


def test_a_backend_that_keeps_refusing_is_asked_ever_less(tmp_path: Path) -> None:
    """Ten minutes without capacity cost a dozen attempt numbers, not thousands."""
    world = Processes(slots=64)
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
    assert [rate_limits.REFUSED.rest(step) for step in (1, 2, 7, 5_000)] == [1.0, 2.0, 60.0, 60.0]


def test_whoever_watches_is_told_that_a_pause_is_over(tmp_path: Path) -> None:
    """What another controller started is no news, but that the sweep goes on is."""
    folder = make_sweep(tmp_path, 1)
    writer = SweepWriter.take(folder)
    writer.append(Paused("alike"))
    writer.flush()
    writer.release()
    messages: list[object] = []
    control(folder, Processes(), watcher=lambda news, *_: messages.extend(news), resume=True)
    assert Resumed() in messages


# A backend that is asked and answers later ----------------------------------------------------------


def told_of(folder: SweepFolder, attempt: Attempt = FIRST) -> list[Record]:
    """What the journal says of one attempt."""
    return [record for record in journal(folder) if getattr(record, "attempt", None) == attempt]


def without_times(records: Iterable[Record]) -> list[Record]:
    """Launched records as if nobody knew when."""
    return [replace(one, at=0.0) if isinstance(one, Launched) else one for one in records]


def leave_when(condition: Callable[[], bool]) -> dict[str, Any]:
    """What makes a controller leave as soon as something holds."""
    stop = engine.Control()
    return {"stop": stop, "watcher": lambda *_: setattr(stop, "leaving", condition())}


def post_when(
    folder: SweepFolder, condition: Callable[[], bool], trials: tuple[int, ...] | None = None
) -> engine.Watcher:
    """A watcher that cancels everything, or some trials, once, when something holds."""
    posted: list[object] = []

    def watch(*_: object) -> None:
        if condition() and not posted:
            posted.append(folder.post(new_request("cancel", trials)))

    return watch


def test_what_is_asked_for_is_launched_once_it_has_a_uid(tmp_path: Path) -> None:
    """One record says who the pod is, one that it runs and where; nothing is said twice."""
    world = Pods(lambda attempt: Run(seconds=9.0, waits=9.0))
    folder = make_sweep(tmp_path, 1)
    shown: list[tuple[bool, str]] = []
    state = control(
        folder, world, watcher=lambda _, __, at: shown.extend((r.pending, r.node) for r in at.running)
    )
    launching, pending, running, ended = told_of(folder)
    assert without_times([pending, running]) == [
        Launched(FIRST, "pod-0-1", pending=True),
        Launched(FIRST, "pod-0-1", "played"),
    ]
    assert isinstance(launching, Launching)
    assert isinstance(running, Launched)
    assert isinstance(ended, Ended)
    assert launching.at < running.at == state.trials[0].started_at
    assert ended.uid == "pod-0-1"
    assert state.counts[Status.COMPLETED] == 1
    assert sorted(set(shown)) == [(False, "played"), (True, "")]


def test_what_runs_at_once_is_launched_with_its_node(tmp_path: Path) -> None:
    """An attempt that runs by the time it is first seen needs one record only."""
    folder = make_sweep(tmp_path, 1)
    control(folder, Pods(lambda attempt: Run(waits=0.0)))
    assert without_times(told_of(folder)[1:2]) == [Launched(FIRST, "pod-0-1", "played")]
    assert len(told_of(folder)) == 3


def test_a_refused_attempt_puts_its_trial_back(tmp_path: Path) -> None:
    """The refusal is written down in the backend's words, and the trial comes again with its next number."""
    world = Pods(lambda attempt: Run(refused="no quota") if attempt == FIRST else Run())
    folder = make_sweep(tmp_path, 1)
    state = control(folder, world)
    assert told_of(folder)[1:] == [Abandoned(FIRST, "no quota")]
    assert world.asked == [FIRST, Attempt(0, 2)]
    assert (state.trials[0].status, state.trials[0].spent) == (Status.COMPLETED, {})


def test_refusals_that_come_late_are_asked_for_ever_less_too(tmp_path: Path) -> None:
    """Ten minutes of refusals cost a few attempt numbers, and then it is at full width again."""
    world = Pods(slots=8)
    world.script = lambda attempt: Run(refused="no quota") if world.now < 1600.0 else Run()
    state = control(make_sweep(tmp_path, 40), world)
    early = [attempt for attempt in world.asked if attempt not in world.launched]
    assert len(early) < 8 + 20
    assert state.counts[Status.COMPLETED] == 40
    assert world.most_at_once == 8


def test_a_cancelled_attempt_that_is_refused_is_cancelled(tmp_path: Path) -> None:
    """It is asked to end before it came to be; nothing runs, and its trial does not come again."""
    world = Pods()
    folder = make_sweep(tmp_path, 1)
    state = control(folder, world, watcher=post_when(folder, lambda: world.asked == [FIRST]))
    assert told_of(folder)[1:] == [Abandoned(FIRST, "it was withdrawn")]
    assert state.counts[Status.CANCELLED] == 1
    assert (world.launched, world.pods) == ([], {})


def test_what_was_cancelled_in_time_holds_nothing_up(tmp_path: Path) -> None:
    """A request that we took back ourselves says nothing about the capacity that there is."""
    asked: list[float] = []
    world = Pods(lambda attempt: asked.append(world.now) or Run(), slots=1)
    folder = make_sweep(tmp_path, 2)
    watch = post_when(folder, lambda: world.asked == [FIRST], trials=(0,))
    state = control(folder, world, watcher=watch)
    assert (state.counts[Status.CANCELLED], state.counts[Status.COMPLETED]) == (1, 1)
    assert asked[1] - asked[0] <= engine.LOOK_EVERY


def test_a_cancelled_attempt_that_waits_for_a_node_is_cancelled(tmp_path: Path) -> None:
    """A pod that never got a node ends without having run."""
    world = Pods(lambda attempt: Run(waits=1000.0))
    folder = make_sweep(tmp_path, 1)
    state = control(folder, world, watcher=post_when(folder, lambda: world.now > 1010.0))
    assert state.counts[Status.CANCELLED] == 1
    assert (world.launched, world.pods) == ([], {})


def test_the_first_ctrl_c_sends_back_what_has_not_started(tmp_path: Path) -> None:
    """A pod that waits for a node holds quota; what runs ends well, and the other costs its trial nothing."""
    world = Pods(lambda attempt: Run(seconds=30.0, waits=1000.0 if attempt.trial else 0.0))
    folder, stop = make_sweep(tmp_path, 2), engine.Control()

    def watch(*_: object) -> None:
        stop.draining = stop.returning = world.now > 1010.0

    state = control(folder, world, stop=stop, watcher=watch)
    assert [one.status for one in state.trials] == [Status.COMPLETED, Status.QUEUED]
    assert (state.trials[1].spent, world.pods, world.now < 1040.0) == ({}, {}, True)
    state = control(folder, Pods())
    assert state.counts[Status.COMPLETED] == 2


def test_a_lack_of_capacity_is_shown_only_if_something_waits(tmp_path: Path) -> None:
    """Not after the last trial was launched, and not once nothing more is to be launched."""
    world, stop = Processes(lambda attempt: Run(seconds=30.0), slots=1), engine.Control()
    folder, reported = make_sweep(tmp_path, 3), set()

    class Full(PlayedBackend):
        def observe(self) -> View:
            return replace(super().observe(), shortage="waiting for room")

    def watch(_: object, state: State, at: Snapshot) -> None:
        reported.add((state.counts[Status.QUEUED], "waiting for room" in at.notes))
        stop.draining = state.counts[Status.QUEUED] == 1

    control(folder, world, backend=Full(world), stop=stop, watcher=watch)
    assert reported == {(2, True), (1, True), (1, False)}
    control(folder, world, backend=Full(world), watcher=watch)
    assert (0, False) in reported
    assert (0, True) not in reported


@pytest.mark.parametrize(
    ("cause", "status"), [(Cause.UNSCHEDULABLE, Status.COMPLETED), (Cause.IMAGE, Status.FAILED)]
)
def test_what_waits_in_vain_is_ended_for_it(tmp_path: Path, cause: Cause, status: Status) -> None:
    """It ends for what did not come, in the backend's words: a node may come later, an image will not."""
    stuck = Run(waits=1000.0, stuck=cause)
    world = Pods(lambda attempt: stuck if attempt == FIRST else Run())
    folder = make_sweep(tmp_path, 2)
    state = control(folder, world)
    stopping, ended = told_of(folder)[2:]
    assert stopping == Stopping(FIRST, cause, f"{cause}!")
    assert isinstance(ended, Ended)
    assert (ended.outcome.cause, ended.outcome.error) == (cause, f"{cause}!")
    assert state.trials[0].status is status
    assert state.paused == ("image!" if cause is Cause.IMAGE else "")
    assert world.launched.count(FIRST) == 0


def test_trouble_pauses_the_sweep_and_what_runs_is_collected(tmp_path: Path) -> None:
    """No more is asked for; the run ends once nothing is live, and resuming goes on."""
    world = Pods(lambda attempt: Run(seconds=5.0))
    folder, backend = make_sweep(tmp_path, 6), LateBackend(world)

    def watch(*_: object) -> None:
        backend.trouble = "no such namespace" if world.launched else ""

    state = control(folder, world, backend=backend, watcher=watch)
    assert state.paused == "no such namespace"
    assert (state.counts[Status.COMPLETED], state.counts[Status.QUEUED]) == (2, 4)
    assert world.asked == [Attempt(0, 1), Attempt(1, 1)]
    state = control(folder, world, resume=True)
    assert state.counts[Status.COMPLETED] == 6


def test_trouble_that_lasts_pauses_a_resumed_sweep_again(tmp_path: Path) -> None:
    """Nobody is asked for anything while it lasts, and it is said each time."""
    world, folder = Pods(), make_sweep(tmp_path, 2)
    for resume in (False, True):
        backend = LateBackend(world)
        backend.trouble = "no rights"
        assert control(folder, world, backend=backend, resume=resume).paused == "no rights"
    assert [record for record in journal(folder) if isinstance(record, Paused)] == [Paused("no rights")] * 2
    assert world.asked == []


@pytest.mark.parametrize("draining", [False, True])
def test_a_run_goes_on_until_nothing_can_turn_up_any_more(tmp_path: Path, draining: bool) -> None:
    """As long as the backend cannot say so, the controller stays to look."""
    world = Pods()
    backend = LateBackend(world)
    backend.idle = False

    def watch(*_: object) -> None:
        backend.idle = world.now > 1100.0

    folder = make_sweep(tmp_path, 1)
    control(folder, world, backend=backend, watcher=watch, stop=engine.Control(draining=draining))
    assert 1100.0 < world.now < 1110.0


def test_leaving_waits_for_nothing(tmp_path: Path) -> None:
    """Whoever leaves leaves, though something may still turn up."""
    world = Pods()
    backend = LateBackend(world)
    backend.idle = False
    control(make_sweep(tmp_path, 1), world, backend=backend, **leave_when(lambda: world.now > 1005.0))
    assert world.now < 1010.0


def ask_and_die(world: Pods, folder: SweepFolder) -> None:
    """A controller asks for its first attempt, and dies before it can hear the answer."""

    class Dying(LateBackend):
        def launch(self, order: Order) -> LaunchResult:
            super().launch(order)
            raise Crash

    with pytest.raises(Crash):
        control(folder, world, backend=Dying(world))
    assert world.asked == [FIRST]


def test_what_another_controller_asked_for_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pod that exists is adopted before it has claimed anything, and nothing is claimed against it."""
    world = Pods(lambda attempt: Run(waits=20.0))
    folder = make_sweep(tmp_path, 1)
    ask_and_die(world, folder)
    world.pass_until(world.now + 5.0)
    assert (world.asked, world.pods[FIRST].uid, world.launched) == ([FIRST], "pod-0-1", [])
    monkeypatch.setattr(CrashingStore, "claim_abandoned", None)
    news: list[Record] = []
    state = control(folder, world, watcher=lambda fresh, *_: news.extend(fresh))
    assert state.counts[Status.COMPLETED] == 1
    assert without_times(told_of(folder)[1:3]) == [
        Launched(FIRST, "pod-0-1", pending=True),
        Launched(FIRST, "pod-0-1", "played"),
    ]
    assert next(one for one in news if isinstance(one, Launched)) == told_of(folder)[2]


def test_what_another_controller_asked_for_and_nobody_knows_is_abandoned(tmp_path: Path) -> None:
    """Its folder is claimed: the pod that turns up late does not run, and is not left behind."""
    world = Pods()
    folder = make_sweep(tmp_path, 1)
    ask_and_die(world, folder)
    state = control(folder, world)
    assert told_of(folder)[1:] == [Abandoned(FIRST, "it was never started")]
    assert (state.counts[Status.COMPLETED], list(world.processes)) == (1, [Attempt(0, 2)])
    assert world.asked == [FIRST, Attempt(0, 2)]
    assert world.pods == {}


@pytest.mark.parametrize("is_known", [False, True])
def test_what_was_not_started_by_this_sweep_is_never_taken_over(tmp_path: Path, is_known: bool) -> None:
    """Somebody's copy claimed the folder first, or is in the journal since: the trial gets another number."""
    world = Pods()
    folder = make_sweep(tmp_path, 1)
    ask_and_die(world, folder)
    out = Path(folder.paths.trial(make_trial(0)).attempt(FIRST))
    (out / "owner").write_text("copy\n")
    if is_known:
        store = SweepWriter.take(folder)
        store.append(Launched(FIRST, "copy"))
        store.flush()
        store.release()

    class Strict(LateBackend):
        def adopt(self, order: Order, owner: str) -> bool:
            return owner != "copy" and super().adopt(order, owner)

    state = control(folder, world, backend=Strict(world))
    shown = told_of(folder)[2 if is_known else 1 :]
    assert shown == [Abandoned(FIRST, "what claimed its folder was not started by this sweep")]
    assert (state.counts[Status.COMPLETED], list(world.processes)) == (1, [Attempt(0, 2)])
    assert state.trials[0].spent == {}


def test_what_was_known_already_is_not_said_again(tmp_path: Path) -> None:
    """A controller that takes over a running pod keeps its node, and writes nothing about it."""
    world = Pods(lambda attempt: Run(seconds=50.0))
    folder = make_sweep(tmp_path, 1)
    control(folder, world, **leave_when(lambda: bool(world.launched and len(told_of(folder)) == 3)))
    control(folder, world, **leave_when(lambda: world.now > 1020.0))
    assert [type(record) for record in told_of(folder)] == [Launching, Launched, Launched]
    assert State().apply_all(journal(folder)).live[FIRST].node == "played"


def test_an_abandoned_attempt_that_is_still_shown_means_nothing(tmp_path: Path) -> None:
    """A view may be stale: what was put back once is not put back again, nor written down."""
    world = Pods(lambda attempt: Run(refused="no quota") if attempt == FIRST else Run(seconds=60.0))
    folder = make_sweep(tmp_path, 1)

    class Stubborn(LateBackend):
        def remove(self, attempt: Attempt) -> None:
            if attempt != FIRST:
                super().remove(attempt)

    state = control(folder, world, backend=Stubborn(world))
    assert told_of(folder)[1:] == [Abandoned(FIRST, "no quota")]
    assert (state.counts[Status.COMPLETED], world.asked) == (1, [FIRST, Attempt(0, 2)])


def test_nothing_of_an_abandoned_attempt_is_kept(tmp_path: Path) -> None:
    """What the engine remembers of an attempt is forgotten with it."""
    world = Pods(lambda attempt: Run(refused="no quota") if attempt.number < 3 else Run())
    folder = make_sweep(tmp_path, 2)
    writer = CrashingStore.of(folder, world)
    one = engine.Engine(folder.settings, LateBackend(world), writer, world, read_played)
    one.recover(False)
    for turn in range(100):
        if turn == 1:
            folder.post(new_request("cancel", (0,)))
        if one.turn().finished:
            break
        world.pass_until(world.now + 0.5)
    writer.release()
    assert (one._asked, one.gathering.is_empty) == (set(), True)
    assert [trial.status for trial in one.state.trials] == [Status.CANCELLED, Status.COMPLETED]


def test_how_many_might_be_live_is_in_the_journal(tmp_path: Path) -> None:
    """Once, while it stays the same; a sweep that has ended is told nothing more."""
    folder = make_sweep(tmp_path, 3)
    for _ in range(2):
        control(folder, Processes())
        offers = [record for record in journal(folder) if isinstance(record, Offered)]
        assert [one.slots for one in offers] == [2]


def test_the_notes_of_a_backend_are_in_the_status(tmp_path: Path) -> None:
    """Whoever reads the folder sees what the backend says now, and not what it said before."""
    world, folder = Pods(lambda attempt: Run(seconds=30.0)), make_sweep(tmp_path, 1)
    backend = LateBackend(world)
    read: list[tuple[str, ...]] = []

    def watch(_: object, __: object, at: Snapshot) -> None:
        status = status_reader.read(folder.paths)
        read.append(tuple(status.notes) if status else ())
        backend.messages = ("3 pods wait for a node",) if world.now < 1010.0 else ()

    control(folder, world, backend=backend, watcher=watch)
    assert [notes for notes, before in zip(read, [None, *read], strict=False) if notes != before] == [
        (),
        ("3 pods wait for a node",),
        (),
    ]


def test_memory_is_asked_for_by_how_often_it_ran_out(tmp_path: Path) -> None:
    """Each order says how many times its trial has ended for want of memory, and nothing else counts."""
    causes = {1: Cause.OOM, 2: Cause.EVICTED, 3: Cause.OOM}
    settings = Settings(retry=RetrySettings(budgets={"oom": 5}, wait_initial=0.0, wait_jitter=0.0))
    ways = {number: Run(code=None, cause=cause) for number, cause in causes.items()}
    world = Pods(lambda attempt: ways.get(attempt.number, Run()))
    orders: list[int] = []

    class Listening(LateBackend):
        def launch(self, order: Order) -> LaunchResult:
            orders.append(order.ooms)
            return super().launch(order)

    control(make_sweep(tmp_path, 1, settings=settings), world, backend=Listening(world))
    assert orders == [0, 1, 1, 2]


def unlike(attempt: Attempt) -> Run:
    """Every way that a pod can go, whatever numbers a crash may use up."""
    run = by_trial(attempt)
    if attempt.number == 1 and attempt.trial in (1, 3):
        return replace(run, refused="no quota") if attempt.trial == 1 else replace(run, code=None)
    return replace(run, waits=0.3 * attempt.trial)


@pytest.mark.parametrize("later", [0.0, 1.0], ids=["at once", "later"])
@pytest.mark.parametrize("fate", DEATHS)
def test_a_crash_at_any_effect_changes_nothing_where_answers_come_late(
    tmp_path: Path, fate: Fate, later: float
) -> None:
    """What an earlier controller asked for is taken over or never runs, and nothing of it is left.

    Every 13th effect for each case, for the mutants every fourth; the simulation's crashes play all.
    """
    calm = Pods(unlike)
    want = ends(control(make_sweep(tmp_path / "calm"), calm))
    start = 1 + 2 * (fate is Fate.BEFORE) + bool(later)
    for at in range(start, len(calm.effects.names) + 1, round(4 / PLAYED)):
        world = Pods(unlike)
        world.effects.fates[at] = fate
        folder = make_sweep(tmp_path / f"at-{at}")
        with pytest.raises(Crash):
            control(folder, world)
        world.pass_until(world.now + later)
        assert ends(control(folder, world)) == want, f"crash at effect {at}"
        assert (world.pods, len(set(world.asked))) == ({}, len(world.asked))
        assert world.most_at_once <= world.slots


@pytest.mark.parametrize("fate", DEATHS)
def test_a_crash_while_it_is_cancelled_leaves_nothing(tmp_path: Path, fate: Fate) -> None:
    """Whatever was asked for, pending or running when it was cancelled is gone in the end, and stays so."""

    def cancelled(world: Pods, folder: SweepFolder) -> State:
        return control(folder, world, watcher=post_when(folder, lambda: len(world.asked) > 2))

    def script(attempt: Attempt) -> Run:
        return Run(seconds=1.0 if attempt.trial == 0 else 500.0, waits=300.0 if attempt.trial == 2 else 0.0)

    calm = Pods(script, slots=3)
    cancelled(calm, make_sweep(tmp_path / "calm", 6))
    for at in range(1, len(calm.effects.names) + 1):
        world = Pods(script, slots=3)
        world.effects.fates[at] = fate
        folder = make_sweep(tmp_path / f"at-{at}", 6)
        with pytest.raises(Crash):
            cancelled(world, folder)
        state = cancelled(world, folder)
        assert state.counts[Status.CANCELLED] + state.counts[Status.COMPLETED] == 6, f"crash at effect {at}"
        assert (state.counts[Status.CANCELLED] >= 5, world.pods) == (True, {})
        assert world.live == []


@pytest.mark.parametrize("kind", [Processes, Pods])
def test_a_step_of_the_wall_clock_makes_no_trial_wait_longer(tmp_path: Path, kind: type[Processes]) -> None:
    """How long trials waited and how long they run is measured on the clock that nobody sets."""
    world = kind(lambda attempt: Run(seconds=10.0))
    world.wall = lambda: 1.7e9 + world.now + (259_200.0 if world.launched else 0.0)  # type: ignore[method-assign]
    shown: list[float] = []

    def watch(news: Iterable[Record], state: State, at: Snapshot) -> None:
        shown.extend(at.at - one.started_at for one in at.running)

    folder = make_sweep(tmp_path, 3)
    folder.post(new_request("add", points=points([make_trial(7)])))
    state = control(folder, world, watcher=watch, age=2.0)
    waits = [one.waited for one in state.trials]
    assert all(wait is not None and 0.0 <= wait < 60.0 for wait in waits)
    assert waits[0] is not None
    assert waits[0] >= 2.0
    assert max(shown) < 60.0
    assert [one.waited for one in folder.state().trials] == waits
