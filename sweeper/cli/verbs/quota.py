"""`cvsweep quota`: who holds what in the namespace, and what is free."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sweeper.backends.kubernetes.raw import Json
from sweeper.cli.common import say, show
from sweeper.cli.composing import composed
from sweeper.cli.parsers.quota import make_parser
from sweeper.core.cluster import KubernetesSettings
from sweeper.core.errors import BackendError, UsageError

if TYPE_CHECKING:
    from sweeper.backends.kubernetes.quotas.holdings import Holding, Member, Share
    from sweeper.backends.kubernetes.server.api import Api

_PATIENCE = 15.0
_MEMBERS = ("member", "running", "pending", "pods")
_PODS = ("rank", "user", "pod", "gpus", "phase", "node", "age", "priority", "sweep")


@dataclass(frozen=True, slots=True)
class _Page:
    """All that was seen. None: it may not be looked at. `pods` have ranks, those in `waiting` have none."""

    namespace: str
    resource: str
    now: float
    shares: Sequence[Share] | None
    members: Sequence[Member] | None
    pods: Sequence[Holding] | None
    waiting: Sequence[Holding] = ()


def main(argv: list[str]) -> int:
    """Show the page; the exit code is 3 where nothing of it may be seen."""
    given = make_parser().parse_intermixed_args(argv)
    settings = composed(given)[0].settings.cluster
    if not isinstance(settings, KubernetesSettings):
        raise UsageError(
            "quota looks at a cluster, and this configuration runs on this machine;"
            " name one, as in: cvsweep quota cluster=cvlab"
        )
    page = _look(settings)
    if given.output == "json":
        sys.stdout.write(json.dumps(_data(page, pods=given.pods), indent=2) + "\n")
    elif given.output == "csv":
        _write_csv(page, pods=given.pods)
    else:
        _show(page, pods=given.pods)
    return 3 if page.shares is None and page.members is None else 0


def _look(settings: KubernetesSettings) -> _Page:
    from sweeper.backends.kubernetes.dry_run import claim_costs
    from sweeper.backends.kubernetes.quotas.claims import has_claims
    from sweeper.backends.kubernetes.quotas.holdings import holdings, members, ranked, shares, unranked
    from sweeper.cli import cluster

    resource = settings.gpu_resource
    with closing(cluster.connect(settings)) as api:
        quotas = _list(api, "resourcequotas", "what is free is not known")
        pods = _list(api, "pods", "who holds what is not known")
        claiming = next(filter(has_claims, pods or ()), None)
        costs = claim_costs(api, claiming, _PATIENCE) if claiming else {}
    held = None if pods is None else holdings(pods, resource, costs)
    return _Page(
        api.namespace,
        resource,
        time.time() + api.server_ahead,
        None if quotas is None else shares(quotas, resource),
        None if held is None else members(held),
        None if held is None else ranked(held),
        unranked(held or ()),
    )


def _list(api: Api, resource: str, without: str) -> list[Json] | None:
    """Everything of a kind; None, once that was said, where it may not be listed."""
    from sweeper.backends.kubernetes.server.api import ApiError, Unreachable
    from sweeper.backends.kubernetes.server.patience import patiently

    try:
        return list(patiently(lambda: api.get(api.path(resource)), seconds=_PATIENCE).get("items") or ())
    except ApiError as error:
        if error.status != 403:
            raise BackendError(f"{api.access.identity}: {error}") from error
        say(f"you may not list {resource} in {api.namespace}, so {without}: {error}")
        return None
    except Unreachable as error:
        raise BackendError(f"{api.access.identity}: {error}") from error


def _show(page: _Page, *, pods: bool) -> None:
    from sweeper.cli import tables
    from sweeper.core.words import duration

    drawn = sys.stdout.isatty()
    for line in _share_lines(page):
        show(line)
    if page.members:
        tables.grid(_MEMBERS, _texts(_member_rows(page)), numbers=_MEMBERS[1:], drawn=drawn)
    elif page.members is not None:
        show(f"no pod runs or waits in {page.namespace}")
    if pods and (page.pods or page.waiting):
        sys.stdout.write("\n")
        numbers = ("rank", "gpus", "age", "priority")
        tables.grid(_PODS, _texts(_pod_rows(page, duration)), numbers=numbers, folding=["sweep"], drawn=drawn)


def _share_lines(page: _Page) -> list[str]:
    if page.shares is None:
        return []
    if not page.shares:
        return [f"no quota bounds {page.resource} in {page.namespace}"]
    return [
        f"{one.quota}: {one.used} of {one.hard} {one.resource} used, {one.free} free"
        + (f" (only pods that are {', '.join(one.scopes)})" if one.scopes else "")
        for one in page.shares
    ]


def _member_rows(page: _Page) -> list[tuple[Any, ...]]:
    from sweeper.backends.kubernetes.quotas.holdings import NOBODY

    return [(one.user or NOBODY, one.running, one.pending, one.pods) for one in page.members or ()]


def _pod_rows(page: _Page, spell_age: Callable[[float], object]) -> list[tuple[Any, ...]]:
    from sweeper.backends.kubernetes.quotas.holdings import NOBODY

    return [
        (
            rank,
            one.user or NOBODY,
            one.pod,
            one.gpus,
            one.phase,
            one.node or None,
            spell_age(page.now - one.created),
            one.priority,
            one.sweep or None,
        )
        for rank, one in _places(page)
    ]


def _places(page: _Page) -> list[tuple[int | None, Holding]]:
    """The pods with their ranks, then those that have none."""
    return [*enumerate(page.pods or (), start=1), *((None, one) for one in page.waiting)]


def _texts(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in rows]


def _write_csv(page: _Page, *, pods: bool) -> None:
    from sweeper.results.output import to_csv
    from sweeper.results.tabular import Table

    columns, rows = (_PODS, _pod_rows(page, round)) if pods else (_MEMBERS, _member_rows(page))
    sys.stdout.write(to_csv(Table(columns, tuple(rows))))


def _data(page: _Page, *, pods: bool) -> dict[str, Any]:
    """What is not known is null; so is the user of what is nobody's."""
    data: dict[str, Any] = {"namespace": page.namespace, "resource": page.resource}
    data["quotas"] = page.shares and [asdict(one) | {"free": one.free} for one in page.shares]
    data["members"] = page.members and [asdict(one) | {"user": one.user or None} for one in page.members]
    if pods:
        data["pods"] = None if page.pods is None else [_row(rank, one) for rank, one in _places(page)]
    return data


def _row(rank: int | None, one: Holding) -> dict[str, Any]:
    row = asdict(one) | {"user": one.user or None, "sweep": one.sweep or None}
    del row["runs"]  # `rank` and `phase` say it
    return {"rank": rank} | row
