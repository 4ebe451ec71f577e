"""From raw pods to what the engine sees. Words and sequences of kubelet 1.20 are as it says them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.pods.sightings import SLACK, Seen, observe, sighting, stuck
from sweeper.clusters.kubernetes.pods.waiting import Timeouts, is_unschedulable, waits_for
from sweeper.clusters.kubernetes.raw import in_state
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from tests.clusters.kubernetes.builders import (
    Json,
    condition,
    ended,
    pod,
    running,
    unscheduled,
    waits,
)

TIMEOUTS = Timeouts.of(KubernetesSettings())
ATTEMPT = Attempt(0, 1)
KILL_TIME = TIMEOUTS.grace + SLACK
CREATING = pod("Pending", waits("ContainerCreating"))
RUNS = pod("Running", running())
NODE_LOST = [condition("Ready", "False"), condition("ContainersReady", "True")]
OVERDUE = "Pod was active on the node longer than the specified deadline"
NO_PROGRAM = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create"
    ' failed: unable to start container process: exec: "/no/such/program": stat /no/such/program: no such'
    " file or directory: unknown"
)
NO_DRIVER = (
    "OCI runtime create failed: unable to start container process: error running hook #0: exit status 1,"
    " stderr:\nnvidia-container-cli: initialization error: driver error: unknown"
)


def disrupted(reason: str, message: str = "") -> Json:
    return condition("DisruptionTarget", "True", reason, message)


def failed(reason: str, message: str = "", *statuses: Json, **changes: Any) -> Json:
    return pod("Failed", *statuses, reason=reason, message=message, **changes)


def follow(*pods: Json, gone: bool = False, seen: Seen | None = None) -> Seen:
    """What is known after seeing `pods` at 0, 1, 2 … seconds, and the last one gone at once if `gone`."""
    for now, one in enumerate(pods):
        seen = observe(one, seen, float(now))
    if gone:
        seen = observe(pods[-1], seen, float(len(pods) - 1), gone=True)
    assert seen
    return seen


def look(one: Json, seen: Seen, now: float, words: str = "") -> Sighting:
    return sighting(ATTEMPT, one, seen, now, TIMEOUTS, words)


ENDS = [
    # It ended by itself, and its exit record tells the rest.
    (pod("Succeeded", ended(0, "Completed")), None, "exit code 0"),
    (
        pod("Failed", ended(3, message="Traceback\nValueError: bad lr\n")),
        Cause.ERROR,
        "3: ValueError: bad lr",
    ),
    (pod("Failed", ended(1)), Cause.ERROR, "exit code 1"),
    (pod("Failed", ended(139)), Cause.ERROR, "exit code 139"),
    (pod("Failed", ended(75)), None, "belongs to another pod"),
    (pod("Failed", ended(137)), None, "exit code 137"),
    (pod("Failed", ended(143)), None, "exit code 143"),
    (pod("Failed", ended(None)), None, "exit code None"),
    (pod("Succeeded", ended(0, "Completed"), ended(143, name="side")), None, "exit code 0"),
    # Beside another container, which may stand first in the status and end in another way.
    (pod("Running", ended(0, "Completed"), running("proxy")), None, "exit code 0"),
    (pod("Running", running("proxy"), ended(3, message="ValueError: bad lr")), Cause.ERROR, "bad lr"),
    (pod("Running", running("proxy"), ended(137, "OOMKilled")), Cause.OOM, "out of memory"),
    (pod("Failed", ended(0, "Completed", name="proxy"), ended(137, "OOMKilled")), Cause.OOM, "of memory"),
    (pod("Failed", ended(1, name="proxy"), ended(0, "Completed")), None, "exit code 0"),
    # A container that prepares it failed.
    (pod("Failed", waits("PodInitializing"), init=[ended(4, message="no data\n")]), Cause.ERROR, "no data"),
    (pod("Failed", ended(3), init=[ended(0)]), Cause.ERROR, "exit code 3"),
    (pod("Succeeded", ended(0), init=[ended(137)]), None, "exit code 0"),
    # Out of memory: the main process, a child of it that takes it along, one that it outlives.
    (pod("Failed", ended(137, "OOMKilled")), Cause.OOM, "out of memory"),
    (pod("Failed", ended(137, "OOMKilled", "Killed\nchild ended 137\n")), Cause.OOM, "out of memory"),
    (pod("Succeeded", ended(0, "OOMKilled")), None, "exit code 0"),
    (pod("Failed", ended(137, "OOMKilled"), deletion=5), None, "its pod was deleted"),
    # Deleted, drained, tainted, preempted.
    (pod("Succeeded", ended(0, "Completed"), deletion=5), None, "its pod was deleted"),
    (pod("Failed", ended(137), deletion=5), None, "its pod was deleted"),
    (pod("Failed", ended(1), deletion=5), None, "its pod was deleted"),
    (pod("Failed", ended(143), conditions=[disrupted("PreemptionByScheduler", "x")]), Cause.PREEMPTED, "x"),
    (pod("Failed", ended(143), conditions=[disrupted("EvictionByEvictionAPI")]), Cause.EVICTED, "ByEvic"),
    (pod("Failed", ended(143), conditions=[disrupted("DeletionByTaintManager")]), Cause.NODE_LOST, "Taint"),
    (pod("Failed", ended(143), conditions=[disrupted("TerminationByKubelet")]), Cause.PREEMPTED, "Kubelet"),
    (pod("Failed", ended(1), conditions=[condition("DisruptionTarget", "False")]), Cause.ERROR, "code 1"),
    (failed("Preempting", "Preempted in order to admit critical pod"), Cause.PREEMPTED, "critical pod"),
    (failed("Shutdown", "Node is shutting, evicting pods"), Cause.PREEMPTED, "shutting"),
    (failed("NodeShutdown", "Pod was terminated in response to it"), Cause.PREEMPTED, "NodeShutdown: Pod"),
    (failed("Terminated", "Pod was terminated", ended(143)), Cause.PREEMPTED, "Terminated: Pod"),
    # Evicted by the kubelet.
    (failed("Evicted", "The node was low on resource: memory. "), Cause.EVICTED, "low on resource: memory."),
    (
        failed("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 5Mi. "),
        Cause.ERROR,
        "Evicted: Pod ephemeral local storage usage",
    ),
    (
        failed("Evicted", 'Usage of EmptyDir volume "s" exceeds the limit "5Mi". '),
        Cause.ERROR,
        'EmptyDir volume "s" exceeds the limit "5Mi".',
    ),
    (
        failed("Evicted", 'Container main exceeded its local ephemeral storage limit "5Mi". '),
        Cause.ERROR,
        "Container main exceeded",
    ),
    # Its node.
    (pod("Failed", ended(137, "ContainerStatusUnknown", "not located")), Cause.CONTAINER_LOST, "not located"),
    (failed("NodeLost", "Node node-0 is unresponsive", running()), Cause.NODE_LOST, "unresponsive"),
    (
        failed("OutOfcpu", "Pod Node didn't have enough resource: cpu, requested: 64000, used: 1500"),
        Cause.REJECTED,
        "node node-0 refused it: OutOfcpu: Pod Node didn't have enough",
    ),
    (failed("NodeAffinity", "Pod Predicate NodeAffinity failed"), Cause.REJECTED, "node-0"),
    (failed("UnexpectedAdmissionError", "Pod Allocate failed"), Cause.REJECTED, "node-0"),
    (failed("Evicted", "Pod The node had condition: [DiskPressure]. "), Cause.REJECTED, "DiskPressure"),
    (pod("Failed", ended(128, "StartError", NO_DRIVER)), Cause.REJECTED, "node node-0: OCI"),
    (pod("Failed", ended(127, "ContainerCannotRun")), Cause.REJECTED, "node node-0: ContainerCannotRun"),
    # What every other attempt would meet as well.
    (pod("Failed", ended(128, "StartError", NO_PROGRAM)), Cause.BAD_SPEC, "/no/such/program"),
    # Its own limit, and what says nothing at all.
    (failed("DeadlineExceeded", OVERDUE, running()), Cause.DEADLINE, "longer than the specified deadline"),
    (failed("", "it is over"), None, "it is over"),
]


@pytest.mark.parametrize(("last", "cause", "says"), ENDS)
def test_an_end_has_a_cause_and_a_message(last, cause, says):
    """One row for each end that a pod can show."""
    found = look(last, follow(RUNS, last), 1000.0)
    assert (found.phase, found.cause) == (Phase.ENDED, cause)
    assert says in found.message
    assert "\n" not in found.message


@pytest.mark.parametrize(
    "mark",
    [
        condition("TerminationTarget", "True", "WorkloadEvicted", "for a job above it"),
        condition("Ready", "False", "Evict", "for a job above it"),
    ],
)
def test_a_queue_that_takes_a_pod_away_has_preempted_it(mark):
    """Kueue and Volcano say so before they delete it; what the kubelet writes over that changes nothing."""
    marked = pod("Running", running(), conditions=[mark])
    last = pod("Failed", ended(1), deletion=5, conditions=[condition("Ready", "False", "PodFailed")])
    found = look(last, follow(RUNS, marked, last), 1000.0)
    assert (found.phase, found.cause) == (Phase.ENDED, Cause.PREEMPTED)
    assert found.message.endswith(": for a job above it")


@pytest.mark.parametrize(
    ("last", "cause", "says"),
    [
        (RUNS, None, "its pod was deleted"),
        (pod("Running", ended(3)), Cause.ERROR, "exit code 3"),
        (
            pod("Running", running(), conditions=NODE_LOST, deletion=30),
            Cause.NODE_LOST,
            "node node-0 was lost",
        ),
        (pod("Running", running(), reason="NodeLost"), Cause.NODE_LOST, "NodeLost"),
        (pod("Running", running(), conditions=[disrupted("DeletionByPodGC")]), Cause.NODE_LOST, "PodGC"),
        (pod("Running", running(), conditions=[condition("Ready", "False")]), None, "its pod was deleted"),
        (unscheduled("0/1 nodes are available: 1 Insufficient cpu."), None, "its pod was deleted"),
    ],
)
def test_a_pod_that_is_gone_without_an_end(last, cause, says):
    """The object vanished: only what it showed last can tell why."""
    found = look(last, follow(last, gone=True), 1000.0)
    assert (found.phase, found.cause) == (Phase.ENDED, cause)
    assert says in found.message


@pytest.mark.parametrize(
    ("pods", "gone"),
    [
        ([RUNS, pod("Succeeded", ended(0))], False),
        ([RUNS, pod("Failed", ended(1), ended(0, name="side"))], False),
        ([pod("Failed", waits("PodInitializing"), init=[ended(4)])], False),
        # Another container runs on.
        ([RUNS, pod("Running", running("proxy"), ended(0))], False),
        ([RUNS, pod("Failed", ended(1), running("proxy"))], False),
        ([RUNS, pod("Running", ended(137, "OOMKilled"), running("proxy"))], False),
        ([RUNS, pod("Running", ended(0), init=[running("native")])], False),
        ([failed("OutOfcpu", "Pod Node didn't have enough resource: cpu")], False),
        ([unscheduled("1 Insufficient cpu.")], True),
        ([pod("Running", ended(0))], True),
        ([pod("Running", running(), deletion=5), pod("Failed", ended(137), deletion=0)], True),
        ([pod("Pending", waits("ContainerCreating"), deletion=5)], True),
    ],
)
def test_an_end_is_believed_at_once_where_no_container_can_run(pods, gone):
    """All containers are dead, or none was ever begun, or the kubelet itself let go of the object."""
    seen = follow(*pods, gone=gone)
    found = look(pods[-1], seen, len(pods) - 1.0)
    assert (found.phase, found.since) == (Phase.ENDED, len(pods) - 1.0)


@pytest.mark.parametrize(
    ("pods", "gone"),
    [
        # Published before the containers are dead; kubelet 1.20 never corrects it.
        ([RUNS, failed("DeadlineExceeded", OVERDUE, running())], False),
        ([RUNS, failed("DeadlineExceeded", OVERDUE, running())], True),
        ([RUNS, failed("Evicted", "The node was low on resource: memory.")], False),
        # Statuses lag behind: this one has written 30 MB without ever having shown a container that runs.
        ([CREATING, failed("Evicted", "Pod ephemeral local storage usage exceeds …")], False),
        # A kubelet that has restarted refuses what it has run before.
        ([RUNS, failed("UnexpectedAdmissionError", "Pod Allocate failed")], False),
        # Deleted by force, or with its node, or while nobody looked.
        ([RUNS], True),
        ([pod("Running", running(), deletion=5), pod("Running", running(), deletion=0)], True),
        ([CREATING], True),
        ([RUNS, unscheduled("an older object")], True),
    ],
)
def test_an_end_that_proves_nothing_is_believed_after_the_time_to_kill(pods, gone):
    """Its containers may run on: two attempts of a trial could write at once."""
    seen = follow(*pods, gone=gone)
    at = len(pods) - 1.0
    before, after = (look(pods[-1], seen, at + KILL_TIME + late) for late in (-0.1, 0.0))
    assert (before.phase, before.cause, before.message) == (Phase.RUNNING, None, "")
    assert (after.phase, after.since) == (Phase.ENDED, at + KILL_TIME)


def test_a_pod_with_a_long_grace_period_of_its_own_has_the_time_for_it():
    """Its template may allow it more than the settings say."""
    overdue = failed("DeadlineExceeded", OVERDUE, running(), grace=300)
    seen = follow(overdue)
    assert look(overdue, seen, 300 + SLACK - 1).phase is Phase.RUNNING
    assert look(overdue, seen, 300 + SLACK).phase is Phase.ENDED


def test_an_end_with_a_container_that_runs_on_waits_for_it():
    """Newer kubelets correct the status when the last container is dead."""
    overdue = failed("DeadlineExceeded", OVERDUE, running())
    dead = failed("DeadlineExceeded", OVERDUE, ended(137))
    seen = follow(RUNS, overdue)
    assert look(overdue, seen, 3.0).phase is Phase.RUNNING
    found = look(dead, observe(dead, seen, 4.0), 4.0)
    assert (found.phase, found.cause, found.since) == (Phase.ENDED, Cause.DEADLINE, 4.0)


@pytest.mark.parametrize(
    ("shown", "exited"),
    [
        (pod("Succeeded", ended(0, "Completed")), True),
        (pod("Succeeded", ended(0, "Completed"), deletion=5), False),
        (pod("Failed", ended(1)), False),
        (pod("Failed", ended(143)), False),
    ],
)
def test_a_pod_that_ended_by_itself_is_distinguished_from_one_that_was_ended(shown, exited):
    """Exit code 0, and nobody deleted it: without a record in its folder that is the program's doing."""
    assert look(shown, follow(shown), 1e3).exited is exited


@pytest.mark.parametrize(
    ("shown", "interrupted"),
    [
        (pod("Failed", ended(1), deletion=5), True),
        (pod("Failed", ended(1), conditions=[disrupted("PreemptionByScheduler")]), True),
        (failed("Evicted", 'Usage of EmptyDir volume "s" exceeds the limit "5Mi". ', ended(1)), True),
        (pod("Failed", ended(137)), True),
        (failed("OutOfcpu", "Pod Node didn't have enough resource: cpu"), False),
        (pod("Failed", ended(143)), False),
        (pod("Failed", ended(1)), False),
        (pod("Succeeded", ended(0)), False),
    ],
)
def test_what_began_to_end_a_pod_from_outside_is_seen(shown, interrupted):
    """Then a TERM that the program got was not its own doing, whatever code it left with."""
    assert look(shown, follow(RUNS, shown), 1e3).interrupted is interrupted
    ended_first = follow(pod("Failed", ended(1)), pod("Failed", ended(1), deletion=5))
    assert not look(shown, ended_first, 1e3).interrupted


def test_a_pod_that_went_while_nobody_looked_was_deleted():
    """Nothing but a deletion takes a pod away whose containers ran."""
    assert look(RUNS, observe(RUNS, follow(RUNS), 1.0, gone=True, missed=True), 1e3).interrupted


def test_a_trial_runs_beside_a_container_that_does_not():
    """A pod is Pending for as long as one of its containers waits."""
    beside = pod("Pending", waits("ImagePullBackOff", "no such proxy", name="proxy"), running())
    found = look(beside, follow(beside), 1e4)
    assert (found.phase, found.cause) == (Phase.RUNNING, None)
    assert waits_for(beside) == ""


def test_the_first_end_is_kept():
    """A kubelet that has restarted may say Failed of a pod that had succeeded."""
    flipped = failed("UnexpectedAdmissionError", "Pod Allocate failed")
    found = look(flipped, follow(pod("Succeeded", ended(0)), flipped), 1.0)
    assert (found.phase, found.cause, found.message, found.since) == (Phase.ENDED, None, "exit code 0", 0.0)


def test_a_late_look_proves_no_end():
    """A list from an old cache may show the pod as it was before it had a node."""
    seen = observe(unscheduled("1 Insufficient cpu."), follow(RUNS, gone=True), 1.0)
    assert look(RUNS, seen, 1.0).phase is Phase.RUNNING


def test_what_was_seen_to_go_without_a_node_never_ran():
    """Its end was seen, and it never had a node: it is over at once."""
    unschedulable = unscheduled("1 Insufficient cpu.")
    seen = observe(unschedulable, observe(unschedulable, None, 0.0), 1.0, gone=True)
    found = look(unschedulable, seen, 1.0)
    assert (found.phase, found.ran) == (Phase.ENDED, False)


def test_what_went_unseen_may_run_for_its_grace_period():
    """The last look showed no node, but it may have got one since, and its containers may still run."""
    unschedulable = unscheduled("1 Insufficient cpu.")
    seen = observe(unschedulable, observe(unschedulable, None, 0.0), 1.0, gone=True, missed=True)
    over = 1.0 + KILL_TIME
    assert look(unschedulable, seen, over - 0.1).phase is Phase.RUNNING
    found = look(unschedulable, seen, over)
    assert (found.phase, found.ran) == (Phase.ENDED, True)


FROM, UNTIL = "2026-11-23T22:27:44Z", "2026-11-23T22:27:45Z"
TIMED = ended(0, startedAt=FROM, finishedAt=UNTIL)
NEVER = ended(128, "StartError", NO_DRIVER, startedAt="1970-01-01T00:00:00Z", finishedAt=UNTIL)


def created(one: Json) -> Json:
    return one | {"metadata": one["metadata"] | {"creationTimestamp": "2026-11-23T22:27:24Z"}}


@pytest.mark.parametrize(
    ("pods", "gone", "seconds", "held"),
    [
        # The stamps of its end hold, however late anybody looked.
        ([created(pod("Succeeded", TIMED))], False, 1.0, 21.0),
        ([created(pod("Failed", NEVER))], False, 0.0, 21.0),
        ([RUNS, RUNS, RUNS, pod("Succeeded", TIMED)], False, 1.0, 3.0),
        # Its quota is held for as long as another container of it runs.
        ([RUNS, RUNS, created(pod("Running", TIMED, running("proxy")))], False, 1.0, 2.0),
        # Without stamps it is what was seen.
        ([CREATING, RUNS, RUNS, RUNS], True, 2.0, 3.0),
        ([CREATING, RUNS, RUNS, failed("Evicted", "The node was low on resource: memory.")], False, 2.0, 3.0),
        ([CREATING, CREATING, CREATING], True, 0.0, 2.0),
        ([unscheduled("1 Insufficient cpu.")] * 2, True, 0.0, 1.0),
        ([pod(), pod("Failed", reason="Evicted")], False, None, 1.0),
    ],
)
def test_how_long_it_ran_and_held_quota(pods, gone, seconds, held):
    """From its container's start to its end, and from the pod's creation until its quota was free."""
    found = look(pods[-1], follow(*pods, gone=gone), 1e4)
    assert (found.phase, found.seconds, found.held) == (Phase.ENDED, seconds, held)


def test_of_a_pod_that_went_unseen_nobody_knows_how_long():
    """It may have run since the last look, and it may not."""
    for one in (RUNS, CREATING):
        found = look(one, observe(one, follow(one), 9.0, gone=True, missed=True), 1e4)
        assert (found.seconds, found.held) == (None, None)


def test_an_end_that_is_older_than_the_first_look_has_its_own_time():
    """So another controller does not begin anew to wait for what it left."""
    over = created(pod("Succeeded", TIMED))
    seen = observe(over, None, 100.0, age=41.0, lived=61.0)
    found = look(over, seen, 100.0)
    assert (found.phase, found.since, found.held) == (Phase.ENDED, 60.0, 21.0)
    assert look(over, observe(over, None, 100.0), 100.0).since == 100.0


def test_a_pod_that_is_taken_over_has_held_quota_since_it_was_created():
    """Not since it ran, nor since this controller looked."""
    seen = observe(RUNS, None, 100.0, age=30.0, lived=50.0)
    found = look(RUNS, observe(RUNS, seen, 110.0, gone=True), 1e4)
    assert (found.seconds, found.held) == (40.0, 60.0)
    unknown = observe(RUNS, None, 100.0, age=30.0, lived=None)
    assert look(RUNS, observe(RUNS, unknown, 110.0, gone=True), 1e4).held is None


def test_phases_and_when_they_began():
    """It pends from the first look, runs from the first look that says so, and never goes back."""
    seen = follow(CREATING)
    assert look(CREATING, seen, 5.0) == Sighting(ATTEMPT, Phase.PENDING, "u-1", 0.0, "node-0")
    seen = observe(RUNS, seen, 7.0)
    assert look(RUNS, seen, 8.0) == Sighting(ATTEMPT, Phase.RUNNING, "u-1", 7.0, "node-0")
    seen = observe(CREATING, seen, 9.0)
    assert look(CREATING, seen, 9.0) == Sighting(ATTEMPT, Phase.RUNNING, "u-1", 7.0, "node-0")


@pytest.mark.parametrize("one", [RUNS, CREATING])
def test_the_age_of_a_pod_that_is_taken_over_counts(one):
    """Once: later looks are at what this controller has seen itself."""
    seen = observe(one, observe(one, None, 100.0, age=90.0), 101.0, age=91.0)
    assert look(one, seen, 101.0).since == 10.0


def test_a_pod_that_nobody_has_touched_yet():
    """The object as it was accepted."""
    bare = {"metadata": {"uid": "u-1"}, "spec": {}}
    assert look(bare, follow(bare), 0.0) == Sighting(ATTEMPT, Phase.PENDING, "u-1", 0.0)


def test_a_pending_pod_that_has_waited_too_long_has_a_cause():
    """And words; it is still pending, for the engine to end."""
    words = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    full = unscheduled(words)
    seen = follow(full, full)
    assert look(full, seen, 599.0) == Sighting(ATTEMPT, Phase.PENDING, "u-1", 0.0)
    assert look(full, seen, 600.0) == Sighting(
        ATTEMPT, Phase.PENDING, "u-1", 0.0, "", Cause.UNSCHEDULABLE, words
    )


def test_a_pod_that_does_not_start_is_explained_by_its_events():
    """Its status never says why."""
    words = 'MountVolume.SetUp failed for volume "d" : configmap "no-such-map" not found'
    found = look(CREATING, follow(CREATING), 300.0, words)
    assert (found.phase, found.cause, found.message) == (Phase.PENDING, Cause.BAD_SPEC, words)


def test_a_deletion_that_hangs_is_reported():
    """Its grace period and two minutes after it was asked for."""
    hangs = pod("Running", running(), deletion=30)
    seen = follow(RUNS, hangs)
    assert stuck(RUNS, follow(RUNS), 1000.0) == ""
    assert stuck(hangs, seen, 151.0) == ""
    assert stuck(hangs, seen, 721.0) == "deletion has been pending for 12 min on node node-0"
    assert stuck(hangs, follow(RUNS, hangs, gone=True), 1000.0) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
GARBAGE = JSON | st.dictionaries(
    st.sampled_from(["state", "name", "running", "terminated", "waiting", "exitCode", "reason", "message"]),
    JSON | st.sampled_from(["main", "Failed", "Evicted", "OOMKilled", "ErrImagePull"]),
)


@given(st.lists(GARBAGE, min_size=10, max_size=10), st.booleans())
def test_no_status_can_make_it_stumble(values, gone):
    """Any field may be missing, null or something else altogether."""
    names = ("phase", "reason", "message", "conditions", "containerStatuses", "initContainerStatuses")
    status = dict(zip(names, [*values[:3], [values[3]], [values[4]], [values[5]]], strict=True))
    spec = {"nodeName": values[6], "containers": [values[7]], "terminationGracePeriodSeconds": values[8]}
    meta = {"deletionTimestamp": values[9], "deletionGracePeriodSeconds": values[8]}
    shapes = [
        {"status": status, "spec": spec, "metadata": meta},
        {"status": {"phase": "Failed"} | status, "spec": values[0], "metadata": values[1]},
        {"status": status | {"phase": "Failed"}, "spec": spec},
        {"status": values[0]},
    ]
    seen = None
    for now, one in enumerate(shapes):
        seen = observe(one, seen, float(now), gone=gone)
        assert isinstance(look(one, seen, now + 1e4), Sighting)
        assert isinstance(stuck(one, seen, now + 1e4), str)
        assert isinstance(waits_for(one), str)
        assert isinstance(is_unschedulable(one), bool)


PODS = st.sampled_from([CREATING, RUNS, unscheduled("1 Insufficient cpu."), *(row[0] for row in ENDS)])
LOOKS = st.lists(st.tuples(PODS, st.booleans(), st.floats(0.0, 100.0)), min_size=1, max_size=8)


@given(LOOKS)
def test_an_end_stays_as_it_was_first_seen(looks):
    """Once ended always ended, of the same cause; and not while its container runs and may yet be killed."""
    seen: Seen | None = None
    now, first_end, over = 0.0, None, None
    for one, gone, pause in looks:
        now += pause
        seen = observe(one, seen, now, gone=gone)
        found = look(one, seen, now)
        first_end = now if first_end is None and seen.end else first_end
        over = over or (found if found.phase is Phase.ENDED else None)
        if over:
            assert (found.phase, found.cause, found.message) == (Phase.ENDED, over.cause, over.message)
        if seen.end and over is found and any(map(is_running, one["status"]["containerStatuses"] or ())):
            assert now >= first_end + KILL_TIME


def is_running(container: Json) -> bool:
    return container["name"] == "main" and in_state(container, "running")
