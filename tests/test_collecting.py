"""Results are read again while the engine runs, and a crash at any line of it does no harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sweeper import collecting, engine
from sweeper.core.errors import StorageError
from sweeper.core.model import Attempt, Reading, Status
from sweeper.core.records import Collected, Granted
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.requests import new_request
from tests.builders import make_sweep
from tests.sim.controllers import control, journal
from tests.sim.effects import Fate
from tests.sim.hub import Crash
from tests.sim.processes import Processes, Run


def left(folder: SweepFolder, index: int, seed: int) -> None:
    """Change what a trial left."""
    trial = folder.state().trials[index].trial
    Path(folder.paths.trial(trial).attempt(Attempt(index, 1)), "metrics.json").write_text(
        json.dumps({"seed": seed})
    )


def seeds(state: State) -> list[object]:
    return [one.outcome and one.outcome.metrics.get("seed") for one in state.trials]


def over(root: Path, trials: int = 3) -> tuple[SweepFolder, Processes]:
    """A sweep whose trials have completed, and of which the results have changed since."""
    world = Processes(lambda attempt: Run(metrics={"seed": attempt.trial}))
    folder = make_sweep(root, trials)
    control(folder, world)
    for index in range(trials):
        left(folder, index, index + 10)
    return folder, world


def test_a_request_is_granted_once_and_nothing_runs(tmp_path: Path) -> None:
    """The records come first, then that it was granted; then it is taken away."""
    folder, world = over(tmp_path)
    launched, before = list(world.launched), journal(folder)
    request = new_request("collect", (0, 2), results={"metric": "seed", "required": True})
    folder.post(request)
    assert seeds(control(folder, world)) == [10, 1, 12]
    assert (world.launched, folder.is_pending(request)) == (launched, False)
    assert [type(one) for one in journal(folder)[len(before) :]] == [Collected, Collected, Granted]
    results = SweepFolder(folder.paths.folder).settings.results
    assert (results.metric, results.required, results.reader) == ("seed", True, None)


@pytest.mark.parametrize("fate", [Fate.BEFORE, Fate.AFTER], ids=str)
@pytest.mark.parametrize("at_once", [1, 32])
def test_a_crash_at_any_line_leaves_what_the_next_controller_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: Fate, at_once: int
) -> None:
    """Each trial has its old or its new result until all have the new one, and the request is then gone."""
    monkeypatch.setattr(collecting, "_AT_ONCE", at_once)
    crashes = 0
    for place in range(1, 12):
        folder, world = over(tmp_path / f"{place}")
        request = new_request("collect")
        folder.post(request)
        world.effects.fates[len(world.effects.names) + place] = fate
        try:
            control(folder, world)
        except Crash:
            crashes += 1
        state = SweepFolder(folder.paths.folder).state()
        assert all(seed in (index, index + 10) for index, seed in enumerate(seeds(state)))
        assert state.counts[Status.COMPLETED] == 3
        world.effects.fates.clear()
        state = control(folder, world)
        assert seeds(state) == [10, 11, 12]
        assert not folder.is_pending(request)
        assert sum(isinstance(one, Granted) for one in journal(folder)) == 1
    assert crashes >= (3 if at_once == 32 else 5)


def test_a_live_sweep_goes_on_while_many_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn reads a few; trials start and end between, and the note says how far it is."""
    monkeypatch.setattr(collecting, "_AT_ONCE", 1)
    world = Processes(lambda attempt: Run(seconds=1.0 if attempt.trial < 8 else 0.5), slots=2)
    folder = make_sweep(tmp_path, 12)
    request = new_request("collect", results={"required": True})
    notes: list[str] = []
    ended: list[int] = []

    def watch(_: object, state: State, at: Snapshot) -> None:
        if state.counts[Status.COMPLETED] >= 8 and not notes and not folder.is_pending(request):
            folder.post(request)
        notes.extend(note for note in at.notes if note not in notes)
        if at.notes:
            ended.append(sum(state.counts[status] for status in (Status.COMPLETED, Status.FAILED)))

    state = control(folder, world, watcher=watch)
    assert notes[0].startswith("results are read again: 12 % of 8 trials")
    assert state.counts[Status.FAILED] == 12
    assert list(state.failures)[:8] == list(range(8))  # no metrics, and they are required now


def test_one_request_is_worked_off_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a second request wait until the first is done; a cancel does not wait."""
    monkeypatch.setattr(collecting, "_AT_ONCE", 1)
    folder, world = over(tmp_path)
    first = new_request("collect", results={"metric": "a"})
    second, third = new_request("collect", (0,), results={"metric": "b"}), new_request("cancel")
    for request in (first, second, third):
        folder.post(request)
    control(folder, world)
    granted = [one.id for one in journal(folder) if isinstance(one, Granted)]
    assert granted == [third.id, first.id, second.id]
    assert SweepFolder(folder.paths.folder).settings.results.metric == "b"


def test_a_request_that_is_taken_back_is_left_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever removes the file gets no further trials read, and the controller comes to its end."""
    monkeypatch.setattr(collecting, "_AT_ONCE", 1)
    folder, world = over(tmp_path)
    request = new_request("collect")
    folder.post(request)
    state = control(
        folder,
        world,
        watcher=lambda *_: Path(folder.paths.requests, f"{request.id}.json").unlink(missing_ok=True),
    )
    assert seeds(state) == [10, 1, 2]


def test_a_controller_that_drains_reads_too(tmp_path: Path) -> None:
    """It launches nothing, but reading is no launch."""
    folder, world = over(tmp_path)
    folder.post(new_request("collect"))
    assert seeds(control(folder, world, stop=engine.Control(draining=True))) == [10, 11, 12]


Reader = Callable[[str], Reading]


def collected(folder: SweepFolder, read: Reader, monkeypatch: pytest.MonkeyPatch) -> tuple[State, list[str]]:
    """What becomes of the sweep if results are read again like this, and what was kept for which reasons."""
    monkeypatch.setattr("tests.sim.controllers.read_played", read)
    folder.post(new_request("collect"))
    state = control(folder, Processes())
    return state, [one.kept for one in journal(folder) if isinstance(one, Collected)]


def test_a_volume_in_trouble_takes_no_result_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One folder that cannot be read keeps neither the others from it nor the sweep from going on."""
    folder, _ = over(tmp_path)
    sick = folder.paths.trial(folder.state().trials[1].trial).folder

    def read(out: str) -> Reading:
        if out.startswith(sick):
            raise StorageError("reading it: Input/output error")
        return Reading({"seed": 5})

    state, why = collected(folder, read, monkeypatch)
    assert (seeds(state), why) == ([5, 1, 5], ["", "reading it: Input/output error", ""])


def test_what_became_of_a_folder_is_said_rather_than_that_it_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that was emptied holds no metrics any more, so those that were recorded stay."""
    folder, _ = over(tmp_path, 2)
    trial = folder.state().trials[0].trial
    for path in Path(folder.paths.trial(trial).attempt(Attempt(0, 1))).iterdir():
        path.unlink()
    state, why = collected(folder, lambda out: Reading(problem="no file"), monkeypatch)
    assert (seeds(state), why) == ([0, 1], ["its folder has been emptied", "no file"])


def test_a_slow_volume_ends_a_part_early(tmp_path: Path) -> None:
    """No part takes much longer than a quarter of a second, so that a live sweep is looked after."""
    folder, _ = over(tmp_path)
    state, times = folder.state(), iter([0.0, 0.2, 0.4, 0.6])
    writer = SweepWriter.take(folder)
    try:
        one = collecting.Collector(state, writer, lambda out: Reading({"seed": 5}), writer.change_results)
        request = new_request("collect")
        assert len(one.part(request, lambda: next(times), 0.0)) == 2
        assert (one.is_busy, one.message) == (True, "results are read again: 66 % of 3 trials")
        assert one.part(replace(request, id="another"), lambda: 0.0, 0.0) == []
        assert len(one.part(request, lambda: 0.0, 0.0)) == 1
        assert (one.is_busy, one.message) == (False, "")
    finally:
        writer.release()


def test_a_trial_that_runs_again_meanwhile_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its new outcome counts."""
    monkeypatch.setattr(collecting, "_AT_ONCE", 1)
    folder, world = over(tmp_path)
    folder.post(new_request("collect"))
    folder.post(new_request("retry", (2,), completed=True))
    world.script = lambda attempt: Run(metrics={"seed": 99})
    assert seeds(control(folder, world)) == [10, 11, 99]
