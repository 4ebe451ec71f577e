"""Which container of a pod runs the attempt."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.pods.main_container import (
    began_at,
    has_ended,
    name_of,
    never_began,
    status_of,
)
from tests.clusters.kubernetes.builders import ended, pod, running

OURS = {"name": "job", "env": [{"name": "PATH"}, {"name": "CVSWEEP_UID"}]}


@pytest.mark.parametrize(
    ("names", "want"),
    [
        ([{"name": "trial"}], "trial"),
        ([{"name": "istio-proxy"}, {"name": "trial"}], "trial"),
        ([OURS, {"name": "trial"}], "trial"),
        ([{"name": "istio-proxy"}, OURS], "job"),
        ([{"name": "main"}, {"name": "side"}], "main"),
        ([], ""),
    ],
)
def test_it_is_known_by_its_name(names, want):
    """By our variables in a pod of another version, else it is the first one."""
    assert name_of({"spec": {"containers": names}}) == want


def test_its_status_is_found_among_others():
    """In any order; a pod that shows none has none."""
    assert status_of(pod("Running", running("proxy"), running()))["name"] == "main"
    assert status_of(pod("Running", running("proxy"))) == {}
    assert status_of({"status": pod("Running", running("proxy"))["status"]})["name"] == "proxy"


def test_its_end_is_distinguished_from_that_of_others():
    """What prepares it, or runs beside it, may end at any time."""
    assert has_ended(pod("Running", running("proxy"), ended(0)))
    assert not has_ended(pod("Running", ended(0, name="proxy"), running(), init=[ended(0)]))


def test_its_own_start_counts():
    """Not that of a container beside it; before it there is only the node's."""
    late, early = running(), running("proxy")
    early["state"]["running"]["startedAt"] = "2026-11-23T22:00:00Z"
    assert began_at(pod("Running", early, late)) == "2026-11-23T22:27:44Z"
    shown = pod("Pending", early)
    shown["status"]["startTime"] = "2026-11-23T21:00:00Z"
    assert began_at(shown) == "2026-11-23T21:00:00Z"
    assert began_at({}) == ""
    early = ended(0, startedAt="2026-11-23T20:00:00Z")
    assert began_at(pod("Failed", early)) == "2026-11-23T20:00:00Z"


def test_a_container_that_could_not_be_started_never_began():
    """Its runtime stamps the start with the epoch; a status without any stamp tells nothing."""
    shown = ended(128, "StartError", startedAt="1970-01-01T00:00:00Z")
    assert never_began(shown)
    assert not never_began(ended(1))
    assert not never_began(running())
    late = pod("Failed", shown)
    late["status"]["startTime"] = "2026-11-23T21:00:00Z"
    assert began_at(late) == "2026-11-23T21:00:00Z"
