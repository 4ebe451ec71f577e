"""Predicts which pod the API server would create, and what its ResourceClaims cost."""

from __future__ import annotations

import secrets
from functools import partial

from sweeper.clusters.kubernetes.api_errors import NotFound
from sweeper.clusters.kubernetes.pods import identity
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.quotas.admitted import with_defaults
from sweeper.clusters.kubernetes.quotas.claims import ClaimCosts, costs, has_claims
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.retries import retried


def dry_run(api: Api, pod: Json, sweep: SweepLabel, user: str, seconds: float) -> Json:
    """Return the pod that the server would create, without creating it.

    Raises:
        ApiError: the server refuses the pod.
        Unreachable: the server did not answer within `seconds`.
    """
    # A dry run also checks the name, and a pod of the first attempt may exist already.
    name = identity.pod_name(user, sweep.id, f"check-{secrets.token_hex(2)}")
    named = {**pod, "metadata": {**pod["metadata"], "name": name}}
    return retried(lambda: api.post(api.pods(), named, dryRun="All"), seconds=seconds)


def defaulted(api: Api, pod: Json, seconds: float) -> Json:
    """Return the pod with the defaults of the namespace's LimitRanges; unchanged if they cannot be read."""
    try:
        found = retried(partial(api.get, api.path("limitranges")), seconds=seconds)
    except (ApiError, Unreachable):
        return pod
    return with_defaults(pod, found.get("items") or ())


def foreseen(api: Api, pod: Json, sweep: SweepLabel, user: str, seconds: float) -> Json:
    """Return the pod as a quota will count it, as far as that can be known before it is created."""
    try:
        return dry_run(api, pod, sweep, user, seconds)
    except (ApiError, Unreachable):  # the quota is full now, or there is no answer: creates will show it
        return defaulted(api, pod, seconds)


def claim_costs(api: Api, pod: Json, seconds: float) -> ClaimCosts:
    """Return what ResourceClaims cost, by the name of their template in the namespace.

    The result is empty if the pod has no claims, or if the templates cannot be read.
    """
    if not has_claims(pod):
        return {}
    for version in ("v1", "v1beta2", "v1beta1"):
        path = f"/apis/resource.k8s.io/{version}/namespaces/{api.namespace}/resourceclaimtemplates"
        try:
            return costs(retried(partial(api.get, path), seconds=seconds).get("items") or ())
        except NotFound:
            continue
        except (ApiError, Unreachable):
            break
    return {}
