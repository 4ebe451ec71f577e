"""Pods of somebody else that carry our labels, or have a name of ours."""

from __future__ import annotations

import copy
from contextlib import closing

import pytest

from sweeper import clusters, rate_limits
from sweeper.app.contexts import context_of
from sweeper.app.events import Observers
from sweeper.backoff import Backoff
from sweeper.clusters.kubernetes.cluster import KubernetesCluster
from sweeper.clusters.kubernetes.pods import manifest
from sweeper.clusters.kubernetes.pods.identity import Requests, SweepLabel
from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned
from tests.clusters.kubernetes.scripted import Json
from tests.conftest import Until
from tests.wire.faults import Effect, Fault, silent, strike
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, TRIALS, Sweep


@pytest.fixture(autouse=True)
def capacity_and_no_rest(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copies take GPUs as well; after a refusal the next launch comes soon."""
    server.cluster.grow(20)
    monkeypatch.setattr(rate_limits, "REFUSED", Backoff(0.05, 3600.0))


def name(sweep: Sweep, attempt: Attempt) -> str:
    return f"ada-{sweep.folder.manifest.id}-{attempt.trial:05d}-{attempt.number}"


def colleagues(server: Server, called: str, like: Json | None = None) -> str:
    """A pod that somebody makes by hand, from the YAML of one of ours or not."""
    body = copy.deepcopy(like) if like else {"metadata": {}, "spec": {"containers": [{"name": "c"}]}}
    body["metadata"]["name"] = called
    body["spec"]["containers"][0]["command"] = ["sleep", "infinity"]
    server.cluster.create("pods", body)
    return called


def heard(sweep: Sweep) -> list[str]:
    """What people are told, each line once for every time that it is new."""
    lines: list[str] = []
    sweep.report = lambda words: lines.append(words) if words not in lines else None
    return lines


def test_a_name_that_somebody_else_has_costs_an_attempts_number(sweep: Sweep, server: Server) -> None:
    """The trial takes the next number, and no try again is counted; the other pod stays, and it is said."""
    there = [colleagues(server, name(sweep, Attempt(0, number))) for number in (1, 2)]
    lines = heard(sweep)
    found = sweep.run()
    assert found.rows == FAULTLESS.rows
    assert found.ended == [(Attempt(trial, 1 if trial else 3), Cause.COMPLETED) for trial in range(TRIALS)]
    assert found.left == there
    abandoned = [one.reason for one in sweep.folder.read().records if isinstance(one, Abandoned)]
    assert abandoned == [f"a pod that this sweep did not make is called {one}" for one in there]
    assert sweep.folder.state().trials[0].spent == {}
    shown = "was not made by this sweep and is left alone; the attempt gets the next number"
    assert [line for line in lines if "not made by" in line] == [f"pod {one} {shown}" for one in there]


def test_copies_of_a_pod_are_left_alone(sweep: Sweep, server: Server) -> None:
    """Made while a create is under way, before a resume and during one; each is mentioned."""
    copies: list[str] = []

    def copied() -> None:
        ours = server.cluster.every("pods")["items"][0]
        number = len(copies)
        copies.append(colleagues(server, f"debug-{number}", ours))
        ours["metadata"]["labels"]["cvsweep/attempt"] = "2"
        if not number:
            copies.append(colleagues(server, name(sweep, Attempt(0, 2)), ours))

    doubt = Fault(sent=silent, effect=Effect.DONE, meanwhile=lambda: (copied(), sweep.leave()))
    server.strikes.append(strike("POST pods", doubt, (2,)))
    sweep.run()
    assert len(copies) == 2
    server.strikes.append(strike("LIST pods", Fault(meanwhile=copied), (2,)))
    lines = heard(sweep)
    found = sweep.run()
    assert found.rows == FAULTLESS.rows
    assert [one.trial for one, _ in found.ended] == list(range(TRIALS))
    assert found.left == sorted(copies)
    assert len(copies) == 3
    shown = {f"pod {one} carries this sweep's labels but was not made by it; left alone" for one in copies}
    assert shown <= set(lines)


def test_verbs_look_into_no_pod_of_somebody_else(sweep: Sweep, server: Server, until: Until) -> None:
    """What has the name and the labels is ours by its UID, or by its mark while nobody knows that."""
    attempt = Attempt(0, 1)
    with closing(clusters.of(sweep.folder.settings.cluster)) as cluster:
        assert isinstance(cluster, KubernetesCluster)
        access, settings = cluster._pods(context_of(sweep.folder, Observers())), cluster.settings
        label = SweepLabel(sweep.folder.manifest.id, sweep.folder.manifest.name)
        pod_manifest = manifest.pod(settings, label, attempt, "shim", "trial")
        pod_manifest["spec"]["containers"][0]["command"] = ["sleep", "infinity"]
        assert access.find(attempt) is None
        theirs = server.cluster.create("pods", pod_manifest)
        assert access.find(attempt) is None
        assert access.find(attempt, "another") is None
        # Pods of older versions have no mark.
        assert access.find(attempt, theirs["metadata"]["uid"]) == theirs
        server.cluster.delete("pods", pod_manifest["metadata"]["name"], {"uid": theirs["metadata"]["uid"]})
        ours = server.cluster.create("pods", Requests().marked(pod_manifest))
        assert access.find(attempt) == access.find(attempt, ours["metadata"]["uid"]) == ours
        assert access.find(attempt, theirs["metadata"]["uid"]) is None
        assert server.open
    until(lambda: not server.open)
