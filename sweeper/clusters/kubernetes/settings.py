"""`cluster` for pods in a namespace that others share; times are in seconds.

Like all settings these are the schemas that Hydra checks a user's values against. docs/settings.md says
what each key means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KUBERNETES = "kubernetes"


@dataclass(frozen=True)
class VolumeSettings:
    """A claim, mounted at `path` in every pod; `here` is where this machine has it (null: the same path)."""

    claim: str = ""
    path: str = ""
    here: str | None = None
    read_only: bool = False


@dataclass(frozen=True)
class KubernetesSettings:
    """Pods in a namespace that others share.

    In `command`, `env`, `labels`, `annotations`, `image` and volume claims, `{user}`, `{uid}`,
    `{gid}` and `{priority}` stand for the values of those keys (`{priority}` as the lab writes it in
    a label: `0-5` for -5), and in `command` `{command}` stands for the shell text that runs the attempt.
    `user`, `uid` and `gid` are by default those of whoever makes the sweep. `secrets` maps a variable's
    name to `secret/key`. Memory is a limit and a request, cpu a request; `requests` and `limits` hold
    anything else, and win. `run_as`: the pod runs as `uid` and `gid` (no: the image's own command
    becomes the user). `resource_claims` maps a name to a ResourceClaimTemplate of the namespace, or to
    `claim/NAME` for a ResourceClaim that is there already. `pod_template` holds the placeholders, too; in a
    configuration it may be the path of a pod file. Of `security_context` each key goes where Kubernetes has
    it, pod or container.
    """

    backend: str = KUBERNETES

    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None

    user: str | None = None
    uid: int | None = None
    gid: int | None = None
    priority: int = 0

    image: str = ""
    image_pull_policy: str | None = None
    image_pull_secrets: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=lambda: ["sh", "-c", "{command}"])
    run_as: bool = True
    umask: str | None = None

    gpus: int = 1
    gpu_resource: str = "nvidia.com/gpu"
    cpu: str | None = None
    memory: str | None = None
    requests: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    resource_claims: dict[str, str] = field(default_factory=dict)
    shm: str | None = None
    volumes: dict[str, VolumeSettings] = field(default_factory=dict)

    env: dict[str, str] = field(default_factory=dict)
    env_from: list[dict[str, Any]] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)

    node_selector: dict[str, str] = field(default_factory=dict)
    tolerations: list[dict[str, Any]] = field(default_factory=list)
    priority_class: str | None = None
    scheduler: str | None = None
    queue: str | None = None
    queue_kind: str | None = None
    service_account: str | None = None
    security_context: dict[str, Any] = field(default_factory=dict)
    time_limit: int | None = None
    pod_template: dict[str, Any] = field(default_factory=dict)

    max_parallel: int | None = None
    max_gpus: int | None = None
    reserve: int = 1
    keep_pods: str = "never"

    grace: float = 30.0
    result_grace: float = 75.0
    unschedulable_after: float = 600.0
    image_after: float = 300.0
    config_after: float = 60.0
    mount_after: float = 300.0
    avoid_after: int = 3

    probe: bool = True
    lease: bool = True


OPEN_MAPS = (
    "requests", "limits", "resource_claims", "volumes", "env", "secrets", "labels", "annotations",
    "node_selector", "security_context", "pod_template",
)  # fmt: skip
"""Maps that an override may add entries to, without a `+`."""


@dataclass(frozen=True)
class KubernetesSchema(KubernetesSettings):
    """OmegaConf would make the text "True" of `true` in a map of texts, and lets no override add an entry
    to a map of typed ones: these are checked and converted when the settings are read. A template may also be
    the path of a file.
    """

    volumes: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, Any] = field(default_factory=dict)
    node_selector: dict[str, Any] = field(default_factory=dict)
    resource_claims: dict[str, Any] = field(default_factory=dict)
    pod_template: Any = field(default_factory=dict)
