"""Who deleted a pod, and whether that was preemption. Events are as each system writes them."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.clusters.kubernetes.pods.deleted import DeletionVerdict, Inquiry, judge


def event(component: str, reason: str, message: str, at: int = 0) -> dict[str, Any]:
    when = f"2026-11-23T22:28:{at:02}Z"
    return {"source": {"component": component}, "reason": reason, "message": message, "lastTimestamp": when}


KILLING = event("kubelet", "Killing", "Stopping container trial", 9)
SCHEDULED = event("default-scheduler", "Scheduled", "Successfully assigned lab/x to node-0")
PREEMPTED = event("default-scheduler", "Preempted", "Preempted by lab/high on node n", 1)
KUEUE = event("pod-kueue-controller", "Stopped", "Preempted to accommodate a higher priority Workload", 1)
KAI = event("kai-scheduler", "Evict", "Job lab/x was reclaimed by job lab/y", 1)
REAPER = event("gpu-reaper", "IdleGpu", "Deleting lab/x: its GPU was idle", 1)
BOUND_BY_NAME = event("default-scheduler", "Scheduled", "Successfully assigned lab/stop-1 to reaper-7")
MOUNTED = event("attachdetach-controller", "SuccessfulAttachVolume", "AttachVolume: killian-data")
KEPT = event("taint-eviction-controller", "TaintManagerEviction", "Cancelling deletion of Pod lab/x")
NEWER = event("", "Cleanup", "removed by bob", 5) | {"reportingComponent": "bobs-script"}


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([SCHEDULED, PREEMPTED, KILLING], "default-scheduler (Preempted: Preempted by lab/high on node n)"),
        ([KUEUE], "pod-kueue-controller (Stopped: Preempted to accommodate"),
        ([REAPER, KAI], "kai-scheduler (Evict: Job lab/x was reclaimed by job lab/y)"),
        ([event("volcano", "Evict", "Pod is evicted, because of preempt")], "volcano (Evict: Pod is evicted"),
        ([event("node-controller", "TaintManagerEviction", "Marking for deletion")], "TaintManagerEviction"),
    ],
)  # fmt: skip
def test_an_eviction_is_preemption(events, says):
    """Whatever the quota says, and the words name who did it."""
    found = judge(events, "", "", is_queued=False)
    assert found.preempted
    assert found.message.startswith("its pod was preempted by ")
    assert says in found.message


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "its pod was deleted"),
        (None, "its pod was deleted"),
        ([SCHEDULED, KILLING], "its pod was deleted"),
        ([event("default-scheduler", "FailedScheduling", "preemption: not helpful")], "its pod was deleted"),
        ([event("somebody", "Stopped", "x")], "its pod was deleted by somebody (Stopped: x)"),
        ([BOUND_BY_NAME, MOUNTED], "its pod was deleted"),
        ([KEPT], "its pod was deleted"),
        ([event("watchdog", "PodKilled", "over budget")], "its pod was deleted by watchdog (PodKilled: over"),
        ([REAPER, KILLING], "its pod was deleted by gpu-reaper (IdleGpu: Deleting lab/x: its GPU was idle)"),
        ([NEWER, REAPER], "its pod was deleted by bobs-script (Cleanup: removed by bob)"),
    ],
)  # fmt: skip
def test_any_other_deletion_counts_and_names_who_did_it(events, words):
    found = judge(events, "", "", is_queued=False)
    assert not found.preempted
    assert found.message.startswith(words)
    assert ("by" in found.message) == ("by" in words)


@pytest.mark.parametrize(
    ("full", "above", "words"),
    [
        ("quota q was full", "", "its pod was deleted by gpu-reaper (IdleGpu"),
        ("", "we held 4 GPUs", "we held 4 GPUs"),
        ("quota q was full", "we held 4 GPUs", "; quota q was full"),
    ],
)
def test_others_may_delete_when_the_quota_is_full_or_we_hold_too_much(full, above, words):
    found = judge([REAPER], full, above, is_queued=False)
    assert found.preempted
    assert words in found.message


def test_a_scheduler_that_takes_pods_away_is_believed_to_have_done_it_if_nobody_can_be_asked():
    assert judge(None, "", "", is_queued=True).preempted
    assert not judge((), "", "", is_queued=True).preempted


def test_an_inquiry_is_open_until_it_is_answered_or_for_so_long():
    inquiry = Inquiry(5.0)
    assert inquiry.is_open(1e9)  # nobody has been asked yet
    inquiry.until = 10.0
    assert inquiry.is_open(9.9)
    assert not inquiry.is_open(10.0)
    inquiry.verdict = DeletionVerdict(True, "x")
    assert not inquiry.is_open(9.9)
