"""A command in the pod of an attempt that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sweeper.clusters.console import Console
from sweeper.clusters.kubernetes import attempt_pods
from sweeper.clusters.kubernetes.attempt_pods import CONTAINER, Pods
from sweeper.clusters.kubernetes.server import pod_exec, terminal
from sweeper.core.errors import BackendError, UsageError
from sweeper.core.model import Attempt


def run(
    pods: Pods,
    attempt: Attempt,
    uid: str,
    variables: Callable[[], Mapping[str, str]],
    command: Sequence[str],
    console: Console,
) -> int:
    """Run the command, or a shell, in the attempt's folder; its exit code."""
    name = pods.name(attempt)
    pod = pods.find(attempt, uid)
    if pod is None:
        raise BackendError(f"the pod of trial {attempt.trial}, {name}, is not there any more")
    if not attempt_pods.runs(pod):
        standing = attempt_pods.standing(pod)
        raise UsageError(f"the pod of trial {attempt.trial}, {name}, does not run: it is {standing}")
    found = variables()
    arguments = pod_exec.entering(found["CVSWEEP_OUT"], found, command or pod_exec.SHELL)
    return terminal.run(pods.api, name, CONTAINER, arguments, console)
