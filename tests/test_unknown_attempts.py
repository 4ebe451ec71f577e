"""What was refused never runs, however late a create takes effect; what runs all the same is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sweeper.clusters import claims
from sweeper.clusters.base import View
from sweeper.core.model import Attempt, Cause, Phase, Sighting, Status
from sweeper.core.records import Abandoned, Ended, Launched, Launching
from tests.builders import make_sweep, make_trial
from tests.sim.controllers import control, journal
from tests.sim.pods import LateBackend, Pods
from tests.sim.processes import Run

FIRST, SECOND = Attempt(0, 1), Attempt(0, 2)


def refused_once(attempt: Attempt) -> Run:
    return Run(refused="no quota") if attempt == FIRST else Run(metrics={"seed": attempt.trial})


def test_a_refused_attempt_can_never_run_beside_the_next_one(tmp_path: Path) -> None:
    """Its pod comes to be while the next attempt runs: its folder is claimed, so it leaves at once."""
    world, folder = Pods(refused_once), make_sweep(tmp_path, 1)
    out = Path(folder.paths.trial(make_trial(0)).attempt(FIRST))
    state = control(folder, world)
    assert out.joinpath("owner").read_text() == "void 2\n"
    assert world.asked == [FIRST, SECOND]
    assert state.counts[Status.COMPLETED] == 1


class Lying(LateBackend):
    """It says that the first attempt was refused, though its create has taken effect."""

    def observe(self) -> View:
        view = super().observe()
        return replace(view, sightings=self._lies(view.sightings))

    def _lies(self, sightings: Mapping[Attempt, Sighting]) -> Mapping[Attempt, Sighting]:
        pod = self.world.pods.get(FIRST)
        if pod is None or not pod.begun or FIRST in self.adopted:
            return sightings
        return {**sightings, FIRST: Sighting(FIRST, Phase.REFUSED, "", 0.0, message="no quota")}

    adopted: frozenset[Attempt] = frozenset()

    def adopt(self, order, owner):
        self.adopted |= {order.attempt}
        return super().adopt(order, owner)


def test_what_runs_though_it_was_refused_is_taken_over(tmp_path: Path) -> None:
    """Its claim is there: it is this trial's attempt, and no other is asked for."""
    world, folder = Pods(lambda attempt: Run(waits=0.0, metrics={"seed": 0})), make_sweep(tmp_path, 1)
    state = control(folder, world, backend=Lying(world))
    assert world.asked == [FIRST]
    assert state.counts[Status.COMPLETED] == 1
    kinds = [type(one) for one in journal(folder) if getattr(one, "attempt", None) == FIRST]
    assert kinds == [Launching, Launched, Ended]
    assert not any(isinstance(one, Abandoned) for one in journal(folder))


class Picky(LateBackend):
    """It adopts nothing that has claimed the folder under another name than its own kind has."""

    def adopt(self, order, owner):
        raise claims.unfit(order.attempt, owner, "a pod")


def test_a_refused_attempt_whose_claim_is_no_ones_ends_its_trial_alone(tmp_path: Path) -> None:
    """The claim was overwritten: the controller goes on with the other trials."""
    world, folder = Pods(refused_once), make_sweep(tmp_path, 2)
    out = Path(folder.paths.trial(make_trial(0)).attempt(FIRST))

    def spoil(*_: object) -> None:
        if out.is_dir() and not out.joinpath("owner").exists():
            out.joinpath("owner").write_text("mine\n")

    state = control(folder, world, backend=Picky(world), watcher=spoil)
    assert (state.counts[Status.FAILED], state.counts[Status.COMPLETED]) == (1, 1)
    outcome = state.trials[0].outcome
    assert outcome is not None
    assert outcome.cause is Cause.NO_RECORD


def test_a_refused_attempt_whose_folder_is_damaged_ends_its_trial(tmp_path: Path) -> None:
    """Nobody can tell whether anything of it will run: a person has to look at it."""
    world, folder = Pods(refused_once), make_sweep(tmp_path, 2)
    out = Path(folder.paths.trial(make_trial(0)).attempt(FIRST))

    def spoil(*_: object) -> None:
        if out.is_dir() and not out.joinpath("owner").exists():
            out.joinpath("owner").mkdir()

    state = control(folder, world, watcher=spoil)
    assert world.asked.count(SECOND) == 0
    assert (state.counts[Status.FAILED], state.counts[Status.COMPLETED]) == (1, 1)
    outcome = state.trials[0].outcome
    assert outcome is not None
    assert outcome.cause is Cause.NO_RECORD
    assert "so nobody can tell whether this attempt still runs" in outcome.error
