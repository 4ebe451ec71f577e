"""Reads from the API server who holds which resources in the namespace."""

from __future__ import annotations

import time

from sweeper.clusters.kubernetes.api_errors import Forbidden
from sweeper.clusters.kubernetes.dry_run import claim_costs
from sweeper.clusters.kubernetes.quotas.claims import has_claims
from sweeper.clusters.kubernetes.quotas.holdings import holdings, members, ranked, shares, unranked
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.retries import retried
from sweeper.clusters.usage import Usage
from sweeper.core.errors import BackendError

_TIMEOUT = 15.0


def usage(api: Api, resource: str) -> Usage:
    """Return how much of a resource the members hold, as quotas and pods show it.

    Raises:
        BackendError: the server does not answer.
    """
    remarks: list[str] = []
    quotas = _list(api, "resourcequotas", "what is free is not known", remarks)
    pods = _list(api, "pods", "who holds what is not known", remarks)
    claiming = next(filter(has_claims, pods or ()), None)
    costs = claim_costs(api, claiming, _TIMEOUT) if claiming else {}
    held = None if pods is None else holdings(pods, resource, costs)
    return Usage(
        api.namespace,
        resource,
        time.time() + api.server_ahead,
        None if quotas is None else shares(quotas, resource),
        None if held is None else members(held),
        None if held is None else ranked(held),
        unranked(held or ()),
        remarks,
    )


def _list(api: Api, resource: str, without: str, remarks: list[str]) -> list[Json] | None:
    """Return all objects of a kind; None, with a remark, if we may not list them."""
    try:
        return list(retried(lambda: api.get(api.path(resource)), seconds=_TIMEOUT).get("items") or ())
    except Forbidden as error:
        remarks.append(f"you may not list {resource} in {api.namespace}, so {without}: {error}")
        return None
    except (ApiError, Unreachable) as error:
        raise BackendError(f"{api.access.identity}: {error}") from error
