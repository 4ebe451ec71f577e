"""Controllers, shims and programs are killed, hung up on and frozen at random moments."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from sweeper.clusters.local import processes
from tests.chaos.victim import ROUNDS, TRIALS, Victim
from tests.reliability.numbers import note

pytestmark = pytest.mark.chaos

Wait = Callable[[float, float], None]
LIMIT = 120.0


def kill_controller(victim: Victim) -> None:
    """Only the controller dies: what runs goes on without it."""


def kill_shims(victim: Victim) -> None:
    """The shims die too, their programs live on."""
    for process in victim.shims():
        processes.send(process, signal.SIGKILL)


def kill_everything(victim: Victim) -> None:
    """Everything that the sweep ever started dies."""
    for process in victim.started():
        processes.send(process, signal.SIGKILL)


def finish(victim: Victim, controller: subprocess.Popen[bytes], *, kills: int = 0) -> None:
    """Let the last controller bring the sweep to its end."""
    assert controller.wait(LIMIT) == 0, victim.log()
    victim.check()
    note(**{"trials": TRIALS, "kills survived": kills})


@pytest.mark.parametrize("round_number", range(ROUNDS))
@pytest.mark.parametrize("also", [kill_controller, kill_shims, kill_everything])
def test_a_sweep_survives_kill_9_at_any_moment(
    victim: Victim, mischief: Wait, also: Callable[[Victim], None], round_number: int
) -> None:
    """Whatever is killed and whenever, resuming brings every trial to exactly one recorded end."""
    controller = victim.start()
    for _ in range(4):
        mischief(0.1, 2.0)
        controller.kill()
        also(victim)
        controller.wait()
        controller = victim.resume() if victim.folder.exists() else victim.start()
    finish(victim, controller, kills=4)


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_a_hang_up_leaves_the_trials_running(victim: Victim, mischief: Wait, round_number: int) -> None:
    """After SIGHUP the controller leaves at once, its trials go on, and resuming finds them all."""
    controller = victim.start()
    for _ in range(3):
        mischief(0.6, 1.8)
        controller.send_signal(signal.SIGHUP)
        assert controller.wait(LIMIT) in (0, 130, -signal.SIGHUP), victim.log()
        controller = victim.resume() if victim.folder.exists() else victim.start()
    finish(victim, controller)


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_a_frozen_controller_wakes_up_and_does_nothing(
    victim: Victim, mischief: Wait, round_number: int
) -> None:
    """A controller that was frozen while another took over notices it and leaves without a trace."""
    first = victim.start()
    deadline = time.monotonic() + LIMIT
    while victim.ended() < 2:
        assert time.monotonic() < deadline, victim.log()
        time.sleep(0.01)
    mischief(0.0, 0.3)
    first.send_signal(signal.SIGSTOP)
    second = victim.resume("--take-over")
    mischief(0.1, 1.5)
    first.send_signal(signal.SIGCONT)
    finish(victim, second)
    assert first.wait(LIMIT) in (0, 3), victim.log()
