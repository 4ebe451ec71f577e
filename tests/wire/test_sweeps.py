"""Whole sweeps while one kind of request goes wrong: the outcome is that of a sweep without trouble."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from sweeper.clusters.kubernetes import deletion, lease
from tests.clusters.kubernetes.scripted import status
from tests.wire.faults import BUSY, CREATING, READING, REFUSED, WRITING, Effect, Fault, strike
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, TRIALS, Sweep


def each(faults: Mapping[str, Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", faults.values(), ids=faults)


def test_without_a_fault(sweep: Sweep, server: Server) -> None:
    """Every trial runs once, in one pod, which was asked for once."""
    assert sweep.run() == FAULTLESS
    assert server.asked["POST pods"] == TRIALS


@each(CREATING)
def test_creates(sweep: Sweep, server: Server, fault: Fault) -> None:
    """Whatever becomes of a create, each trial gets one pod; no create is sent again but after a doubt."""
    server.strikes.append(strike("POST pods", fault))
    assert sweep.run() == FAULTLESS
    assert server.asked["POST pods"] <= TRIALS + server.struck["POST pods"]
    assert server.cluster.doubles <= server.struck["POST pods"] == 2


@each(READING)
def test_looks_after_a_doubt(sweep: Sweep, server: Server, fault: Fault) -> None:
    """Where it cannot be learnt what became of a create, nothing is sent until it can."""
    undone = Fault(BUSY, effect=Effect.NONE)
    server.strikes += [strike("POST pods", undone), strike("GET pods", fault, (1, 2))]
    assert sweep.run() == FAULTLESS
    assert server.asked["POST pods"] == TRIALS + 2
    assert server.struck["GET pods"] == 2


@each(WRITING | REFUSED)
def test_deletions(sweep: Sweep, server: Server, fault: Fault) -> None:
    """No pod is left behind, however often its deletion has to be asked for."""
    server.strikes.append(strike("DELETE pods", fault))
    assert sweep.run() == FAULTLESS
    assert server.struck["DELETE pods"] == 2


def test_a_denial_of_deletions_that_ends(
    sweep: Sweep, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not delete for longer than a denial needs to be believed deletes once he may."""
    monkeypatch.setattr(deletion, "BELIEVED_AFTER", dict.fromkeys(deletion.BELIEVED_AFTER, 0.0))
    denied = status(403, "Forbidden", 'pods "x" is forbidden: User "ada" cannot delete resource "pods"')
    server.strikes.append(strike("DELETE pods", Fault(denied, effect=Effect.NONE), range(1, 9)))
    assert sweep.run() == FAULTLESS
    assert server.struck["DELETE pods"] == 8


@each(READING)
def test_lists(sweep: Sweep, server: Server, fault: Fault) -> None:
    """A sweep begins once everything could be looked at."""
    server.strikes.append(strike("LIST", fault, (1, 2)))
    assert sweep.run() == FAULTLESS
    assert server.struck["LIST pods"] == server.struck["LIST resourcequotas"]


@each(WRITING)
def test_leases(sweep: Sweep, server: Server, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that is taken, renewed and given back with trouble is none for the sweep."""
    monkeypatch.setattr(lease, "RENEW_EVERY", 0.01)
    server.strikes.append(strike("leases", fault, (1,)))
    assert sweep.run() == FAULTLESS
    assert server.struck.keys() >= {"GET leases", "POST leases", "PUT leases", "DELETE leases"}


@pytest.mark.parametrize("seed", range(8))
def test_all_at_once(sweep: Sweep, server: Server, seed: int) -> None:
    """Three of ten requests go wrong, each in a way of its own, and it makes no difference."""

    def storm(asked: str, number: int) -> Fault | None:
        dice = random.Random(f"{seed} {asked} {number}")
        return dice.choice([*CREATING.values()]) if dice.random() < 0.3 else None

    server.strikes.append(storm)
    assert sweep.run() == FAULTLESS
