"""The checks of `doctor` and of every run on Kubernetes: they detect what would make the run fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from sweeper.clusters.check import Check, Level
from sweeper.clusters.kubernetes import refusals
from sweeper.clusters.kubernetes.api_errors import NotFound, QuotaExceeded, Unauthorized
from sweeper.clusters.kubernetes.capacity import policy
from sweeper.clusters.kubernetes.checks import security
from sweeper.clusters.kubernetes.dry_run import claim_costs, defaulted, dry_run
from sweeper.clusters.kubernetes.pods import manifest, path_mapping
from sweeper.clusters.kubernetes.pods.dropped import dropped
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.queue_kinds import chosen
from sweeper.clusters.kubernetes.quotas.fits import never_fits
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Quota, applies, format_amount, read_quota
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.retries import retried
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed
from sweeper.core.model import Attempt

is_mounted = os.path.isdir
"""Whether this machine has such a folder. An empty mount point without its volume counts, too."""

_CLOCKS = 5.0
"""Seconds by which two clocks may differ without a warning; the server's timestamps have whole seconds."""

_TIMEOUT = 15.0
_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class _Right:
    verbs: tuple[str, ...]
    resource: str
    without: str = ""
    """What does not work without the right; empty if nothing works without it."""

    group: str = ""


RIGHTS = (
    _Right(("get", "list", "watch", "create", "delete"), "pods"),
    _Right(("list", "watch"), "resourcequotas", "the quota is not known, so only a few pods run at once"),
    _Right(("list",), "limitranges", "defaults that a LimitRange sets are only seen in the pods"),
    _Right(("list",), "events", "why a pod does not start cannot always be said"),
    _Right(("get",), "persistentvolumeclaims", "claims are not checked before the first pod"),
    _Right(("get",), "pods/log", "`cvsweep logs` reads the files alone"),
    _Right(("get", "create"), "pods/exec", "`cvsweep shell` does not work"),
    _Right(
        ("get", "create", "update", "delete"),
        "leases",
        "nothing on the cluster keeps a second machine from controlling the same sweep: start no second one",
        "coordination.k8s.io",
    ),
)
"""The rights that a member needs; docs/cluster-role.yaml grants exactly these."""


def checks(api: Api, settings: KubernetesSettings, sweep: SweepLabel, root: str) -> Iterator[Check]:
    """Yield the results of all checks; stop after the first if the cluster cannot be reached."""
    reach = _reach(api)
    yield reach
    if reach.level is Level.FAILURE:
        return
    yield _clock(api)
    yield from _namespace(api)
    yield from security.as_root(settings, example(settings, sweep))
    yield from _rights(api)
    tried = _dry_run(api, settings, sweep)
    own = replace(policy(settings), claims=claim_costs(api, tried.pod, _TIMEOUT))
    yield from _fits(_quotas(api), settings, tried, own)
    yield from _claims(api, settings)
    yield _sweep_root(settings, root)
    yield tried.check


def _reach(api: Api) -> Check:
    try:
        found = retried(partial(_version, api), seconds=_TIMEOUT)
    except ApiError as error:
        remedy = "look whether this is the right server"
        return Check("cluster", Level.FAILURE, f"{api.access.identity}: {error}", remedy)
    except Unreachable as error:
        return Check(
            "cluster",
            Level.FAILURE,
            f"{api.access.identity}: no answer: {error}",
            "check the network, a VPN, and cluster.context",
        )
    if isinstance(found, ApiError):
        return Check("cluster", Level.FAILURE, f"{api.access.identity}: {found}", "renew your credentials")
    return Check("cluster", Level.OK, f"Kubernetes {found['gitVersion']} at {api.access.identity}")


def _version(api: Api) -> Json | ApiError:
    """Return the version, or the error for refused credentials: a retry would not help against it."""
    try:
        return api.get("/version")
    except Unauthorized as error:
        return error


def _clock(api: Api) -> Check:
    ahead = api.server_ahead
    if abs(ahead) <= _CLOCKS:
        return Check("clock", Level.OK, "this machine and the server agree")
    message = f"this machine is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} the server"
    return Check("clock", Level.WARNING, message, "synchronise its clock")


def _namespace(api: Api) -> Iterator[Check]:
    """Check the namespace. The server reports a missing one only to those who may read namespaces."""
    try:
        found = retried(partial(api.get, f"/api/v1/namespaces/{api.namespace}"), seconds=_TIMEOUT)
    except Unreachable:
        return
    except NotFound:
        message = f"there is no namespace {api.namespace}"
        yield Check("namespace", Level.FAILURE, message, "correct cluster.namespace")
    except ApiError:
        yield from security.level(None, api.namespace)
    else:
        yield from security.level(found, api.namespace)


def _rights(api: Api) -> Iterator[Check]:
    asked = [(right, verb) for right in RIGHTS for verb in right.verbs]
    with ThreadPoolExecutor(8) as threads:
        granted = dict(zip(asked, threads.map(lambda one: _may(api, *one), asked), strict=True))
    missing = {right: [verb for verb in right.verbs if not granted[right, verb]] for right in RIGHTS}
    whole = [right.resource for right in RIGHTS if not missing[right]]
    if whole:
        yield Check("rights", Level.OK, f"all that is needed for {', '.join(whole)}")
    for right, verbs in missing.items():
        if verbs:
            level = Level.WARNING if right.without else Level.FAILURE
            message = f"you may not {', '.join(verbs)} {right.resource} in {api.namespace}"
            message += f": {right.without}" if right.without else ""
            other = "" if right.without else "correct cluster.namespace, or "
            yield Check("rights", level, message, f"{other}ask for the role in docs/cluster-role.yaml")


def _may(api: Api, right: _Right, verb: str) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {"namespace": api.namespace, "verb": verb, "resource": resource, "group": right.group}
    if subresource:
        attributes["subresource"] = subresource
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    send = partial(api.post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
    try:
        answer = retried(send, seconds=_TIMEOUT)
    except (ApiError, Unreachable):
        return True  # not known: the dry run and the run itself will show it
    return bool(answer.get("status", {}).get("allowed"))


def _quotas(api: Api) -> list[Quota] | None:
    found = _list(api, "resourcequotas")
    return None if found is None else [read_quota(one) for one in found]


def _fits(
    quotas: list[Quota] | None, settings: KubernetesSettings, tried: _Tried, own: Policy
) -> Iterator[Check]:
    if quotas is None:
        yield Check("quota", Level.WARNING, "it cannot be read", "")
        return
    pod = tried.pod
    try:
        never = never_fits(quotas, pod, own, is_specified=tried.is_specified)
    except (ValueError, TypeError, AttributeError, KeyError):
        return  # an invalid template: the dry run reports what is wrong with it
    if never:
        yield Check("quota", Level.FAILURE, never, "ask for less, or for more quota")
        return
    message = [_format_quota(one) for one in quotas if applies(one, pod)]
    yield Check("quota", Level.OK, "; ".join(message) or _unlimited(settings))


def _unlimited(settings: KubernetesSettings) -> str:
    own = policy(settings)
    limited = settings.max_parallel or settings.max_gpus or chosen(settings)
    return "there is none for these pods" if limited else own.why


def _format_quota(quota: Quota) -> str:
    used = {key: quota.used.get(key, hard * 0) for key, hard in quota.hard.items()}
    parts = [f"{format_amount(used[key])} of {format_amount(hard)} {key}" for key, hard in quota.hard.items()]
    return f"{quota.name}: {', '.join(parts)} used"


def _claims(api: Api, settings: KubernetesSettings) -> Iterator[Check]:
    phases = {name: _claim_phase(api, name) for name in claims(settings)}
    for name, phase in phases.items():
        if phase == _ABSENT:
            message = f"there is no claim {name} in {api.namespace}"
            yield Check("volumes", Level.FAILURE, message, "correct cluster.volumes")
        elif phase not in ("Bound", ""):
            message = f"the claim {name} is {phase}, not bound"
            yield Check("volumes", Level.FAILURE, message, f"kubectl describe pvc {name} may say why")
    bound = [name for name, phase in phases.items() if phase == "Bound"]
    if bound:
        yield Check("volumes", Level.OK, f"bound: {', '.join(bound)}")


def _claim_phase(api: Api, name: str) -> str:
    """Return the phase of a claim, `absent` if there is no such claim, or empty if it is not known."""
    try:
        claim = retried(partial(api.get, api.path("persistentvolumeclaims", name)), seconds=_TIMEOUT)
    except NotFound:
        return _ABSENT
    except (ApiError, Unreachable):
        return ""
    return str(claim.get("status", {}).get("phase"))


def claims(settings: KubernetesSettings) -> list[str]:
    """Return the names of the claims that the pods mount."""
    spec = example(settings, SweepLabel("0", "example"))["spec"]
    found = (one.get("persistentVolumeClaim", {}).get("claimName") for one in spec.get("volumes") or ())
    return [name for name in found if name]


def _sweep_root(settings: KubernetesSettings, root: str) -> Check:
    try:
        there = path_mapping.in_pod(settings, root)
    except UsageError as error:
        message = unmounted(settings, root) or str(error).removeprefix("sweep.root: ")
        return Check("sweep.root", Level.FAILURE, message)
    if missing := unmounted(settings, root):
        return Check("sweep.root", Level.FAILURE, missing)
    return Check("sweep.root", Level.OK, f"{root}" + ("" if there == root else f", in pods {there}"))


def unmounted(settings: KubernetesSettings, root: str) -> str:
    """Return an error message if this machine does not mount the volume that pods see; empty if it may."""
    volumes = path_mapping.shared(settings)
    meant = [one for one in volumes if path_mapping.holds(one, root)] or volumes
    if not meant or any(map(is_mounted, meant)):
        return ""
    return (
        f"this machine does not mount {listed(meant)}, so it cannot share {root} with pods; run cvsweep"
        " on one that does, or name the folder where it is mounted here: cluster.volumes.NAME.here=FOLDER"
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """What the dry run showed: the pod as a quota counts it, as far as that is known.

    `is_specified`: the quotas do not miss an amount that every container must have.
    """

    check: Check
    pod: Json
    is_specified: bool = False


def _dry_run(api: Api, settings: KubernetesSettings, sweep: SweepLabel) -> _Tried:
    pod = example(settings, sweep)
    try:
        got = dry_run(api, pod, sweep, settings.user or "", _TIMEOUT)
    except Unreachable as error:
        check = Check("pod", Level.WARNING, f"the server did not answer in time: {error}")
        return _Tried(check, pod)
    except ApiError as error:
        # The server reports missing amounts before an exceeded quota.
        is_full = isinstance(error, QuotaExceeded)
        return _Tried(_refused(error), defaulted(api, pod, _TIMEOUT), is_specified=is_full)
    unknown = dropped(pod, got)
    if unknown:
        message = f"the server does not know {', '.join(unknown)}"
        return _Tried(Check("pod", Level.FAILURE, message, "correct cluster.pod_template"), got)
    return _Tried(Check("pod", Level.OK, "the server would take it"), got, is_specified=True)


def _refused(error: ApiError) -> Check:
    if isinstance(error, QuotaExceeded):
        return Check("pod", Level.OK, "the server would take it, as soon as the quota has room")
    if "does not support dry run" in error.message:
        return Check("pod", Level.WARNING, f"whether the server takes it cannot be tried: {error.message}")
    return Check("pod", Level.FAILURE, refusals.explain(error))


def example(settings: KubernetesSettings, sweep: SweepLabel) -> Json:
    """Return an example of the sweep's pods."""
    return manifest.pod(settings, sweep, Attempt(0, 1), "/shim.sh", "/trial")


def _list(api: Api, resource: str) -> list[Json] | None:
    try:
        return list(retried(partial(api.get, api.path(resource)), seconds=_TIMEOUT).get("items") or ())
    except (ApiError, Unreachable):
        return None
