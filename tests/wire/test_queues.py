"""A namespace whose pods Kueue gates, by a webhook that nobody's settings name."""

from __future__ import annotations

from tests.clusters.kubernetes.scripted import Json
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, Sweep

EVENTS = {
    "CreatedWorkload": "Created Workload: lab/pod-x-12345",
    "Pending": "couldn't assign flavors to pod set main: insufficient unused quota, 2 more needed",
}


def gate(pod: Json) -> None:
    pod["spec"]["schedulingGates"] = [{"name": "kueue.x-k8s.io/admission"}]
    pod["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] = "default"


def let_through(pod: Json) -> None:
    pod["spec"].pop("schedulingGates", None)


def test_gated_pods_wait_and_the_queues_own_words_are_shown(sweep: Sweep, server: Server) -> None:
    """Nothing is ended or asked for again; the words are on the Workload that Kueue made for a pod."""
    cluster, lines = server.cluster, set[str]()
    cluster.admit = gate
    for reason, message in EVENTS.items():
        event = {"metadata": {"name": reason.lower()}, "reason": reason, "message": message}
        cluster.create("events", event)

    def report(words: str) -> None:
        lines.add(words)
        if words.endswith(EVENTS["Pending"]):
            for pod in cluster.every("pods")["items"]:
                cluster.change(pod["metadata"]["uid"], let_through)

    sweep.report = report
    sweep.set(reserve=0)
    assert sweep.run() == FAULTLESS
    assert f"trials 0-2 wait in queue default (Kueue): {EVENTS['Pending']}" in lines
