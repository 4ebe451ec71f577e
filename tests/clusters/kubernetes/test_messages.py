"""What people are told of the cluster."""

from __future__ import annotations

from sweeper.clusters.kubernetes import capacity
from sweeper.clusters.kubernetes.cache import PODS
from sweeper.clusters.kubernetes.decide import decide
from sweeper.clusters.kubernetes.events import DeletionAgreed, Silent, Unwanted
from sweeper.clusters.kubernetes.messages import MOST, current_messages
from sweeper.clusters.kubernetes.pods.sightings import SLACK
from tests.clusters.kubernetes.tracking import FIRST, SETTINGS, Tracking, made


def shown(found: Tracking, now: float) -> list[str]:
    free = capacity.current(found.tracker, now)
    return [line for line in current_messages(found.tracker, free, now) if line]


def test_nobody_is_blamed_for_a_deletion_while_the_server_is_away():
    """The pod may be gone long ago: that the server is silent is all that is known."""
    found = Tracking()
    found.run(phase="Running")
    hangs = made(phase="Running")
    hangs["metadata"] |= {"deletionTimestamp": "2026-11-23T22:28:28Z", "deletionGracePeriodSeconds": 5}
    found.show(hangs, 1.0)
    assert any("deletion has been pending" in line for line in shown(found, 500.0))
    found.fold(Silent(PODS, "connection refused"), 400.0)
    assert shown(found, 500.0) == ["no word from the cluster: connection refused"]


def test_a_pod_that_does_not_go_away_is_named():
    """A deletion that lasts is told with the pod's name, until the pod is gone."""
    found = Tracking()
    found.run(phase="Running")
    found.fold(Unwanted(FIRST))
    found.do(decide(found.tracker, 0.0))
    found.fold(DeletionAgreed("u"))
    late = SETTINGS.grace + SLACK + 1.0
    assert shown(found, late - 2.0) == []
    assert [line for line in shown(found, late) if "does not go away" in line]
    found.show(made(phase="Running"), late, "DELETED")
    assert shown(found, late) == []


def left_alone(foreign: list[str], taken: list[str]) -> list[str]:
    """Of copies of a pod of ours with these names, and of these names that were taken."""
    found = Tracking()
    for name in foreign:
        copied = made(name)
        copied["metadata"]["name"] = name
        found.show(copied)
    found.tracker.taken = taken
    return shown(found, 0.0)


def test_copies_and_taken_names_are_mentioned():
    """By name, each in a line."""
    assert left_alone([], []) == []
    assert left_alone(["x"], ["y"]) == [
        "pod x carries this sweep's labels but was not made by it; left alone",
        "pod y was not made by this sweep and is left alone; the attempt gets the next number",
    ]


def test_of_many_copies_some_are_named():
    """A namespace full of them does not fill the screen."""
    lines = left_alone(
        [f"x{number}" for number in range(MOST + 2)], [f"y{number}" for number in range(MOST + 2)]
    )
    assert len(lines) == 2 * MOST + 1
    assert lines[MOST] == "2 more pods carry this sweep's labels but were not made by it; left alone"
    assert lines[-1].startswith(f"pod y{MOST + 1} was not made by this sweep")
