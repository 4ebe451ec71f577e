"""Asking the server what it would make of a pod, without making it."""

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
    """The pod that the server would make; ApiError or Unreachable if it would not, or does not say."""
    # A dry run checks the name as well, and the first attempt's may be there from before.
    name = identity.pod_name(user, sweep.id, f"check-{secrets.token_hex(2)}")
    named = {**pod, "metadata": {**pod["metadata"], "name": name}}
    return retried(lambda: api.post(api.pods(), named, dryRun="All"), seconds=seconds)


def defaulted(api: Api, pod: Json, seconds: float) -> Json:
    """The pod with the defaults of the namespace's LimitRanges, as far as they may be read."""
    try:
        found = retried(partial(api.get, api.path("limitranges")), seconds=seconds)
    except (ApiError, Unreachable):
        return pod
    return with_defaults(pod, found.get("items") or ())


def foreseen(api: Api, pod: Json, sweep: SweepLabel, user: str, seconds: float) -> Json:
    """The pod as a quota will count it, as well as that can be known before it is made."""
    try:
        return dry_run(api, pod, sweep, user, seconds)
    except (ApiError, Unreachable):  # the quota is full now, or the server does not say: creates will tell
        return defaulted(api, pod, seconds)


def claim_costs(api: Api, pod: Json, seconds: float) -> ClaimCosts:
    """What ResourceClaims cost that are made from the namespace's templates, if the pod has any claims."""
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
