"""One call over a connection on which something goes wrong."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.api_errors import TimedOut
from sweeper.clusters.kubernetes.server import api as door
from sweeper.clusters.kubernetes.server.api import Api, Unreachable
from tests.wire import faults
from tests.wire.faults import Fault, Sender, strike
from tests.wire.server import Server

BROKEN = [faults.reset, faults.reset_midway, faults.half, faults.half_a_chunk, faults.silent, faults.stalled]
ITEM = {"metadata": {"name": "x"}}


@pytest.mark.parametrize("sent", BROKEN)
def test_what_was_not_heard_whole(server: Server, api: Api, sent: Sender) -> None:
    """Nobody knows what was done; nothing is repeated unasked, and the next call goes through."""
    server.strikes.append(strike("leases", Fault(sent=sent), (1,)))
    with pytest.raises(Unreachable):
        api.post(api.path("leases"), ITEM)
    assert server.asked == {"POST leases": 1}
    with pytest.raises(Unreachable):
        api.get(api.path("leases", "x"))
    assert api.get(api.path("leases", "x"))["metadata"]["name"] == "x"


def test_a_slow_answer_is_heard_to_its_end(server: Server, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole may take longer than any pause in it."""
    monkeypatch.setattr(door, "READ", 1.0)
    monkeypatch.setattr(faults, "STEP", 0.4)
    server.strikes.append(strike("POST leases", Fault(sent=faults.slow)))
    assert api.post(api.path("leases"), ITEM)["metadata"]["name"] == "x"


def test_an_answer_that_is_too_slow_is_none(
    server: Server, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause that is too long ends it, and the words say what happened."""
    monkeypatch.setattr(faults, "STEP", 5.0)
    server.strikes.append(strike("POST leases", Fault(sent=faults.slow)))
    with pytest.raises(Unreachable, match="timed out"):
        api.post(api.path("leases"), ITEM)


@pytest.mark.parametrize("sent", [faults.silent, faults.stalled])
def test_a_log_that_says_nothing_is_given_up(
    server: Server, api: Api, monkeypatch: pytest.MonkeyPatch, sent: Sender
) -> None:
    """A connection that stands and brings nothing is told apart from one that broke."""
    monkeypatch.setattr(door, "QUIET", 0.2)
    api.post(api.path("leases"), ITEM)
    server.strikes.append(strike("GET leases", Fault(sent=sent), (1,)))
    with pytest.raises(TimedOut):
        list(api.text(api.path("leases", "x")))
