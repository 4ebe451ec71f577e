"""Whole sweeps whose watches break, lie or fall silent: what they missed is learnt all the same."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from sweeper.clusters.kubernetes.server import api as door
from sweeper.clusters.kubernetes.server import watch as watching
from sweeper.clusters.kubernetes.server.api import Api
from tests.clusters.kubernetes.scripted import Answer
from tests.conftest import Until
from tests.wire.faults import READING, Fault, Line, strike
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, TRIALS, Sweep


def cut(line: Line, head: bytes, body: bytes) -> None:
    """Half a line, and then the watch ends as if that were all."""
    size, _, data = body.partition(b"\r\n")
    half = data[: int(size, 16) // 2]
    line.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(half), half))


def over(line: Line, head: bytes, body: bytes) -> None:
    """The watch ends before anything could be told."""
    line.send(b"0\r\n\r\n")


EXPIRED = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "old"}}
LINES = (
    "nonsense",
    "<html>",
    "null",
    '{"type":"ADDED"',
    '{"type":"ADDED","object":null}',
    json.dumps(EXPIRED),
)
SILENT = ("silent", "stalled")
WATCHING = {
    **{name: fault for name, fault in READING.items() if name not in SILENT},
    **{line: Fault(Answer(body=f"{line}\n")) for line in LINES},
    "cut": Fault(sent=cut),
    "over": Fault(sent=over),
}


@pytest.mark.parametrize("fault", WATCHING.values(), ids=WATCHING)
def test_watches(sweep: Sweep, server: Server, fault: Fault) -> None:
    """However a watch ends, and however often in a row, no pod's end is missed."""
    server.strikes.append(strike("WATCH", fault, (1, 2)))
    assert sweep.run() == FAULTLESS
    assert server.struck["WATCH pods"] == 2


@pytest.mark.parametrize("name", SILENT)
def test_watches_that_say_nothing_for_ever(sweep: Sweep, server: Server, name: str) -> None:
    """A watch from which nothing comes, though its connection stands, is given up when its time is over."""
    server.strikes.append(strike("WATCH", READING[name], (1,)))
    assert sweep.run() == FAULTLESS
    assert server.asked["WATCH pods"] >= 2


def test_what_the_server_has_forgotten_is_listed(
    sweep: Sweep, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a watch that broke off cannot go on, its version being too old, everything is listed again."""
    monkeypatch.setattr(door, "READ", 20.0)  # however busy this machine is, no list takes too long
    monkeypatch.setattr(door, "OVERDUE", 20.0)
    server.strikes += [
        strike("WATCH", READING["reset"], (1,)),
        strike("WATCH", Fault(meanwhile=server.cluster.forget), (2,)),
    ]
    assert sweep.run() == FAULTLESS
    assert server.asked["LIST pods"] == 2


@pytest.mark.parametrize("first", ["LIST pods", "WATCH pods", "POST pods"])
def test_who_is_told_to_wait_waits(sweep: Sweep, server: Server, first: str) -> None:
    """A server that throttles says for how long, and is not asked again before that.

    What was under way already when it said so for the first time hears it as well.
    """
    throttled = replace(READING["429"], answer=Answer(429, "Too many requests\n", {"Retry-After": "1"}))
    over_at: list[float] = []

    def throttle(asked: str, number: int) -> Fault | None:
        if asked == first and not over_at:
            over_at.append(time.monotonic() + 1.0)
        concerned = over_at and asked in (first, "LIST pods")  # what the same thread would ask for next
        return throttled if concerned and time.monotonic() < over_at[0] else None

    server.strikes.append(throttle)
    assert sweep.run() == FAULTLESS
    assert 1 <= server.struck.total() <= (TRIALS if first == "POST pods" else 1)
    assert server.asked["POST pods"] == TRIALS + server.struck["POST pods"]


def test_watches_that_end_at_once_are_rare(
    server: Server, api: Api, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no watch lasts everything is listed now and then, and the server is not asked over and over."""
    monkeypatch.setattr(watching, "SECONDS", 0)
    server.strikes.append(strike("WATCH", Fault(sent=over), range(1000)))
    watch = watching.Watch(api, "pods", lambda report: None)
    watch.start()
    until(lambda: server.asked["LIST pods"] == 3)
    watch.close()
    assert server.asked["WATCH pods"] <= 4
