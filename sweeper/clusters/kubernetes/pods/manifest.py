"""Makes the manifest of an attempt's pod, as a dict; it does not contain the trial's parameters. Pure."""

from __future__ import annotations

import math
import shlex
from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sweeper.clusters.kubernetes import queue_kinds
from sweeper.clusters.kubernetes.pods.elsewhere import HOSTNAME
from sweeper.clusters.kubernetes.pods.identity import (
    SPEC_HASH,
    SweepLabel,
    attempt_labels,
    attempt_suffix,
    hash_of,
    labels,
    pod_name,
    remarks,
)
from sweeper.clusters.kubernetes.pods.placeholders import Fill
from sweeper.clusters.kubernetes.pods.shared_claims import with_one_volume_each
from sweeper.clusters.kubernetes.pods.template import TRIAL, customise
from sweeper.clusters.kubernetes.quotas.quota import quantity
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt
from sweeper.core.values import render_value

# `su` in the lab's image kills its child two seconds after a TERM, too soon for a program to save its work.
# So before the kubelet signals process 1, the hook sends TERM to the attempt's own process and waits for its
# end. Root may signal any user's process, and a user its own. Without the PID file, or if the process has
# ended already, the hook does not wait.
_PRE_STOP = (
    '{ read -r pid < /tmp/cvsweep.pid; } 2> /dev/null && kill -TERM "$pid" 2> /dev/null'
    ' && while kill -0 "$pid" 2> /dev/null; do sleep 1; done; exit 0'
)

# Kubernetes accepts these only for a container; all other keys of a security context are set for the pod.
_CONTAINERS_OWN = frozenset({
    "allowPrivilegeEscalation", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem",
})  # fmt: skip
_MEBI = 2**20


def pod(
    settings: KubernetesSettings,
    sweep: SweepLabel,
    attempt: Attempt,
    shim: str,
    trial_dir: str,
    *,
    ooms: int = 0,
    memory_factor: float = 1.0,
    avoid: Collection[str] = (),
) -> Json:
    """Return the pod that runs `sh <shim> <trial_dir> <number>`.

    `ooms`, `memory_factor` and `avoid` do not affect the spec hash, by which a later controller recognizes
    the pod: it may have other values for them.

    Args:
        settings: the settings of the cluster.
        sweep: the sweep of the attempt.
        attempt: the attempt; its number is `<number>`.
        shim: the path of the shim in the pod.
        trial_dir: the path of the trial's folder in the pod.
        ooms: how often the trial has run out of memory; each time multiplies its memory by `memory_factor`.
        memory_factor: see `ooms`.
        avoid: the nodes that the pod must not run on.
    """
    made = _attempt_pod(settings, sweep, attempt, shim, trial_dir)
    own_hash = hash_of(made)
    memory = _more(settings.memory, Fraction(memory_factor) ** ooms)
    if memory != settings.memory:
        made = _attempt_pod(replace(settings, memory=memory), sweep, attempt, shim, trial_dir)
    made["metadata"]["annotations"][SPEC_HASH] = own_hash
    if avoid:
        _avoid(made["spec"], sorted(avoid))
    return made


def probe_pod(
    settings: KubernetesSettings, sweep: SweepLabel, script: str, *, avoid: Collection[str] = ()
) -> Json:
    """Return a pod like an attempt's, but without GPUs, that runs a shell script to check what pods see."""
    command_line = f"exec sh -c {shlex.quote(script)}"
    made = _made(replace(settings, gpus=0, resource_claims={}), sweep, "probe", {}, command_line)
    # Containers beside the trial's may never end by themselves, and the probe does not need them.
    made["spec"]["containers"] = [one for one in made["spec"]["containers"] if one.get("name") == TRIAL]
    for container in made["spec"]["containers"]:
        for kind in ("requests", "limits"):
            ((container.get("resources") or {}).get(kind) or {}).pop(settings.gpu_resource, None)
    made["metadata"]["annotations"][SPEC_HASH] = hash_of(made)
    if avoid:
        _avoid(made["spec"], sorted(avoid))
    return made


def _attempt_pod(
    settings: KubernetesSettings, sweep: SweepLabel, attempt: Attempt, shim: str, trial_dir: str
) -> Json:
    # `exec`, so that signals reach the shim and not a shell before it. The words are quoted once: only one
    # shell parses them, however many pass them on.
    command_line = f"exec sh {shlex.quote(shim)} {shlex.quote(trial_dir)} {attempt.number}"
    return _made(settings, sweep, attempt_suffix(attempt), attempt_labels(attempt), command_line)


def _made(
    settings: KubernetesSettings, sweep: SweepLabel, suffix: str, own: Mapping[str, str], command_line: str
) -> Json:
    fill = Fill(settings)
    made: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _filled(
            name=pod_name(settings.user or "", sweep.id, suffix),
            namespace=settings.namespace,
            labels=fill.all(settings.labels) | queue_kinds.pod_labels(settings) | labels(sweep) | dict(own),
            annotations=fill.all(settings.annotations)
            | queue_kinds.pod_annotations(settings)
            | remarks(sweep),
        ),
        "spec": _spec(settings, fill, command_line),
    }
    if settings.pod_template:
        made = customise(made, fill.template(settings.pod_template))
    return made | {"spec": with_one_volume_each(made["spec"])}


def _spec(settings: KubernetesSettings, fill: Fill, command_line: str) -> Json:
    return _filled(
        restartPolicy="Never",
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        # With zero, the API server would remove the pod while its processes still run.
        terminationGracePeriodSeconds=max(1, math.ceil(settings.grace)),
        activeDeadlineSeconds=settings.time_limit,
        serviceAccountName=settings.service_account,
        schedulerName=queue_kinds.scheduler(settings),
        priorityClassName=settings.priority_class,
        nodeSelector={key: render_value(value) for key, value in settings.node_selector.items()},
        tolerations=[dict(one) for one in settings.tolerations],
        imagePullSecrets=[{"name": name} for name in settings.image_pull_secrets],
        securityContext=_security(settings, of_container=False),
        resourceClaims=[_claim(name, of) for name, of in settings.resource_claims.items()],
        containers=[_container(settings, fill, command_line)],
        volumes=_volumes(settings, fill),
    )


def _container(settings: KubernetesSettings, fill: Fill, command_line: str) -> Json:
    return _filled(
        name=TRIAL,
        image=fill(settings.image),
        imagePullPolicy=settings.image_pull_policy,
        command=[fill.expanded(word, command=command_line) for word in settings.command],
        env=_env(settings, fill),
        envFrom=[dict(one) for one in settings.env_from],
        resources=_filled(
            requests=_requests(settings),
            limits=_limits(settings),
            claims=[{"name": name} for name in settings.resource_claims],
        ),
        volumeMounts=_mounts(settings),
        securityContext=_security(settings, of_container=True),
        lifecycle={"preStop": {"exec": {"command": ["sh", "-c", _PRE_STOP]}}},
        terminationMessagePolicy="FallbackToLogsOnError",
    )


def _env(settings: KubernetesSettings, fill: Fill) -> list[Json]:
    own = {"CVSWEEP_UID": "metadata.uid", "CVSWEEP_HOST": "spec.nodeName"}
    return [
        *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in own.items()),
        # Without this variable, the shim writes only to the log file and not to its standard output.
        {"name": "CVSWEEP_TEE", "value": "1"},
        *([{"name": "CVSWEEP_UMASK", "value": settings.umask}] if settings.umask else []),
        *({"name": name, "value": fill.expanded(render_value(v))} for name, v in settings.env.items()),
        *(_secret(name, *place.split("/", 1)) for name, place in settings.secrets.items()),
    ]


def _secret(variable: str, secret: str, key: str) -> Json:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def _claim(name: str, of: str) -> Json:
    kind, _, claim = of.rpartition("/")
    return {"name": name, "resourceClaimName" if kind else "resourceClaimTemplateName": claim}


def _requests(settings: KubernetesSettings) -> Json:
    return _filled(cpu=settings.cpu, memory=settings.memory) | settings.requests


def _limits(settings: KubernetesSettings) -> Json:
    gpus = {settings.gpu_resource: str(settings.gpus)} if settings.gpus else {}
    return gpus | _filled(memory=settings.memory) | settings.limits


def _volumes(settings: KubernetesSettings, fill: Fill) -> list[Json]:
    claims = [
        {"name": name, "persistentVolumeClaim": {"claimName": fill(volume.claim)}}
        for name, volume in settings.volumes.items()
    ]
    if settings.shm is None:
        return claims
    return [*claims, {"name": "dev-shm", "emptyDir": {"medium": "Memory", "sizeLimit": settings.shm}}]


def _mounts(settings: KubernetesSettings) -> list[Json]:
    claims = [
        {"name": name, "mountPath": volume.path} | ({"readOnly": True} if volume.read_only else {})
        for name, volume in settings.volumes.items()
    ]
    return claims if settings.shm is None else [*claims, {"name": "dev-shm", "mountPath": "/dev/shm"}]


def _security(settings: KubernetesSettings, *, of_container: bool) -> Json:
    ours: Json = {}
    if settings.run_as:
        # Not if the image starts as root and switches to the user: `su` needs privilege escalation.
        ours = (
            {"allowPrivilegeEscalation": False}
            if of_container
            else {"runAsUser": settings.uid, "runAsGroup": settings.gid}
        )
    theirs = settings.security_context.items()
    return ours | {key: value for key, value in theirs if (key in _CONTAINERS_OWN) is of_container}


def _avoid(spec: Json, nodes: list[str]) -> None:
    """Exclude these nodes. The terms of a node affinity are alternatives, so each one gets the condition."""
    unwanted = {"key": HOSTNAME, "operator": "NotIn", "values": nodes}
    node = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    required = node.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {})
    terms = required.get("nodeSelectorTerms") or [{}]
    required["nodeSelectorTerms"] = [
        term | {"matchExpressions": [*(term.get("matchExpressions") or []), unwanted]} for term in terms
    ]


def _more(memory: str | None, factor: Fraction) -> str | None:
    if memory is None or factor == 1:
        return memory
    return f"{math.ceil(quantity(memory) * factor / _MEBI)}Mi"


def _filled(**fields: Any) -> Json:
    """Return the fields without those that are None or empty; False and 0 are kept."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}
