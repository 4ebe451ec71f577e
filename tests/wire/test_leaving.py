"""A controller that goes while something is under way, and the one that comes after it."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes import backend, capacity, lease
from sweeper.clusters.kubernetes.server import api
from sweeper.core.model import Attempt, Cause
from tests.conftest import Until
from tests.wire.faults import Effect, Fault, silent, strike
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, TRIALS, Sweep


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the number of a request tells whose it is."""
    monkeypatch.setattr(capacity, "ALONE", 1)


def leave_in_doubt(sweep: Sweep, server: Server, effect: Effect) -> None:
    """Go before the answer to the first create has come."""
    fault = Fault(sent=silent, effect=effect, meanwhile=sweep.leave)
    server.strikes.append(strike("POST pods", fault, (1,)))
    sweep.run()


def test_a_controller_that_has_left_keeps_no_connection(sweep: Sweep, server: Server, until: Until) -> None:
    """Nobody waits for the garbage collector: what is idle is closed at once, a watch when it ends."""
    assert sweep.run() == FAULTLESS
    until(lambda: not server.open)


def ends_well(sweep: Sweep) -> Attempt:
    """Each trial has run once, if not in its first attempt; returns in which the first one did."""
    result = sweep.run()
    assert (result.rows, result.left) == (FAULTLESS.rows, FAULTLESS.left)
    assert result.ended == [(attempt, Cause.COMPLETED) for attempt in result.ran]
    assert [attempt.trial for attempt in result.ran] == list(range(TRIALS))
    return result.ran[0]


def test_a_pod_that_nobody_heard_of_is_taken_over(sweep: Sweep, server: Server, until: Until) -> None:
    """The next controller finds the pod that its predecessor did not hear of, and nothing runs twice."""
    leave_in_doubt(sweep, server, Effect.DONE)
    until(lambda: server.kubelet.ran)
    assert ends_well(sweep) == Attempt(0, 1)


@pytest.mark.parametrize("effect", [Effect.NONE, Effect.LAST])
def test_a_pod_that_comes_late_does_nothing(sweep: Sweep, server: Server, effect: Effect) -> None:
    """What the predecessor asked for has been given up when it comes to be: it goes without having run."""
    leave_in_doubt(sweep, server, effect)
    server.strikes.append(strike("POST pods", Fault(meanwhile=server.land), (3,)))
    assert ends_well(sweep) == Attempt(0, 2)


def test_whoever_leaves_does_not_wait_for_a_server_that_is_silent(
    sweep: Sweep, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deletions that get no answer hold nobody up; the next controller sees to them."""
    for module in (backend, lease):
        monkeypatch.setattr(module, "_LEAVING", 0.1)
    with monkeypatch.context() as patient:
        patient.setattr(api, "READ", 3600.0)  # whoever waited for it would run into the timeout
        dead = Fault(sent=silent, effect=Effect.NONE, meanwhile=sweep.leave)
        server.strikes.append(strike("DELETE", dead, range(100)))
        sweep.run()
    server.strikes.clear()
    ends_well(sweep)
