"""A sweep as a Python object: made, run, watched and changed by a program, in any thread."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sweeper
from sweeper.app.controller import Controller
from sweeper.app.events import Event, Message, SweepFinished, TrialEnded, TrialStarted
from sweeper.app.status import SweepStatus
from sweeper.core.errors import SweepHeldError, UsageError
from sweeper.core.model import Cause, Status
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from tests.cli.tiny import GATED, Tiny

Until = Callable[..., object]


class Threads:
    """Runs functions in threads, each with what it returned or raised."""

    def __init__(self) -> None:
        self.started: list[threading.Thread] = []
        self.found: list[object] = []

    def start(self, do: Callable[[], object]) -> None:
        def run() -> None:
            try:
                self.found.append(do())
            except Exception as error:  # noqa: BLE001  # the test looks at it
                self.found.append(error)

        self.started.append(threading.Thread(target=run))
        self.started[-1].start()

    def join(self) -> list[object]:
        for one in self.started:
            one.join(30)
            assert not one.is_alive()
        return self.found


@pytest.fixture
def threads() -> Iterator[Threads]:
    one = Threads()
    yield one
    one.join()


def counts(seen: SweepStatus) -> dict[str, int]:
    """How many trials are in each state in which there are any."""
    return {state: count for state, count in seen.snapshot.counts.items() if count}


def test_a_program_makes_a_sweep_runs_it_and_reads_its_table(tiny: Tiny) -> None:
    """Nothing runs before `run`; then every trial has ended, and the frame has a row for each."""
    made = sweeper.create_sweep("x=1,2", "sweep.name=a")
    assert (made.name, made.path) == ("a", str(tiny.sweeps / "a"))
    assert counts(made.status()) == {"queued": 2}
    events: list[Event] = []
    seen = made.run(observers=[events.append])
    assert (seen.finished, seen.held) == (True, False)
    assert made.results()["v"].tolist() == [1, 2]
    assert Path(made.path, "results.csv").read_text(encoding="utf-8").startswith("trial,")
    assert sorted(one.trial for one in events if isinstance(one, TrialStarted)) == [0, 1]
    ended = [one for one in events if isinstance(one, TrialEnded)]
    assert {one.trial: (one.cause, one.metrics) for one in ended} == {
        0: (Cause.COMPLETED, {"v": 1}),
        1: (Cause.COMPLETED, {"v": 2}),
    }
    assert events[-1] == SweepFinished({Status.COMPLETED: 2})


def test_nothing_is_printed(tiny: Tiny, capsys: pytest.CaptureFixture[str]) -> None:
    """A library leaves both outputs to the program that uses it."""
    made = sweeper.create_sweep("x=1,1,2", "sweep.name=a")
    made.run()
    made.retry([0], completed=True)
    made.run()
    assert capsys.readouterr() == ("", "")


def test_remarks_on_the_grid_are_messages(tiny: Tiny, caplog: pytest.LogCaptureFixture) -> None:
    """Observers get them, and the log as well."""
    events: list[Event] = []
    with caplog.at_level("INFO", "sweeper"):
        sweeper.create_sweep("x=1,1", "sweep.name=a", observers=[events.append])
    line = "1 point is equal to an earlier one: each distinct point runs once"
    assert Message(line) in events
    assert line in caplog.text


def test_the_same_name_again_adds_what_is_missing(tiny: Tiny) -> None:
    """The points wait for the next controller, which runs them alone."""
    sweeper.create_sweep("x=1,2", "sweep.name=a").run()
    again = sweeper.create_sweep("x=2,3", "sweep.name=a")
    assert again.status().finished
    again.run()
    assert again.results()["v"].tolist() == [1, 2, 3]
    assert again.results()["attempts"].tolist() == [1, 1, 1]


def test_a_sweep_of_which_nothing_is_left_to_run_gets_its_table_again(tiny: Tiny) -> None:
    """And the settings of results that are given hold for it."""
    one = sweeper.create_sweep("x=1,2", "sweep.name=a")
    one.run()
    table = Path(one.path, "results.csv")
    table.unlink()
    sweeper.create_sweep("x=1,2", "sweep.name=a", "results.mode=min")
    assert [line.split(",")[0] for line in table.read_text(encoding="utf-8").splitlines()] == [
        "trial",
        "0",
        "1",
    ]
    assert SweepFolder(one.path).settings.results.mode == "min"


def test_what_a_sweep_cannot_be_is_refused_as_on_the_command_line(tiny: Tiny) -> None:
    """The errors are our own, with the same lines, and nothing is made."""
    before = tiny.tree()
    for words, line in {
        ("nosuch=1",): "nosuch",
        ("x=1", "cluster.max_parallel=-1"): "cluster.max_parallel",
        ("",): "empty",
    }.items():
        with pytest.raises(UsageError, match=line):
            sweeper.create_sweep(*words)
    with pytest.raises(UsageError, match="more than one value"):
        sweeper.create_sweep("x=1,2", multirun=False)
    with pytest.raises(UsageError, match="there is no sweep 'nosuch'"):
        sweeper.open_sweep("nosuch")
    assert tiny.tree() == before


def test_the_project_can_be_anywhere(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither making nor running depends on the current folder, nor changes it."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    os.chdir(elsewhere)  # the fixture puts it back
    made = sweeper.create_sweep("x=1", "sweep.name=a", project=tiny.folder)
    assert made.run().finished
    assert Path.cwd() == elsewhere
    opened = sweeper.open_sweep("a", root=tiny.sweeps)
    assert repr(opened) == "<a [1/1] finished: 1 trial: 1 completed>"
    assert sweeper.open_sweep(made.path).results()["v"].tolist() == [1]


def test_two_sweeps_in_two_threads_do_not_disturb_each_other(tiny: Tiny, threads: Threads) -> None:
    """Each is composed, made, run and read in a thread of its own, at the same time."""
    meet = threading.Barrier(2)

    def one(name: str, values: str) -> Callable[[], object]:
        def run() -> object:
            meet.wait()
            made = sweeper.create_sweep(f"x={values}", f"sweep.name={name}")
            meet.wait()
            made.run()
            return name, made.results()["v"].tolist(), made.results()["attempts"].tolist()

        return run

    threads.start(one("a", "1,2,3"))
    threads.start(one("b", "4,5,6"))
    assert sorted(threads.join(), key=str) == [("a", [1, 2, 3], [1, 1, 1]), ("b", [4, 5, 6], [1, 1, 1])]


def test_another_thread_drains_a_controller(tiny: Tiny, threads: Threads, until: Until) -> None:
    """What runs comes to its end, what waits stays, and the next run goes on."""
    tiny.program(GATED)
    made = sweeper.create_sweep("x=range(4)", "sweep.name=a")
    controller = made.controller()
    threads.start(controller.run)
    until(lambda: tiny.running("a") == 2)
    controller.drain()
    tiny.go()
    (state,) = threads.join()
    assert isinstance(state, State)
    assert {status: count for status, count in state.counts.items() if count} == {
        Status.COMPLETED: 2,
        Status.QUEUED: 2,
    }
    assert made.run().finished


def test_another_thread_makes_a_controller_leave(tiny: Tiny, threads: Threads, until: Until) -> None:
    """`leave`, or a second `drain`, leaves the trials running; the next run takes them over."""
    tiny.program(GATED)
    made = sweeper.create_sweep("x=1,2", "sweep.name=a")
    for stop in (Controller.leave, lambda one: (one.drain(), one.drain())):
        controller = made.controller()
        threads.start(controller.run)
        until(lambda: made.status().held and tiny.running("a") == 2)
        stop(controller)
        threads.join()
        assert len(tiny.alive()) >= 2
    tiny.go()
    made.run()
    assert made.results()["attempts"].tolist() == [1, 1]
    assert _zombies() == []


def test_a_second_controller_is_refused_in_the_same_process_too(
    tiny: Tiny, threads: Threads, until: Until
) -> None:
    tiny.program(GATED)
    made = sweeper.create_sweep("x=1", "sweep.name=a")
    threads.start(made.run)
    until(lambda: made.status().held)
    with pytest.raises(SweepHeldError, match=f"held by process {os.getpid()}"):
        sweeper.open_sweep("a").run()
    tiny.go()


def test_a_live_sweep_gets_points_and_is_cancelled(tiny: Tiny, threads: Threads, until: Until) -> None:
    """Its controller grants what other threads and programs ask for."""
    tiny.program(GATED)
    made = sweeper.create_sweep("x=1", "sweep.name=a", "cluster.max_parallel=1")
    threads.start(made.run)
    until(lambda: tiny.running("a") == 1)
    sweeper.create_sweep("x=2,3", "sweep.name=a", "cluster.max_parallel=1")
    made.cancel([1])
    tiny.go()
    assert made.wait(20).finished
    assert made.results()["state"].tolist() == ["completed", "cancelled", "completed"]


def test_without_a_controller_a_sweep_is_cancelled_here(tiny: Tiny) -> None:
    made = sweeper.create_sweep("x=1,2", "sweep.name=a")
    assert counts(made.cancel([0])) == {"queued": 1, "cancelled": 1}
    assert counts(made.cancel()) == {"cancelled": 2}


def test_a_trial_that_is_not_there_is_named(tiny: Tiny) -> None:
    made = sweeper.create_sweep("x=1", "sweep.name=a")
    for ask in (made.cancel, made.retry):
        with pytest.raises(UsageError, match="there is no trial '7'"):
            ask([7])


def test_a_sweep_runs_in_a_process_of_its_own(tiny: Tiny, until: Until) -> None:
    """`start` returns once it is controlled; what was started leaves nothing in our process table."""
    tiny.program(GATED)
    made = sweeper.create_sweep("x=1,2", "sweep.name=a")
    made.start()
    seen = made.status()
    assert seen.held
    with pytest.raises(TimeoutError, match="a is not over after 0"):
        made.wait(0)
    tiny.go()
    assert made.wait(20).finished
    until(lambda: not made.status().held)
    until(lambda: not _zombies())
    assert made.results()["v"].tolist() == [1, 2]
    made.start()  # of nothing: it ends at once


def _zombies() -> list[str]:
    """Children of this process that have ended and that nobody has waited for."""
    text = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "stat=,args="], capture_output=True, text=True
    ).stdout
    return [line for line in text.splitlines() if line.startswith("Z")]


def test_ctrl_c_belongs_to_the_program(tiny: Tiny, until: Until) -> None:
    """It is an exception where the program waits; the trials go on, and the sweep can be run again."""
    tiny.program(GATED)
    script = tiny.folder / "own.py"
    script.write_text(
        textwrap.dedent(
            """
            import signal
            import sweeper
            before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
            made = sweeper.create_sweep("x=1,2", "sweep.name=a")
            def seen(event):
                assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
            try:
                made.run(observers=[seen])
            except KeyboardInterrupt:
                print("interrupted", made.status().held, flush=True)
            """
        )
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, cwd=tiny.folder)
    try:
        until(lambda: tiny.running("a") == 2, 60)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "interrupted False\n"
    finally:
        process.kill()
    assert len(tiny.alive()) >= 2
    tiny.go()
    assert sweeper.open_sweep("a").run().finished
    assert sweeper.open_sweep("a").results()["attempts"].tolist() == [1, 1]


def test_an_observer_that_fails_does_not_end_the_sweep(tiny: Tiny, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged once, with its traceback."""

    def broken(event: Event) -> None:
        raise ValueError("my own mistake")

    assert sweeper.create_sweep("x=1,2", "sweep.name=a").run(observers=[broken]).finished
    assert caplog.text.count("\nValueError: my own mistake") == 1


def test_a_program_writes_on_a_sweep_and_changes_it(sweep: Callable[..., Any]) -> None:
    """Each is the function that the verb calls."""
    made = sweeper.open_sweep(sweep("before").complete(0, acc=0.5).paths.folder)
    made.note("odd", [0])
    made.tag(["best"], [0], remove=["old"])
    made.tag(["paper"])
    made.change({"cluster.max_parallel": 3})
    assert counts(made.stop()) == {"completed": 1, "queued": 2}
    made.rename("after")
    assert (made.name, Path(made.path).name) == ("after", "after")
    seen, row = made.status().snapshot, made.results().iloc[0]
    assert (seen.tags, seen.tagged) == (("paper",), {"best": (0,)})
    assert (row["note"], row["tags"]) == ("odd", '["best"]')
    assert SweepFolder(made.path).settings.cluster.data["max_parallel"] == 3


def test_to_retry_no_trials_retries_none(tiny: Tiny) -> None:
    """An empty list is not the same as no list: a program may have found nothing to retry."""
    tiny.program("exit 1\n")
    tiny.run("-m", "x=0,1", "sweep.name=x", "retry.budgets.error=0", "sweep.pause_after=0")
    made = sweeper.open_sweep(tiny.sweeps / "x")
    assert made.retry([]).snapshot.counts["failed"] == 2
    assert made.retry([1]).is_asked or made.status().snapshot.counts["failed"] == 2
    made.run()
    assert [row["attempts"] for row in tiny.rows("x")] == [1, 2]


def test_to_wait_for_a_moment_raises_only_once_it_is_over(tiny: Tiny, until: Until) -> None:
    """Also if the moment is shorter than the time between two looks."""
    tiny.program(GATED)
    tiny.run("-d", "x=1", "sweep.name=x")
    made = sweeper.open_sweep(tiny.sweeps / "x")
    until(lambda: tiny.running() == 1)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"x is not over after 0\.3 s"):
        made.wait(0.3)
    assert time.monotonic() - began >= 0.3
    tiny.go()
    assert made.wait(60.0).finished
    assert not made.status().held
