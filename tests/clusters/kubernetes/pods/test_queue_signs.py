"""How pods show that they wait in a queue. Gates, labels and conditions are as each system writes them."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.waiting import (
    Timeouts,
    WaitKind,
    follow,
    is_unschedulable,
    too_long,
    waits_for,
)
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from tests.clusters.kubernetes.builders import Json, condition, pod

GATED = condition("PodScheduled", "False", "SchedulingGated", "Scheduling is blocked due to non-empty gates")
OVER = condition("PodScheduled", "False", "Unschedulable", "OverLimit: the team has its 4 GPUs")
FULL = condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")
ADMISSION = "kueue.x-k8s.io/admission"


def queued(
    *conditions: Json, gates: tuple[str, ...] = (), scheduler: str = "default-scheduler", **names: str
) -> Json:
    """A pending pod without a node; `names` are labels, an annotation for Volcano."""
    keys = {"kueue": "kueue.x-k8s.io/queue-name", "kai": "kai.scheduler/queue", "runai": "runai/queue"}
    one = pod(node=None, conditions=conditions, scheduler=scheduler)
    one["metadata"]["labels"] = {keys[kind]: queue for kind, queue in names.items() if kind in keys}
    if "volcano" in names:
        one["metadata"]["annotations"] = {"scheduling.volcano.sh/queue-name": names["volcano"]}
    if gates:
        one["spec"]["schedulingGates"] = [{"name": gate} for gate in gates]
    return one


BY_KUEUE = queued(GATED, gates=(ADMISSION,), kueue="team")
IN_A_QUEUE = [
    (BY_KUEUE, "queue team (Kueue)", f"gated by {ADMISSION}"),
    (queued(gates=(ADMISSION,)), "a queue (Kueue)", f"gated by {ADMISSION}"),
    (queued(GATED, gates=("lab.example/later",)), "a queue", "gated by lab.example/later"),
    (queued(GATED), "a queue", "Scheduling is blocked due to non-empty gates"),
    (queued(OVER, scheduler="kai-scheduler", kai="team"), "queue team (KAI)", OVER["message"]),
    (queued(scheduler="kai-scheduler"), "a queue (KAI)", "it has not been admitted yet"),
    (queued(OVER, scheduler="runai-scheduler", runai="team"), "queue team (Run:ai)", OVER["message"]),
    (queued(OVER, scheduler="volcano", volcano="team"), "queue team (Volcano)", OVER["message"]),
    (queued(scheduler="our-own", kai="team"), "queue team (KAI)", "it has not been admitted yet"),
    (queued(OVER, scheduler="kai-scheduler", kueue="old", kai="team"), "queue team (KAI)", OVER["message"]),
    (queued(GATED, gates=("x/y",), scheduler="volcano", volcano="t"), "queue t (Volcano)", "gated by x/y"),
]
IN_NONE = [
    queued(FULL),
    queued(FULL, kueue="team"),  # admitted: its gate is gone, and the ordinary scheduler has it
    queued(FULL, kai="team"),  # the label alone does not bring it there
    queued(FULL, scheduler="our-own"),
    pod("Running"),
    BY_KUEUE | {"status": {"phase": "Failed"}},
    BY_KUEUE | {"spec": {"nodeName": "n"}},
    {},
]


@pytest.mark.parametrize(("one", "where", "words"), IN_A_QUEUE)
def test_a_pod_in_a_queue_keeps_its_place_however_long(one, where, words):
    """It says where and why in the queue's own words, and is neither unschedulable nor ended for it."""
    assert str(queue_signs.queue_place(one)) == where
    assert queue_signs.why_waiting(one) == words
    assert waits_for(one) == words
    assert not is_unschedulable(one)
    waiting = follow(None, one, 0.0)
    assert waiting
    assert waiting.kind is WaitKind.QUEUE
    assert too_long(waiting, one, 1e9, Timeouts.of(KubernetesSettings()), "") is None


@pytest.mark.parametrize("one", IN_NONE)
def test_what_has_had_its_turn_or_is_in_no_queue_does_not_wait_in_one(one):
    assert queue_signs.queue_place(one) is None


def test_an_admitted_pod_begins_to_wait_for_a_node():
    """The time in the queue is not held against it."""
    before = follow(None, BY_KUEUE, 0.0)
    after = follow(before, queued(FULL, kueue="team"), 9000.0)
    assert after
    assert (after.kind, after.since) == (WaitKind.NODE, 9000.0)
    assert is_unschedulable(queued(FULL, kueue="team"))


@pytest.mark.parametrize(
    ("conditions", "want"),
    [
        ([condition("TerminationTarget", "True", "WorkloadEvictedDueToPreempted", "a job above it")],
         ("WorkloadEvictedDueToPreempted", "a job above it")),
        ([condition("TerminationTarget", "True")], ("TerminationTarget", "")),
        ([condition("TerminationTarget", "False", "WorkloadEvicted")], None),
        ([condition("Ready", "False", "Evict", "because of preempt")], ("Evict", "because of preempt")),
        ([condition("Ready", "False", "ContainersNotReady")], None),
        ([condition("Ready", "True", "Evict")], None),
        ([], None),
    ],
)  # fmt: skip
def test_a_queue_that_ended_a_pod_is_known_by_its_condition(conditions: list[Any], want):
    assert queue_signs.preemption(pod("Running", conditions=conditions)) == want


@pytest.mark.parametrize(("running", "most"), [(0, 8), (4, 8), (5, 10), (100, 200)])
def test_twice_as_many_may_wait_as_run_and_eight_at_least(running, most):
    assert queue_signs.may_wait(running) == most


def test_one_line_tells_of_all_that_wait_in_one_queue():
    waiting = [(5, BY_KUEUE, ""), (3, BY_KUEUE, "2 more GPUs needed"), (4, IN_A_QUEUE[4][0], "")]
    assert queue_signs.summarize([*waiting, (9, queued(FULL), "")]) == [
        "trials 3, 5 wait in queue team (Kueue): 2 more GPUs needed",
        f"trial 4 waits in queue team (KAI): {OVER['message']}",
    ]
    assert queue_signs.summarize([]) == []


def event(reason: str, message: str, at: int = 0) -> Json:
    return {"reason": reason, "message": message, "lastTimestamp": f"2026-11-23T22:28:{at:02}Z"}


def test_the_message_of_a_queue_is_in_its_events():
    """Kueue writes them on the Workload that it has made for the pod, KAI on the pod."""
    created = event("CreatedWorkload", "Created Workload: lab/pod-x-12345")
    assert queue_signs.workload_of([event("Scheduled", "x"), created]) == "pod-x-12345"
    assert queue_signs.workload_of([]) == ""
    events = [
        event("Pending", "2 more needed", 5),
        event("Pending", "3 more needed", 1),
        event("Started", "x", 9),
    ]
    assert queue_signs.last_event_message(events) == "2 more needed"
    assert queue_signs.last_event_message([created]) == ""


@pytest.mark.parametrize(
    ("scheduler", "want"),
    [("kai-scheduler", True), ("volcano", True), ("default-scheduler", False), ("", False)],
)
def test_some_schedulers_take_pods_away_again(scheduler, want):
    assert queue_signs.takes_away(queued(scheduler=scheduler)) == want
