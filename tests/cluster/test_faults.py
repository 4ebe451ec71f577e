"""What goes wrong with a pod, played for real: its cause, its verdict, and what is done about it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from sweeper.core.model import Cause
from sweeper.core.records import Ended
from tests.cluster.lab import BUSYBOX, TINY, Json, Lab, until

QUICK = [*TINY, "cluster.probe=false"]
"""What the probe would have found has to be found by the first pods."""

_FIRST = '[ "$CVSWEEP_ATTEMPT" = 1 ]'
"""In a trial's script: is this its first attempt?"""


def causes(lab: Lab) -> list[str]:
    return [str(end.outcome.cause) for end in lab.ends()]


def running(lab: Lab) -> list[Json]:
    """Pods whose container runs."""
    return [pod for pod in lab.pods() if pod["status"].get("phase") == "Running"]


def one_running(lab: Lab) -> Json:
    until(lambda: running(lab), what="a running pod")
    return running(lab)[0]


# The program's own doing ------------------------------------------------------------------------------


def test_a_program_that_fails_is_tried_once_more_and_its_last_line_is_reported(lab: Lab) -> None:
    """Counted: the trial has one more try, and then it has failed."""
    lab.shell_project("echo 'reading the data'; echo 'ValueError: no such column: y' >&2; exit 1")
    done = lab.cvsweep(*QUICK)
    assert done.returncode == 1
    assert causes(lab) == ["error", "error"]
    assert {end.outcome.error for end in lab.ends()} == {"ValueError: no such column: y"}
    assert lab.pods() == []


def test_a_trial_out_of_memory_gets_more_of_it(lab: Lab) -> None:
    """The kernel kills it at its container's limit; the next attempt has four times as much."""
    lab.shell_project("dd if=/dev/zero of=/dev/null bs=48M count=1")
    done = lab.cvsweep(*QUICK, "cluster.memory=24Mi", "retry.memory_factor=4")
    assert done.returncode == 0, done.stderr
    assert causes(lab) == ["oom", "completed"]
    assert "out of memory" in lab.ends()[0].outcome.error


def test_a_trial_that_fills_its_own_scratch_space_is_counted(lab: Lab) -> None:
    """The kubelet evicts it for a limit that is its own: no node is to blame."""
    lab.shell_project("dd if=/dev/zero of=/scratch/file bs=1M count=8 2> /dev/null; sleep 300")
    scratch = (
        "cluster.pod_template={spec: {volumes: [{name: scratch, emptyDir: {sizeLimit: 1Mi}}],"
        " containers: [{name: trial, volumeMounts: [{name: scratch, mountPath: /scratch}]}]}}"
    )
    done = lab.cvsweep(*QUICK, scratch, "retry.budgets={error: 0}")
    assert done.returncode == 1, done.stderr
    (end,) = lab.ends()
    assert (end.outcome.cause, end.again) == (Cause.ERROR, False)
    assert 'emptyDir volume "scratch" exceeds the limit "1Mi"' in end.outcome.error.replace(
        "EmptyDir", "emptyDir"
    )
    assert lab.pods() == []


# The doing of others ----------------------------------------------------------------------------------


def test_a_deleted_pod_comes_back_free_of_charge(lab: Lab) -> None:
    """A rival may delete it at any time: not even a trial without any tries left loses anything."""
    lab.shell_project(f"! {_FIRST} || sleep 300")
    with lab.running(*QUICK, "retry.budgets={error: 0}") as sweep:
        lab.delete(one_running(lab))
        assert sweep.wait(90) == 0
    assert causes(lab) == ["deleted", "completed"]


def test_a_program_that_leaves_with_its_own_code_on_a_deletion_has_not_failed(lab: Lab) -> None:
    """As torchrun does, which says 1: the deletion is the cause, and costs the trial nothing."""
    lab.shell_project(
        f"{_FIRST} || exit 0; trap 'exit 1' TERM; touch \"$CVSWEEP_OUT/ready\"; sleep 300 & wait"
    )
    with lab.running(*QUICK, "retry.budgets={error: 0}") as sweep:
        until(lab.at_gate, what="a program with its trap")
        lab.delete(one_running(lab))
        assert sweep.wait(90) == 0
    assert causes(lab) == ["deleted", "completed"]
    assert [end.outcome.code for end in lab.ends()] == [1, 0]


def test_a_container_that_never_ends_beside_the_trial_does_not_keep_it(lab: Lab) -> None:
    """The container of the trial decides, whether it does well or not; then the pod and its GPU are free."""
    lab.shell_project(f"! {_FIRST} || exit 3")
    beside = f"{{name: proxy, image: {BUSYBOX}, command: [sleep, '100000']}}"
    done = lab.cvsweep(*QUICK, f"cluster.pod_template={{spec: {{containers: [{beside}]}}}}", timeout=90.0)
    assert done.returncode == 0, done.stderr
    assert causes(lab) == ["error", "completed"]
    assert (lab.pods(), lab.used()) == ([], 0)


def test_a_pod_that_the_eviction_api_takes_away_comes_back_free_of_charge(lab: Lab) -> None:
    """As `kubectl drain` does it. (This server deletes the pod and says nothing more of it.)"""
    lab.shell_project(f"! {_FIRST} || sleep 300")
    with lab.running(*QUICK, "retry.budgets={error: 0}") as sweep:
        name = one_running(lab)["metadata"]["name"]
        eviction = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": name}}
        lab.admin.post(f"{lab.admin.pods(name)}/eviction", eviction)
        assert sweep.wait(90) == 0
    assert causes(lab)[0] in ("deleted", "evicted")
    assert causes(lab)[1:] == ["completed"]


def test_a_pod_evicted_under_node_pressure_comes_back_free_of_charge(lab: Lab) -> None:
    """Played: an administrator writes the status that a kubelet under pressure writes, and the trial dies."""
    lab.shell_project(f"! {_FIRST} || {{ sleep 3; kill -9 $$; }}")
    with lab.running(*QUICK, "retry.budgets={error: 0}") as sweep:
        pod = one_running(lab)
        message = "The node was low on resource: memory. Container trial was using 9Gi."
        pod["status"] = {"phase": "Failed", "reason": "Evicted", "message": message}
        lab.admin.put(f"{lab.admin.pods(pod['metadata']['name'])}/status", pod)
        assert sweep.wait(90) == 0
    assert causes(lab) == ["evicted", "completed"]
    assert "low on resource: memory" in lab.ends()[0].outcome.error


def test_a_pod_deleted_by_force_is_given_the_time_to_die(lab: Lab) -> None:
    """Its object is gone at once, its container is not: the next attempt waits, and never are there two."""
    lab.shell_project(
        """
        trap '' TERM
        read -r now _ < /proc/uptime; echo "$now" > "$CVSWEEP_OUT/began"
        while [ "$CVSWEEP_ATTEMPT" = 1 ]; do
          read -r now _ < /proc/uptime; echo "$now" >> "$CVSWEEP_OUT/beats"; sleep 0.1
        done
        """
    )
    with lab.running(*QUICK, "retry.budgets={error: 0}") as sweep:
        pod = one_running(lab)
        beats = until(lambda: list(lab.sweep().glob("trials/*/attempts/1/beats")), what="a sign of life")
        lab.remove_by_force(pod)
        assert sweep.wait(120) == 0
    assert causes(lab) == ["deleted", "completed"]
    assert isinstance(beats, list)
    last = float(beats[0].read_text().splitlines()[-1])
    (began,) = lab.sweep().glob("trials/*/attempts/2/began")
    assert float(began.read_text()) > last


def test_a_pod_that_does_not_go_is_reported_and_never_forced(lab: Lab) -> None:
    """Somebody's finalizer holds its object; its container is dead, so the trial comes back all the same."""
    lab.shell_project(f"! {_FIRST} || sleep 300; sleep 8")
    with lab.running(*QUICK) as sweep:
        pod = one_running(lab)
        path = lab.admin.pods(pod["metadata"]["name"])
        _set_finalizers(lab, path, ["example.org/hold"])
        lab.delete(pod)
        try:
            until(lambda: len(lab.ends()) == 2, 90, "the end of the second attempt")
            assert causes(lab) == ["deleted", "completed"]
            held = lab.admin.get(path)
            assert held["metadata"]["uid"] == pod["metadata"]["uid"]
            assert held["metadata"]["deletionTimestamp"]
        finally:
            _set_finalizers(lab, path, [])
        assert sweep.wait(60) == 0
    until(lambda: not lab.pods(), what="no pods")


def _set_finalizers(lab: Lab, path: str, names: list[str]) -> None:
    pod = lab.admin.get(path)
    pod["metadata"]["finalizers"] = names
    lab.admin.put(path, pod)


# What would end every other trial as well -------------------------------------------------------------


def test_an_image_that_cannot_be_pulled_pauses_the_sweep_with_the_registrys_message(lab: Lab) -> None:
    """After the first pods, and with as many as there is room for: not with one for each trial.

    Another node might have pulled it, so these cost nothing; here is none, and the next pod tells.
    """
    lab.shell_project("true")
    done = lab.cvsweep(
        "-m", "x=range(20)", *QUICK, "cluster.image=nowhere.invalid/thing:1", "cluster.image_after=3"
    )
    assert done.returncode == 1, done.stderr
    rejected = [end for end in lab.ends() if end.outcome.cause is Cause.REJECTED]
    assert 1 <= len(rejected) <= 3
    assert all(end.again and "another node is tried" in end.outcome.error for end in rejected)
    ends = [end for end in lab.ends() if end not in rejected]
    shown = (
        "image nowhere.invalid/thing:1: ",
        "lookup nowhere.invalid",
        "there is no other node than node-0",
    )
    _is_paused(lab, ends, done.stderr, Cause.IMAGE, *shown)


def test_a_secret_that_is_not_there_pauses_the_sweep(lab: Lab) -> None:
    """The container is never created; its pod would wait for ever."""
    lab.shell_project("true")
    done = lab.cvsweep(
        "-m", "x=range(20)", *QUICK, "cluster.secrets={TOKEN: nothing/token}", "cluster.config_after=3"
    )
    assert done.returncode == 1, done.stderr
    _is_paused(lab, lab.ends(), done.stderr, Cause.BAD_SPEC, 'secret "nothing" not found')


def test_a_claim_that_vanishes_pauses_the_sweep_with_the_schedulers_message(lab: Lab) -> None:
    """It was there before the first pod, and is not when the trial comes again."""
    lab.shell_project("exit 1")
    words = ["cluster.config_after=3", "retry.wait_initial=8", "retry.wait_max=8"]
    with lab.running(*QUICK, *words) as sweep:
        until(lambda: lab.sweeps() and len(lab.ends()) == 1, what="the first attempt's end")
        path = lab.admin.path("persistentvolumeclaims", "pv-cvlabsrc1")
        lab.admin.delete(path, lab.admin.get(path)["metadata"]["uid"])
        _, stderr = sweep.communicate(timeout=90)
    assert sweep.returncode == 1, stderr
    assert causes(lab) == ["error", "bad_spec"]
    shown = lab.ends()[1].outcome.error
    assert re.search(r'persistentvolumeclaim "pv-cvlabsrc1" (not found|is being deleted)', shown), shown
    assert shown in stderr


def _is_paused(lab: Lab, ends: list[Ended], stderr: str, cause: Cause, *message: str) -> None:
    """All these ended for this, at most as many as had room at once, and no pod stays."""
    assert {end.outcome.cause for end in ends} == {cause}
    assert all(words in end.outcome.error for words in message for end in ends), ends
    assert 1 <= len(ends) <= 3
    assert "paused" in stderr.lower()
    assert all(words in stderr for words in message)
    until(lambda: not lab.pods(), what="no pods")


# What passes, perhaps ---------------------------------------------------------------------------------


def test_a_request_that_no_node_can_meet_waits_with_one_pod_and_the_schedulers_message(lab: Lab) -> None:
    """It holds quota for nothing, so it is taken back and tried again, one at a time."""
    lab.set_quota({"requests.nvidia.com/gpu": "100"})
    lab.until_quota_counts()
    lab.shell_project("true")
    with lab.running("-m", "x=range(20)", *QUICK, "cluster.gpus=32", "cluster.unschedulable_after=5"):
        until(lambda: lab.sweeps() and lab.log_records(), what="the first pod")
        until(
            lambda: "1 Insufficient nvidia.com/gpu" in lab.cvsweep("status").stdout,
            20,
            "the scheduler's words",
        )
        until(lambda: lab.ends(), 20, "the first that was taken back")
        most = max(_wanted(lab, seconds=12))
        assert most == 1
    assert set(causes(lab)) == {"unschedulable"}
    assert all(end.again and "1 Insufficient nvidia.com/gpu" in end.outcome.error for end in lab.ends())
    created = Counter(record["did"] for record in lab.log_records())["created"]
    assert created <= 8
    assert lab.cvsweep("cancel").returncode == 0
    until(lambda: not lab.pods(), what="no pods")


def _wanted(lab: Lab, seconds: float) -> Iterator[int]:
    """How many pods there are that are not being deleted, again and again."""
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        yield sum("deletionTimestamp" not in pod["metadata"] for pod in lab.pods())
        time.sleep(0.2)


def test_a_node_that_refuses_is_free_of_charge_within_bounds_and_avoided(lab: Lab) -> None:
    """The pod goes to its node past the scheduler, so it is the kubelet that says no."""
    lab.set_quota({"requests.nvidia.com/gpu": "100"})
    lab.until_quota_counts()
    lab.shell_project("true")
    words = ["cluster.gpus=32", "cluster.avoid_after=2", "cluster.pod_template={spec: {nodeName: node-0}}"]
    done = lab.cvsweep(*QUICK, *words, "retry.budgets={error: 0, rejected: 3}", timeout=120)
    if "rejected" not in causes(lab):
        pytest.skip(f"this node does not refuse: {causes(lab)}")
    assert done.returncode == 1, done.stderr
    assert causes(lab) == ["rejected"] * 4
    assert "node node-0 refused it: OutOfnvidia.com/gpu" in lab.ends()[0].outcome.error
    assert "avoiding node-0" in done.stderr
    assert lab.pods() == []
