"""Turns a raw pod into the sighting that the engine uses. Pure: no clock, no calls.

The status of a pod can flip, lag behind or report an end too early. So each observation is merged into the
earlier ones of the same UID: the first observed end is kept, and counts once no container can run any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sweeper.clusters.kubernetes import raw
from sweeper.clusters.kubernetes.pods import durations, main_container, queue_signs, waiting
from sweeper.clusters.kubernetes.pods.waiting import Timeouts, Waiting
from sweeper.clusters.kubernetes.raw import TERMINAL, Raw, in_state, number, part, parts, text
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from sweeper.core.patterns import lazy

SLACK = 10.0  # what a kubelet may take beyond a pod's grace period until the last container is dead
STUCK_AFTER = 120.0  # a deletion that lasts so much longer than its grace period is reported


class Why(NamedTuple):
    """Why an attempt ended, as far as its pod shows it.

    Attributes:
        cause: the cause; None if the attempt's exit record decides.
        message: a line that explains the end.
        exited: the container ended by itself, with exit code 0.
        interrupted: something outside of the program (a deletion, an eviction) began to end it first.
        killed: the container got a KILL; a program that left its exit record cannot have sent it itself.
    """

    cause: Cause | None
    message: str
    exited: bool = False
    interrupted: bool = False
    killed: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The first observed end of a pod. Times are on the boot clock.

    Attributes:
        at: when the end was first observed.
        why: the reason, as the pod showed it then.
        grace: the pod's own grace period, in seconds.
        stopped: when an observation proved that no container runs any more; None: not proved yet.
    """

    at: float
    why: Why
    grace: float
    stopped: float | None = None

    def over_at(self, timeouts: Timeouts) -> float:
        """Return when no container runs any more: when that is proved, or after grace period and SLACK."""
        surely = self.at + max(self.grace, timeouts.grace) + SLACK
        return surely if self.stopped is None else min(self.stopped, surely)


@dataclass(frozen=True, slots=True)
class Seen:
    """The state that is kept for one pod UID between observations. Times are on the boot clock.

    Attributes:
        phase: the pod's phase, for the engine.
        since: when the pod entered `phase`.
        ran: a container that has begun was observed.
        graceful: a deletion with a grace period was observed.
        deleting: when a deletion was first observed.
        waiting: what the pod waits for, while it is pending.
        end: the first observed end.
        missed: the pod disappeared while no controller observed it.
        released: its quota is free again: its phase was terminal, or the object is gone.
        born: when the pod was created; None: not known.
        began: the main container was observed running.
        preempted: a queue's reason and message for ending the pod. They are kept here because a kubelet may
            overwrite them when the containers end.
    """

    phase: Phase
    since: float
    ran: bool = False
    graceful: bool = False
    deleting: float | None = None
    waiting: Waiting | None = None
    end: End | None = None
    missed: bool = False
    released: bool = False
    born: float | None = None
    began: bool = False
    preempted: tuple[str, str] | None = None


def observe(
    pod: Raw,
    seen: Seen | None,
    now: float,
    *,
    gone: bool = False,
    missed: bool = False,
    age: float = 0.0,
    lived: float | None = 0.0,
) -> Seen:
    """Merge one more observation of a pod into the earlier ones.

    Args:
        pod: the pod; if `gone`, its last known version.
        seen: the state after the last observation; None at the first one.
        now: the time of this observation, on the boot clock.
        gone: the object does not exist any more.
        missed: the pod disappeared while no controller observed it, so it may have run since.
        age: seconds that the pod has been in its phase already; used at the first observation only.
        lived: seconds since the pod was created, None if unknown; used at the first observation only.
    """
    before = seen or Seen(Phase.PENDING, now - age, born=None if lived is None else now - lived)
    released = gone or raw.phase(pod) in TERMINAL
    shows_end = released or main_container.has_ended(pod)
    looked = _look(pod, before, now, since=now if seen else now - age, ends=shows_end or bool(before.end))
    if not shows_end:
        return looked
    looked = replace(looked, missed=looked.missed or missed, released=looked.released or released)
    grace = number(part(pod, "spec"), "terminationGracePeriodSeconds")
    at = now if seen else now - durations.ended_ago(pod, age)
    end = before.end or End(at, _why(pod, looked, gone=gone), grace)
    if end.stopped is None and _is_stopped(pod, looked):
        end = replace(end, stopped=at)
    return replace(looked, end=end)


def sighting(
    attempt: Attempt, pod: Raw, seen: Seen, now: float, timeouts: Timeouts, event_message: str = ""
) -> Sighting:
    """Return the sighting for the engine; `event_message` is the last event's (see waiting.needs_events)."""
    uid, node = text(part(pod, "metadata"), "uid"), raw.node(pod)
    if seen.end and now >= seen.end.over_at(timeouts):
        since, why = seen.end.over_at(timeouts), seen.end.why
        ran = seen.ran or seen.missed or bool(node)
        return Sighting(
            attempt,
            Phase.ENDED,
            uid,
            since,
            node,
            why.cause,
            why.message,
            ran,
            why.exited,
            interrupted=why.interrupted or why.killed,
            seconds=_ran_for(pod, seen),
            held=_held_for(pod, seen),
        )
    stays = seen.waiting and waiting.too_long(seen.waiting, pod, now, timeouts, event_message)
    cause, message = stays or (None, "")
    return Sighting(attempt, seen.phase, uid, seen.since, node, cause, message)


def stuck(pod: Raw, seen: Seen, now: float) -> str:
    """Return a line that reports a deletion that takes too long; empty if there is none."""
    if seen.deleting is None or seen.end:
        return ""
    lasted = now - seen.deleting
    if lasted <= number(part(pod, "metadata"), "deletionGracePeriodSeconds") + STUCK_AFTER:
        return ""
    return f"deletion has been pending for {lasted / 60:.0f} min on node {raw.node(pod)}"


_OWN_LIMIT = lazy(
    r"exceeds the total limit of containers|Usage of EmptyDir volume"
    r"|exceeded its local ephemeral storage limit|ephemeral local storage usage exceeds"
)
_REFUSED = lazy(
    r"^(OutOf|Unexpected(Admission|Predicate)|Node(Affinity|Name|Ports|Unschedulable)|HostName"
    r"|MatchNodeSelector|TaintToleration|TopologyAffinity|InvalidNodeInfo)"
)
_REFUSED_WORDS = lazy(r"^Pod was rejected|^Pod Predicate|have enough resource|The node had condition")
_REASONS: Mapping[str, Cause] = {
    **dict.fromkeys(("Preempting", "Shutdown", "NodeShutdown", "Terminated"), Cause.PREEMPTED),
    "Evicted": Cause.EVICTED,
    "DeadlineExceeded": Cause.DEADLINE,
    "NodeLost": Cause.NODE_LOST,
}
_DISRUPTIONS: Mapping[str, Cause] = {
    "DeletionByTaintManager": Cause.NODE_LOST,
    "DeletionByPodGC": Cause.NODE_LOST,
    "EvictionByEvictionAPI": Cause.EVICTED,
}
_NO_PROGRAM = lazy(r'container process( caused)?:? "?exec: ')
_CLAIMED = 75
_KILLED = 137
_TELLS_NOTHING = (0, _KILLED, 143)  # a normal end, or a kill


def _look(pod: Raw, before: Seen, now: float, since: float, *, ends: bool) -> Seen:
    """Add this observation to `before`. Nothing is undone: a late observation may show an older state."""
    meta = part(pod, "metadata")
    runs = ends or before.phase is Phase.RUNNING or raw.phase(pod) not in ("", "Pending")
    # A pod is Pending for as long as one of its containers is, also beside a trial that runs.
    runs = runs or raw.has_begun(main_container.status_of(pod))
    deleting = now if before.deleting is None and meta.get("deletionTimestamp") else before.deleting
    return Seen(
        Phase.RUNNING if runs else Phase.PENDING,
        since if runs and before.phase is Phase.PENDING else before.since,
        before.ran or any(map(raw.has_begun, raw.containers(pod))),
        before.graceful or number(meta, "deletionGracePeriodSeconds") > 0,
        deleting,
        None if runs else waiting.follow(before.waiting, pod, since),
        before.end,
        before.missed,
        before.released,
        before.born,
        before.began or in_state(main_container.status_of(pod), "running"),
        before.preempted or queue_signs.preemption(pod),
    )


def _ran_for(pod: Raw, seen: Seen) -> float | None:
    """Return the seconds that the pod's program ran; None if that is not known."""
    measured = durations.ran_for(pod)
    if measured is not None or seen.end is None or seen.missed:
        return measured
    if seen.began:
        return max(0.0, seen.end.at - seen.since)
    is_waiting = in_state(main_container.status_of(pod), "waiting")
    return 0.0 if is_waiting or not raw.node(pod) else None


def _held_for(pod: Raw, seen: Seen) -> float | None:
    measured = durations.held_for(pod)
    if measured is not None or seen.end is None or seen.missed or seen.born is None:
        return measured
    return max(0.0, seen.end.at - seen.born)


def _is_stopped(pod: Raw, seen: Seen) -> bool:
    """Whether the pod, ended or gone, proves that no process of the attempt runs or can still start.

    Statuses lag behind the kubelet by many seconds, and a kubelet that publishes an end before the
    containers are dead (an eviction, a deadline) may drop them or leave them at "running" for ever.
    """
    if main_container.has_ended(pod):
        return True
    containers = raw.containers(pod)
    if any(in_state(one, "running") for one in containers):
        return False
    if raw.phase(pod) in TERMINAL:
        return bool(containers) or (_is_refused(pod) and not seen.ran)
    # Otherwise the object is gone. If no observation was missed and it never had a node, nothing ever began.
    # After a deletion with a grace period, the kubelet releases the object when its containers are dead.
    ended = bool(containers) and all(in_state(one, "terminated") for one in containers)
    return ended or seen.graceful or not (raw.node(pod) or seen.ran or seen.missed)


def _why(pod: Raw, seen: Seen, *, gone: bool) -> Why:
    why = _by_reason(pod) or _by_disruption(pod)
    if why:
        return why._replace(interrupted=why.cause is not Cause.REJECTED)
    if seen.preempted:
        return Why(Cause.PREEMPTED, _join(*seen.preempted), interrupted=True)
    ended = _ended(pod)
    # A deletion takes precedence over the runtime's reason: a runtime reports OOMKilled for any earlier
    # OOM kill in the container, whatever ended the container later.
    if seen.deleting is not None or (gone and not ended):
        return Why(None, "its pod was deleted", interrupted=True)
    if not ended:
        return Why(None, raw.line(part(pod, "status"), "message"))
    return _by_container(pod, ended) or _by_exit(ended)


def _by_reason(pod: Raw) -> Why | None:
    status = part(pod, "status")
    reason, message = text(status, "reason"), raw.line(status, "message")
    detail = _join(reason, message)
    if _is_refused(pod):
        return Why(Cause.REJECTED, f"node {raw.node(pod)} refused it: {detail}")
    if reason == "Evicted" and _OWN_LIMIT.search(message):
        return Why(Cause.ERROR, detail)
    return Why(_REASONS[reason], detail) if reason in _REASONS else None


def _by_container(pod: Raw, ended: Raw) -> Why | None:
    """Return the end as the runtime reports it, if the container was ended or never began; else None."""
    reason = text(ended, "reason")
    message = raw.line(ended, "message") or reason
    match reason:
        # A worker process may be killed while its program continues and ends with exit code 0.
        case "OOMKilled" if ended.get("exitCode") != 0:
            return Why(Cause.OOM, "out of memory: killed at its container's limit")
        case "ContainerStatusUnknown":
            return Why(Cause.CONTAINER_LOST, message)
        # A missing program is missing on every node; any other failure to start is blamed on the node.
        case "StartError" | "ContainerCannotRun":
            cause = Cause.BAD_SPEC if _NO_PROGRAM.search(message) else Cause.REJECTED
            return Why(cause, f"node {raw.node(pod)}: {message}")
    return None


def _by_disruption(pod: Raw) -> Why | None:
    disruption = raw.condition(pod, "DisruptionTarget")
    reason = text(disruption, "reason")
    if text(disruption, "status") == "True":
        return Why(_DISRUPTIONS.get(reason, Cause.PREEMPTED), _join(reason, raw.line(disruption, "message")))
    return Why(Cause.NODE_LOST, f"node {raw.node(pod)} was lost") if _is_node_lost(pod) else None


def _by_exit(ended: Raw) -> Why:
    code, lines = ended.get("exitCode"), text(ended, "message").splitlines()
    if code == _CLAIMED:
        return Why(None, f"exit code {_CLAIMED}: the attempt's folder belongs to another pod")
    is_known = isinstance(code, int) and code not in _TELLS_NOTHING
    # The message holds the end of the log; the last line of a traceback is the most useful one.
    message = _join(f"exit code {code}", "".join(lines[-1:])[:500])
    return Why(Cause.ERROR if is_known else None, message, exited=code == 0, killed=code == _KILLED)


def _join(reason: str, message: str) -> str:
    return f"{reason}: {message}" if message else reason


def _is_refused(pod: Raw) -> bool:
    """Whether the node refused the pod."""
    status = part(pod, "status")
    refused = _REFUSED.search(text(status, "reason")) or _REFUSED_WORDS.search(text(status, "message"))
    return raw.phase(pod) == "Failed" and refused is not None


def _is_node_lost(pod: Raw) -> bool:
    """Whether the node was lost: then only Ready is False, and the silent kubelet updates nothing else."""
    claims_to_run = any(in_state(one, "running") for one in raw.containers(pod))
    ready, inner = (text(raw.condition(pod, kind), "status") for kind in ("Ready", "ContainersReady"))
    return raw.phase(pod) == "Running" and claims_to_run and ready == "False" and inner == "True"


def _ended(pod: Raw) -> Raw:
    """Return how the main container ended, or else how an init container failed; empty if neither ended."""
    prepared = parts(part(pod, "status"), "initContainerStatuses")
    # An init container that succeeded does not end the attempt.
    failed = (end for end in map(main_container.terminated, prepared) if end.get("exitCode"))
    return main_container.terminated(main_container.status_of(pod)) or next(failed, {})
