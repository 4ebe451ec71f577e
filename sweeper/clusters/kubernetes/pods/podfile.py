"""Makes a template for the pods of a sweep from a member's existing pod file. Pure.

The container `trial`, or else the first one, becomes the container that runs the trial. Fields that cvsweep
sets itself (names, the command, probes, the restart policy) are left out, most of them with a message. All
other fields are kept, except those that a server has added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sweeper.clusters.kubernetes.pods import objects
from sweeper.clusters.kubernetes.pods.template import OWN_FIELDS, OWN_LABELS, OWN_PREFIX, OWN_VARIABLES, TRIAL
from sweeper.clusters.kubernetes.pods.unfilled import filled, is_unfilled_number
from sweeper.clusters.kubernetes.raw import Json, part, parts, text
from sweeper.core.errors import UsageError

RENDER = "make the pod of it first, as in helm template CHART > pod.yaml"
"""Advice for a file that another program must render first."""

_OBJECT = " object"
_METADATA = ("labels", "annotations")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")
_OF_JOBS = ("job-name", "controller-uid", "pod-template-hash", "controller-revision-hash")
_GIVEN_BY_SERVER = ("kube-api-access-", "default-token-")


class PodFile(NamedTuple):
    """A template, messages about it, and whether its pods run as a user other than root."""

    template: Json
    remarks: tuple[str, ...]
    as_user: bool


def is_pod(template: Mapping[str, Any]) -> bool:
    """Whether a template is a whole pod, or an object that contains one."""
    return "kind" in template or "apiVersion" in template or bool(text(part(template, "metadata"), "name"))


def read(documents: Iterable[Any], what: str) -> PodFile:
    """Return the template from the objects of a file.

    Args:
        documents: the objects.
        what: the name of the file in messages.

    Raises:
        UsageError: the file does not contain exactly one pod, or the pod has no valid container.
    """
    pod, dropped = _only(documents, what)
    spec = _checked(pod.get("spec"), what)
    metadata = _metadata(part(pod, "metadata"), dropped)
    as_us = _drop_numbers(spec)
    template, places = filled({"metadata": metadata, "spec": _spec(spec, exported="status" in pod)})
    trial = _take_trial(template["spec"], dropped)
    return PodFile(
        template,
        tuple(_remarks(what, trial, template["spec"], dropped, places)),
        as_us or _runs_as_user(template["spec"]),
    )


def _only(documents: Iterable[Any], what: str) -> tuple[Json, list[str]]:
    """Return the only pod of a file, and the names of what is ignored in the objects around it."""
    ignored: list[str] = []
    found = list(objects.pods(documents, what, ignored))
    if len(found) != 1:
        held = f"{len(found)} pods: keep the one that trials are to be made from" if found else "no pod"
        others = [one.removesuffix(_OBJECT) for one in ignored if one.endswith(_OBJECT)]
        raise UsageError(f"{what}: it holds {held}{f' ({_listed(others)} only)' if others else ''}")
    return found[0], ignored


def _checked(spec: Any, what: str) -> Json:
    """Return the specification of a pod; UsageError if its containers are missing or invalid."""
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(containers, list) or not parts(spec, "containers"):
        raise UsageError(f"{what}: its pod has no container")
    if not all(isinstance(one, dict) for one in containers):
        raise UsageError(f"{what}: each container must hold keys and values")
    if any("{{" in text(one, "image") for one in containers):
        raise UsageError(f"{what}: it is a template: {RENDER}")
    return spec


def _metadata(metadata: Mapping[str, Any], dropped: list[str]) -> Json:
    """Return the labels and annotations without those of cvsweep, kubectl and controllers such as Job."""
    if text(metadata, "name") or text(metadata, "generateName"):
        dropped.append("name")
    if text(metadata, "namespace"):
        dropped.append("namespace (set cluster.namespace)")
    found: Json = {}
    for holder in _METADATA:
        given = part(metadata, holder)
        kept = {key: value for key, value in given.items() if not _is_ours(key)}
        dropped.extend(f"{holder[:-1]} {key}" for key in given if key not in kept and key not in _OF_JOBS)
        if kept:
            found[holder] = kept
    return found


def _is_ours(key: str) -> bool:
    return (
        key in OWN_LABELS
        or key in _OF_JOBS
        or key.startswith((OWN_PREFIX, "batch.kubernetes.io/", "kubectl.kubernetes.io/"))
    )


def _spec(spec: Json, *, exported: bool) -> Json:
    """Return a specification without its restart policy and, if `exported`, the server's additions."""
    found = {key: value for key, value in spec.items() if key not in ("restartPolicy", "status")}
    if exported:
        found.pop("nodeName", None)
        for holder in (found, *parts(found, "containers"), *parts(found, "initContainers")):
            _drop_tokens(holder)
    return found


def _drop_tokens(holder: Any) -> None:
    for field in ("volumes", "volumeMounts"):
        if isinstance(holder.get(field), list):
            holder[field] = [
                one
                for one in holder[field]
                if not (isinstance(one, dict) and str(one.get("name")).startswith(_GIVEN_BY_SERVER))
            ]


def _drop_numbers(spec: Json) -> bool:
    """Remove the example of a user's number, so that pods run as the member; return whether there was one."""
    found = False
    for holder in (spec, *(one for one in spec["containers"])):
        security = holder.get("securityContext")
        if isinstance(security, dict) and is_unfilled_number(security.get("runAsUser")):
            del security["runAsUser"]
            found = True
    return found


def _runs_as_user(spec: Mapping[str, Any]) -> bool:
    trial = parts(spec, "containers")[0]
    security = dict(part(spec, "securityContext")) | dict(part(trial, "securityContext"))
    user = security.get("runAsUser")
    return security.get("runAsNonRoot") is True or (isinstance(user, int) and user > 0)


def _take_trial(spec: Json, dropped: list[str]) -> str:
    """Make a container the trial's, and the first in the list; return its former name, which may be empty."""
    containers = spec["containers"]
    trial = next((one for one in containers if one.get("name") == TRIAL), containers[0])
    former = str(trial.get("name") or "")
    ignored = (*OWN_FIELDS, *_PROBES)
    dropped.extend(f"{key} of {former or 'its container'}" for key in ignored if key in trial)
    kept = {key: value for key, value in trial.items() if key not in ignored}
    if isinstance(kept.get("env"), list):
        kept["env"] = [one for one in kept["env"] if not _is_own_variable(one)]
    spec["containers"] = [kept | {"name": TRIAL}, *(one for one in containers if one is not trial)]
    return former


def _is_own_variable(one: Any) -> bool:
    return isinstance(one, dict) and str(one.get("name")).startswith(OWN_VARIABLES)


def _remarks(
    what: str, trial: str, spec: Mapping[str, Any], dropped: list[str], places: list[str]
) -> Iterator[str]:
    ignored = f"; ignored: {', '.join(dropped)}" if dropped else ""
    container = f"container {trial}" if trial else "first container"
    yield f"{what}: its {container} runs the trials, with cluster.command{ignored}"
    if beside := [str(one.get("name")) for one in spec["containers"][1:]]:
        yield f"{what}: {_listed(beside)} {'runs' if len(beside) == 1 else 'run'} beside each trial"
    if places:
        yield f"{what}: your name or number is filled in: {', '.join(places)}"


def _listed(names: list[str]) -> str:
    return " and ".join(dict.fromkeys(names))
