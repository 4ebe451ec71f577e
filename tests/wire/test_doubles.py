"""Creates whose answer comes after the end of their pod, or whose effect does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sweeper import status_updates
from sweeper.clusters.kubernetes import backend, create
from tests.wire.faults import BUSY, READING, Effect, Fault, strike
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, TRIALS, Sweep


def test_what_is_kept_stays_though_its_create_is_answered_late(sweep: Sweep, server: Server) -> None:
    """A pod that has ended before its create is answered is kept where pods are to be kept."""
    sweep.set(keep_pods="always")
    server.strikes.append(strike("POST pods", READING["slow"]))
    result = sweep.run()
    assert len(result.left) == TRIALS
    assert replace(result, left=[]) == FAULTLESS
    assert not server.asked["DELETE pods"]


def test_what_comes_when_its_pod_has_gone(
    sweep: Sweep, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A create that was repeated after a doubt may take effect at last: that pod goes, too."""
    monkeypatch.setattr(status_updates, "STATUS_EVERY", 0.05)
    for module in (backend, create):
        monkeypatch.setattr(module, "LATE", 1.0)
    server.strikes.append(strike("POST pods", Fault(BUSY, effect=Effect.LAST), (1,)))
    sweep.report = lambda words: server.land() if "turns up" in words else None
    result = sweep.run()
    server.land()  # where nobody has waited for it, it comes now
    assert (result, server.cluster.pods) == (FAULTLESS, [])
