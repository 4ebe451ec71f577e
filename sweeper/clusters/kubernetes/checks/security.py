"""Checks the user that pods run as, and reports the Pod Security level of the namespace. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sweeper.clusters.check import Check, Level
from sweeper.clusters.kubernetes.pods.template import TRIAL
from sweeper.clusters.kubernetes.raw import Raw, part, parts, text
from sweeper.clusters.kubernetes.settings import KubernetesSettings

_ENFORCE = "pod-security.kubernetes.io/enforce"
_NAME = "security"


def level(namespace: Raw | None, name: str) -> Iterator[Check]:
    """Report the Pod Security level that a namespace enforces; `namespace` is None if it cannot be read."""
    if namespace is None:
        message = f"which Pod Security level {name} enforces is not known: you may not read the namespace"
        yield Check(_NAME, Level.OK, message)
    elif found := text(part(part(namespace, "metadata"), "labels"), _ENFORCE):
        yield Check(_NAME, Level.OK, f"{name} enforces the Pod Security level {found}")


def as_root(settings: KubernetesSettings, pod: Raw) -> Iterator[Check]:
    """Yield a warning, or a failure, if trials would run as root; `pod` is an example of their pods."""
    if settings.uid != 0:
        return
    spec = part(pod, "spec")
    trial = next((one for one in parts(spec, "containers") if text(one, "name") == TRIAL), {})
    security = dict(part(spec, "securityContext")) | dict(part(trial, "securityContext"))
    remedy = "start cvsweep as yourself, or set cluster.uid and cluster.gid"
    if security.get("runAsNonRoot") and security.get("runAsUser") == 0:
        message = (
            "cluster.uid is 0 (root), which cluster.security_context.runAsNonRoot forbids: no pod would start"
        )
        yield Check("user", Level.FAILURE, message, f"{remedy}; if root is meant: ~cluster.security_context")
        return
    message = "cluster.uid is 0: trials run, and write their files, as root"
    yield Check("user", Level.WARNING, message, remedy)
