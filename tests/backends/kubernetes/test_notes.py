"""What people are told of the cluster."""

from __future__ import annotations

from sweeper.backends.kubernetes.mirror import PODS
from sweeper.backends.kubernetes.notes import notes
from sweeper.backends.kubernetes.reports import Changed, Silent
from tests.backends.kubernetes.test_roster import FIRST, asked, made, roster


def test_nobody_is_blamed_for_a_deletion_while_the_server_is_away():
    """The pod may be gone long ago: that the server is silent is all that is known."""
    found = roster()
    asked(found)
    found.created(found[FIRST], made(phase="Running"), 0.0)
    hangs = made(phase="Running")
    hangs["metadata"] |= {"deletionTimestamp": "2026-11-23T22:28:28Z", "deletionGracePeriodSeconds": 5}
    found.fold(Changed(PODS, "MODIFIED", hangs), 1.0)
    mirror = found._mirror
    assert any("deletion has been pending" in line for line in notes(mirror, found, 500.0))
    list(mirror.fold(Silent(PODS, "connection refused"), 400.0))
    said = [line for line in notes(mirror, found, 500.0) if line]
    assert said == ["no word from the cluster: connection refused"]
