"""Checks of the settings for the user: whom pods run as, and which member they count for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sweeper.clusters.kubernetes.pods.unfilled import USER, is_unfilled, names_user
from sweeper.clusters.kubernetes.raw import part
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import UsageError

_BECOMES_USER = re.compile(r"(?:.*/)?(?:setup_and_\w+\.sh|su|gosu|runuser|setpriv)")


def refuse_unfilled(settings: KubernetesSettings) -> None:
    """Raise UsageError if a user's name is still that of an example, such as `username`.

    The pods would count for a member of that name.
    """
    for key, value in _names(settings):
        if is_unfilled(value):
            ours = "" if key == "cluster.user" else f", or write {USER!r} for your login name"
            raise UsageError(
                f"{key}: {value} is to be filled in, and would count for a member of that name: write your"
                f" name, or leave it out{ours}"
            )


def refuse_no_root(settings: KubernetesSettings) -> None:
    """Raise UsageError if the image's command must switch to the user, but does not start as root."""
    command = settings.command[0]
    if settings.run_as:
        if _BECOMES_USER.fullmatch(command):
            raise UsageError(
                f"cluster.run_as=true starts {command} as the user, and it must start as root to become one:"
                " write cluster.run_as=false, or start the trial directly:"
                " cluster.command=[sh,-c,'{command}']"
            )
        return
    for key, security in _contexts(settings):
        user = security.get("runAsUser")
        if security.get("runAsNonRoot") or (isinstance(user, int) and user > 0):
            named = "runAsNonRoot" if security.get("runAsNonRoot") else f"runAsUser={user}"
            raise UsageError(
                f"{key}.{named}: with cluster.run_as=false {command} must start as root to become the user:"
                " leave it out, or start the trial directly: cluster.run_as=true"
                " cluster.command=[sh,-c,'{command}']"
            )


def _names(settings: KubernetesSettings) -> Iterator[tuple[str, object]]:
    yield "cluster.user", settings.user
    for key in ("labels", "annotations"):
        for name, value in getattr(settings, key).items():
            yield f"cluster.{key}.{name}", value
    for name, value in settings.env.items():
        if names_user(name):
            yield f"cluster.env.{name}", value


def _contexts(settings: KubernetesSettings) -> Iterator[tuple[str, dict[str, object]]]:
    yield "cluster.security_context", settings.security_context
    spec = part(settings.pod_template, "spec")
    yield "cluster.pod_template.spec.securityContext", dict(part(spec, "securityContext"))
    for one in spec.get("containers") or []:
        if isinstance(one, dict) and one.get("name") == "trial":
            yield (
                "cluster.pod_template.spec.containers[trial].securityContext",
                dict(part(one, "securityContext")),
            )
