"""A server that denies what it grants a moment later."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.refusals import BELIEVED_AFTER, Refusal
from tests.clusters.kubernetes.scripted import status
from tests.wire.faults import Effect, Fault, strike
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, Sweep

DENIED = Fault(status(403, "Forbidden", 'User "ada" cannot list resource "x"'), effect=Effect.NONE)


@pytest.mark.parametrize("kind", ["LIST pods", "LIST resourcequotas"])
def test_a_denial_at_the_opening_is_not_for_life(sweep: Sweep, server: Server, kind: str) -> None:
    """A server that has just started denies everything: it is asked again, and the quota counts as ever."""
    messages: list[str] = []
    sweep.report = messages.append
    server.strikes.append(strike(kind, DENIED, (1, 2)))
    assert sweep.run() == FAULTLESS
    assert server.struck[kind] == 2
    assert not [words for words in messages if "cannot be read" in words]


def test_who_may_not_read_the_quota_runs_without_it(
    sweep: Sweep, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A denial that lasts is believed, and said."""
    monkeypatch.setitem(BELIEVED_AFTER, Refusal.DENIED, 0.0)  # type: ignore[arg-type]
    messages: list[str] = []
    sweep.report = messages.append
    server.strikes.append(strike("LIST resourcequotas", DENIED, range(1000)))
    assert sweep.run() == FAULTLESS
    assert [words for words in messages if words.startswith("the quota cannot be read, so at most 8 pods")]
