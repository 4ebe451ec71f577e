"""What people are told of the cluster."""

from __future__ import annotations

from sweeper.clusters.kubernetes.mirror import PODS
from sweeper.clusters.kubernetes.notes import MOST, notes
from sweeper.clusters.kubernetes.reports import Changed, Silent
from tests.clusters.kubernetes.test_roster import FIRST, asked, made, roster


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


def told(foreign: list[str], taken: list[str]) -> list[str]:
    found = roster()
    found.foreign, found.taken = foreign, taken
    return [line for line in notes(found._mirror, found, 0.0) if line]


def test_copies_and_taken_names_are_mentioned():
    """By name, each in a line."""
    assert told([], []) == []
    assert told(["x"], ["y"]) == [
        "pod x carries this sweep's labels but was not made by it; left alone",
        "pod y was not made by this sweep and is left alone; the attempt gets the next number",
    ]


def test_of_many_copies_some_are_named():
    """A namespace full of them does not fill the screen."""
    lines = told([f"x{number}" for number in range(MOST + 2)], [f"y{number}" for number in range(MOST + 2)])
    assert len(lines) == 2 * MOST + 1
    assert lines[MOST] == "2 more pods carry this sweep's labels but were not made by it; left alone"
    assert lines[-1].startswith(f"pod y{MOST + 1} was not made by this sweep")
