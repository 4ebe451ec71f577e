"""The settings of the section `cluster` for pods in a shared namespace. Times are in seconds.

Each setting has its default, its help for docs/settings.md and its rule here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sweeper.clusters.kubernetes import rules
from sweeper.clusters.kubernetes.queue_kinds import KINDS
from sweeper.clusters.kubernetes.volumes import VOLUMES, VolumeSettings
from sweeper.core.setting import setting
from sweeper.core.setting_rules import UMASK, at_least, filled, one_of, optional

__all__ = ["KUBERNETES", "KubernetesSettings", "VolumeSettings"]

KUBERNETES = "kubernetes"


@dataclass(frozen=True)
class KubernetesSettings:
    """Pods in a shared namespace.

    In `command`, `env`, `labels`, `annotations`, `image`, `pod_template` and volume claims, the placeholders
    `{user}`, `{uid}`, `{gid}` and `{priority}` stand for the values of these settings. In `command`,
    `{command}` stands for the shell command that runs the attempt.
    """

    backend: str = KUBERNETES

    kubeconfig: str | None = setting(
        None, "null: `$KUBECONFIG`, `~/.kube/config`, or the pod that cvsweep runs in"
    )
    context: str | None = setting(None, "null: the current one")
    namespace: str | None = setting(
        None,
        "null: that of the context",
        optional(rules.dns_label("a namespace's name (lower-case letters, digits and '-')")),
    )

    user: str | None = setting(
        None,
        "a name for `{user}`; null: your login",
        optional(filled("a name"), "for whoever makes the sweep"),
    )
    uid: int | None = setting(
        None,
        "whose number pods run under; null: yours",
        optional(at_least(0).worded("a user's number"), "for that of whoever makes the sweep"),
    )
    gid: int | None = setting(
        None,
        "the same, of the group",
        optional(at_least(0).worded("a group's number"), "for that of whoever makes the sweep"),
    )
    priority: int = setting(0, "a number for `{priority}`, in a label as the lab writes it (`0-5` for -5)")

    image: str = setting(
        "",
        "the image that trials run in; it must be given, here or by `cluster.pod_template`",
        rules.not_blank("the image that the trials run in"),
    )
    image_pull_policy: str | None = setting(
        None, "null: as the cluster has it", optional(one_of("Always", "IfNotPresent", "Never"))
    )
    image_pull_secrets: list[str] = setting([], "names of secrets, where the registry asks who you are")
    command: list[str] = setting(
        ["sh", "-c", "{command}"], "what the container starts; `{command}` is the trial", rules.COMMAND
    )
    run_as: bool = setting(
        True,
        "true: pods run as `uid` and `gid`; false: they do not, and the image's own command switches to the"
        " user",
    )
    umask: str | None = setting(None, "as on this machine; null: as the image has it", UMASK)

    gpus: int = setting(1, "how many GPUs a trial holds", at_least(0))
    gpu_resource: str = setting(
        "nvidia.com/gpu",
        "how the cluster calls them",
        rules.label_key("the name of a resource, as in nvidia.com/gpu"),
    )
    cpu: str | None = setting(None, "the cores that are promised to it", optional(rules.QUANTITY))
    memory: str | None = setting(None, "its memory, promised and its limit", optional(rules.MEMORY))
    requests: dict[str, str] = setting(
        {}, "further resources by name; they win over the keys above", rules.RESOURCES
    )
    limits: dict[str, str] = setting({}, "the same, of limits", rules.RESOURCES)
    resource_claims: dict[str, str] = setting(
        {},
        "devices by dynamic resource allocation: a name to a ResourceClaimTemplate (`{gpu: one-gpu}`, with"
        " `gpus: 0`), or to `claim/NAME` for a ResourceClaim that all trials share",
        rules.CLAIMS,
    )
    shm: str | None = setting(None, "the size of `/dev/shm`", optional(rules.MEMORY))
    volumes: dict[str, VolumeSettings] = setting(
        {}, "what is mounted, by a name of yours: see below", VOLUMES
    )

    env: dict[str, str] = setting({}, "variables", rules.ENV)
    env_from: list[dict[str, Any]] = setting(
        [], "all entries of a secret or a config map: `[{secretRef: {name: wandb}}]`"
    )
    secrets: dict[str, str] = setting({}, "a variable's name to `secret/key`", rules.SECRETS)
    labels: dict[str, str] = setting({}, "labels of the pod", rules.LABELS)
    annotations: dict[str, str] = setting({}, "annotations of the pod", rules.ANNOTATIONS)

    node_selector: dict[str, str] = setting({}, "labels that a node must have", rules.NODE_LABELS)
    tolerations: list[dict[str, Any]] = setting([], "as Kubernetes has them")
    priority_class: str | None = setting(None, "the pod's priority class")
    scheduler: str | None = setting(None, "another scheduler's name")
    queue: str | None = setting(
        None, "the queue that the pods wait in, where the cluster has queues", optional(rules.QUEUE)
    )
    queue_kind: str | None = setting(
        None,
        "whose queue it is; null: told by `cluster.scheduler`, else `kueue`",
        optional(one_of(*KINDS)),
    )
    service_account: str | None = setting(None, "the pod's service account")
    security_context: dict[str, Any] = setting({}, "each key goes where Kubernetes has it, pod or container")
    time_limit: int | None = setting(
        None,
        "when the cluster itself ends a pod; see also `task.time_limit`",
        optional(at_least(1, "second")),
    )
    pod_template: dict[str, Any] = setting(
        {},
        "anything else that a pod can say, merged over it; or the path of a pod file, or a whole pod: see"
        " [cluster.md](cluster.md#pod-files)",
        rules.TEMPLATE,
    )

    max_parallel: int | None = setting(
        None, "how many trials at once; null: as many as there is room for", optional(at_least(1))
    )
    max_gpus: int | None = setting(
        None, "how many GPUs the sweep may hold; null: what the quota leaves", optional(at_least(1))
    )
    reserve: int = setting(1, "GPUs of the quota that are left to the others", at_least(0))
    keep_pods: str = setting("never", "which ended pods stay for a look", one_of("never", "failed", "always"))

    grace: float = setting(30.0, "how long a program has to save its work", at_least(0, "seconds"))
    result_grace: float = setting(
        75.0,
        "how long the files of an ended pod may take to show on the volume",
        at_least(0, "seconds"),
    )
    unschedulable_after: float = setting(
        600.0,
        "how long a pod may wait for a node before it gives its share back and tries later",
        at_least(0, "seconds"),
    )
    image_after: float = setting(
        300.0,
        "how long a node may fail to pull the image before another node is tried; if it fails there too, the"
        " sweep pauses",
        at_least(0, "seconds"),
    )
    config_after: float = setting(
        60.0,
        "the same for a container that cannot be created; a missing secret or config map pauses the sweep at"
        " once",
        at_least(0, "seconds"),
    )
    mount_after: float = setting(
        300.0, "the same for a volume that cannot be mounted", at_least(0, "seconds")
    )
    avoid_after: int = setting(3, "a node that has refused so many pods is avoided", at_least(1))

    probe: bool = setting(True, "whether a small pod looks at the volume before the first trial")
    lease: bool = setting(True, "whether a lease on the cluster keeps a second controller out")
