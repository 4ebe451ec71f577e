"""Kills, rivals for the controller's place, a full volume, a clock that jumps: every trial still ends once.

What each test counted goes to the file that CVSWEEP_NUMBERS names, where it names one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cluster.chaos import QUICK, TRIAL, Controller, Workplace, audit, growth, note, terms
from tests.cluster.lab import Lab, until
from tests.cluster.test_disruptive import Parts
from tests.cluster.volume import small_volume

CPU = [*QUICK, "cluster.gpus=0"]
ELSEWHERE = "another-host"
DOWN = {"apiserver": 8, "etcd": 6, "controller-manager": 6, "scheduler": 6, "kubelet": 10}
"""For how many seconds each part is away."""


@pytest.fixture
def work(lab: Lab) -> Iterator[Workplace]:
    lab.shell_project(TRIAL)
    with Workplace(lab, seed=7) as work:
        yield work


@pytest.fixture
def fill(lab: Lab) -> Iterator[Callable[[bool], None]]:
    with small_volume(lab) as fill:
        yield fill


def all_is_well(lab: Lab, trials: int, *, kills: int = 0) -> None:
    """Every trial has its row, nothing ran twice at once, no pod is left."""
    findings = audit(lab.sweep())
    note(findings, kills=kills)
    assert (findings.trials, findings.wrongs) == (trials, ())
    rows = [(row["state"], row["x"], row["score"]) for row in lab.table()]
    assert sorted(rows) == [("completed", x, x * x + 7) for x in range(trials)]
    assert lab.pods() == []


@pytest.mark.disruptive
def test_fifty_kills_in_a_sweep_of_sixty(lab: Lab, work: Workplace) -> None:
    """A controller that is killed fifty times at random, and resumed each time, makes the same table."""
    controller = work.kill_at_random(work.start("-m", "x=range(60)", *CPU, "cluster.max_parallel=16"), 50)
    assert controller.wait() == 0, controller.output()
    all_is_well(lab, 60, kills=50)


@pytest.mark.disruptive
def test_every_part_of_the_cluster_is_killed_in_turn(lab: Lab, work: Workplace, parts: Parts) -> None:
    """Each is killed and away for seconds in the midst of one sweep, whose table is right all the same."""
    lab.set_quota({"requests.nvidia.com/gpu": "8"})
    controller = work.start("-m", "x=range(40)", *QUICK)
    until(lambda: lab.sweeps() and lab.ends(), what="the first end")
    for part, seconds in DOWN.items():
        with parts.stopped(part):
            time.sleep(seconds)
            assert controller.lives(), controller.output()
        parts.keep_gpus()
        _until_more_ends(lab, f"the {part} is back")
    assert controller.wait() == 0, controller.output()
    all_is_well(lab, 40, kills=len(DOWN))


def _until_more_ends(lab: Lab, when: str) -> None:
    before = len(lab.ends())
    until(lambda: len(lab.ends()) > before, what=f"an end after {when}")


@pytest.mark.parametrize("at", ["", ELSEWHERE])
def test_two_controllers_start_at_once(lab: Lab, work: Workplace, at: str) -> None:
    """Of two that start at the same instant, on one machine or two, one controls and one says who does."""
    lab.shell_project(f"{lab.gate}\n{TRIAL}")
    first = work.start("-m", "x=range(3)", *CPU, "sweep.name=s")
    until(lambda: len(lab.at_gate()) == 3, what="the trials")
    _leave(first)
    for _ in range(10):
        _start_two(lab, work, at)
    lab.open_gate()
    last = work.start("resume")
    assert last.wait() == 0, last.output()
    assert [end.attempt.number for end in lab.ends()] == [1] * 3
    all_is_well(lab, 3)


def _start_two(lab: Lab, work: Workplace, at: str) -> None:
    before = terms(lab.sweep())
    winner, loser = _settled([work.start("resume", "s"), work.start("resume", "s", at=at)])
    until(lambda: _controls(lab, before), what="a controller")
    assert winner.lives(), (winner.output(), loser.output())
    assert loser.wait() == 3
    assert _names(winner, loser.output()), (winner.pid, loser.output())
    _leave(winner)


def _settled(both: list[Controller]) -> list[Controller]:
    """The one that goes on, and the one that has left."""
    until(lambda: not all(one.lives() for one in both), what="the end of one")
    return sorted(both, key=Controller.lives, reverse=True)


def _leave(controller: Controller) -> None:
    controller.process.terminate()
    assert controller.wait() == 130, controller.output()


@pytest.mark.parametrize("how", ["by force", "from another host"])
def test_a_frozen_holder_wakes_up_and_touches_nothing(lab: Lab, work: Workplace, how: str) -> None:
    """It froze beyond its lease and another took its place: it says so in one line, and has done nothing."""
    lab.shell_project(f"{lab.gate}\n{TRIAL}")
    first = work.start("-m", "x=range(6)", *QUICK)
    until(lambda: len(lab.at_gate()) == 3, what="three trials that run")
    first.freeze()
    heard, before = first.output(), terms(lab.sweep())
    if how == "by force":
        second = work.start("resume", "--take-over")
    else:
        lab.expire_lease()
        second = work.start("resume", at=ELSEWHERE)
    until(lambda: _controls(lab, before), what="the second controller")
    touched = _touched(lab, before)
    first.wake()
    assert first.wait(30) == 3
    assert _touched(lab, before) == touched
    assert len(first.output().removeprefix(heard).splitlines()) == 1
    assert "took it over" in first.output() or "has taken this sweep over" in first.output()
    lab.open_gate()
    assert second.wait() == 0, second.output()
    assert [end.attempt.number for end in lab.ends()] == [1] * 6
    all_is_well(lab, 6)


def test_cancel_in_a_burst_of_creates(lab: Lab, work: Workplace) -> None:
    """Wherever in the burst it comes, finally there is no pod."""
    for created in (1, 6):
        _cancel_after(created, lab, work)


def _cancel_after(created: int, lab: Lab, work: Workplace) -> None:
    controller = work.start("-m", "x=range(16)", *CPU, f"sweep.name=s{created}")
    until(lambda: _creates(lab, created) >= created, what="creates", every=0.003)
    cancel = lab.cvsweep("cancel")
    assert cancel.returncode == 0, cancel.stderr
    assert controller.wait() == 1
    assert lab.pods() == []
    assert {row["state"] for row in lab.table()} <= {"cancelled", "completed"}


def test_a_volume_that_is_full_and_freed(lab: Lab, fill: Callable[[bool], None], work: Workplace) -> None:
    """The controller stops with one line that says so; with room again, resume completes every trial."""
    lab.shell_project(f"{lab.gate}\n{TRIAL}")
    controller = work.start("-m", "x=range(6)", *QUICK)
    until(lambda: len(lab.at_gate()) == 3, what="three trials that run")
    fill(True)
    lab.open_gate()
    assert controller.wait() == 3
    assert "is full; free some space, then resume" in controller.output().splitlines()[-1]
    fill(False)
    again = work.start("resume")
    assert again.wait() == 0, again.output()
    all_is_well(lab, 6)


@pytest.mark.parametrize("step", [3600, -3600])
def test_a_clock_that_is_stepped_by_an_hour(lab: Lab, work: Workplace, step: int) -> None:
    """No trial is late or lost, nor is the place of the controller."""
    controller = work.start("-m", "x=range(8)", *CPU, "task.time_limit=60")
    until(lambda: lab.sweeps() and growth(lab.sweep()) > 12, what="trials that run")
    work.step(step)
    assert controller.wait() == 0, controller.output()
    assert [end.attempt.number for end in lab.ends()] == [1] * 8
    all_is_well(lab, 8)


def _creates(lab: Lab, wanted: int) -> int:
    """How many pods the sweep `s<wanted>` has asked for."""
    log = lab.project / f"sweeps/s{wanted}/cluster.log"
    return log.read_text().count('"did": "create"') if log.exists() else 0


def _controls(lab: Lab, above: int) -> bool:
    """Does a controller of a later term than `above` tell readers how the sweep stands?"""
    folder = lab.sweep()
    status, fences = folder / "status.json", list((folder / "journal").glob("*.fence"))
    shown = status.exists() and status.stat().st_mtime_ns > max(one.stat().st_mtime_ns for one in fences)
    return shown and terms(folder) > above


def _names(winner: Controller, message: str) -> bool:
    named = rf"process {winner.pid} on|:{winner.pid}( controls| has taken|, says its lease)"
    return re.search(rf"{named}|another controller took it over", message) is not None


def _touched(lab: Lab, terms: int) -> object:
    """What the controllers of the first terms would leave traces in."""
    journal = [one.read_bytes() for one in sorted((lab.sweep() / "journal").glob("*.jsonl"))[:terms]]
    return journal, lab.log_records(), sorted(pod["metadata"]["uid"] for pod in lab.pods())
