"""Two first runs of one name at the same time: the second adds its points to the sweep of the first."""

from __future__ import annotations

import os
import threading

import pytest

from sweeper.app import create
from sweeper.cli import controller
from sweeper.core.model import Status
from sweeper.store.folder import SweepFolder, SweepWriter

FIRST = ("-m", "x=1,2", "sweep.name=x")
SECOND = ("-m", "x=2,3", "sweep.name=x")


@pytest.fixture
def before(monkeypatch):
    """Lets something happen just before the first call of a function, when all else has been looked at."""

    def patch(module, name, act):
        really = getattr(module, name)

        def late(*args, **options):
            monkeypatch.setattr(module, name, really)
            act()
            return really(*args, **options)

        monkeypatch.setattr(module, name, late)

    return patch


@pytest.fixture
def first(tiny):
    """Makes the sweep as another run would, which is killed before it becomes the controller."""

    def make(*words):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(controller, "control", lambda folder: 0)
            assert tiny.run(*FIRST, *words).code == 0

    return make


def values(tiny):
    return sorted((row["x"], row["state"]) for row in tiny.rows())


ALL = [(1, "completed"), (2, "completed"), (3, "completed")]


def test_a_name_taken_while_the_sweep_is_made_gets_the_points_of_both(tiny, before, first):
    """The second run has looked and found nothing; when it makes the sweep, the first's is there."""
    before(create, "make", first)
    result = tiny.run("-m", "x=2,3,3", "sweep.name=x")
    assert result.code == 0, result.err
    assert result.err.startswith(
        "x: 1 of 2 are already there\nx: adding 1 trial\n"
    )  # no remark a second time
    assert values(tiny) == ALL
    assert os.listdir("sweeps") == ["x"]


def test_a_name_taken_in_the_last_moment_gets_the_points_of_both(tiny, before, first):
    """Not even the rename that ends the making, here after a copy, puts one sweep in the other's place."""
    before(os, "rename", lambda: first("code.mode=snapshot"))
    result = tiny.run(*SECOND, "code.mode=snapshot")
    assert result.code == 0, result.err
    assert values(tiny) == ALL
    assert os.listdir("sweeps") == ["x"]


def test_another_experiment_that_took_the_name_is_not_added_to(tiny, before, first):
    """The race changes nothing of what may be added: the line is that of a sweep that was there before."""
    text = (tiny.folder / "configs/experiment/tiny.yaml").read_text()
    (tiny.folder / "configs/experiment/other.yaml").write_text(text)
    before(create, "make", lambda: first("experiment=other"))
    result = tiny.run(*SECOND)
    assert (result.code, result.err.splitlines()[-1]) == (
        2,
        "cvsweep: sweep x holds other, not tiny; choose another sweep.name",
    )
    assert os.listdir("sweeps") == ["x"]


def test_the_maker_of_a_sweep_leaves_it_to_a_faster_controller(tiny, before):
    """The second run adds its points and takes the sweep before the first does: it runs those of both."""
    seconds = []
    before(controller, "control", lambda: seconds.append(SweepWriter.take(SweepFolder("sweeps/x"))))
    result = tiny.run(*FIRST)
    assert result.code == 0
    assert result.err.splitlines()[-1] == (
        "x: another run of it has become its controller, and runs these trials too;"
        " watch it with: cvsweep status -w x"
    )
    seconds[0].release()


def test_points_for_a_sweep_that_gets_a_controller_this_moment_are_left_to_it(tiny, before, first, until):
    """The first run becomes the controller after the second has looked for one: it grants the request."""
    first()
    firsts = []

    def take():
        firsts.append(SweepWriter.take(SweepFolder("sweeps/x")))
        threading.Thread(target=answer, daemon=True).start()

    def answer():
        until(firsts[0].requests, 5)
        firsts[0].remove_request(firsts[0].requests()[0].id)

    before(controller, "control", take)
    result = tiny.run(*SECOND)
    assert result.code == 0, result.err
    assert result.err.endswith("its controller goes on; watch it with: cvsweep status -w x\n")
    firsts[0].release()
    assert tiny.count(Status.QUEUED) == 2  # this controller runs nothing


def test_points_that_start_in_another_folder_are_points_of_their_own(tiny):
    """In one grid and in an existing sweep, whose trials keep their keys; the same again adds nothing."""
    tiny.program('echo "{\\"v\\": 1}" > "$CVSWEEP_OUT/metrics.json"\n')
    command = "task.command=[sh,'{code}/program.sh','{args}']"

    def folders(*words: str) -> list[tuple[int, str]]:
        result = tiny.run("-m", command, "sweep.name=x", *words)
        assert result.code == 0, result.err
        return [
            (one.trial.params["x"], one.trial.cwd) for one in SweepFolder(tiny.sweeps / "x").state().trials
        ]

    first = [(1, "out")]
    assert folders("x=1", "task.cwd=out") == first
    keys = {one.trial.key for one in SweepFolder(tiny.sweeps / "x").state().trials}
    assert folders("x=1", "task.cwd=code") == [*first, (1, "code")]
    both = [*first, (1, "code"), (2, "code"), (2, "out")]
    assert folders("x=1,2", "task.cwd=code,out") == both
    assert folders("x=2,1", "task.cwd=out,code") == both
    assert folders("x=2", "task.cwd=out") == both
    assert keys < {one.trial.key for one in SweepFolder(tiny.sweeps / "x").state().trials}
