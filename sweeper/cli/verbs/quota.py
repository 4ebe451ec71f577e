"""`cvsweep quota`: who uses which GPUs of the namespace, and how many are free."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from sweeper import clusters
from sweeper.cli.common import say, show
from sweeper.cli.composing import composed
from sweeper.cli.parsers.quota import make_parser
from sweeper.clusters.abilities import HasUsage
from sweeper.clusters.usage import NOBODY, GpuUse, Usage
from sweeper.core.errors import UsageError

_MEMBERS = ("member", "running", "pending", "pods")
_PODS = ("rank", "user", "pod", "gpus", "phase", "node", "age", "priority", "sweep")


def main(argv: list[str]) -> int:
    """Show the usage; return 3 if neither quotas nor members can be read, else 0."""
    given = make_parser().parse_intermixed_args(argv)
    cluster = clusters.of(composed(given).settings.cluster)
    if not isinstance(cluster, HasUsage):
        where = "this machine" if cluster.runs_here else f"the cluster {cluster.name}, which has no quota"
        raise UsageError(
            f"quota looks at a cluster that others share, and this configuration runs on {where};"
            " name one, as in: cvsweep quota cluster=cvlab"
        )
    with closing(cluster):
        page = cluster.usage()
    for line in page.remarks:
        say(line)
    if given.output == "json":
        sys.stdout.write(json.dumps(_data(page, pods=given.pods), indent=2) + "\n")
    elif given.output == "csv":
        _write_csv(page, pods=given.pods)
    else:
        _show(page, pods=given.pods)
    return 3 if page.shares is None and page.members is None else 0


def _show(page: Usage, *, pods: bool) -> None:
    from sweeper.cli import tables
    from sweeper.core.formatting import duration

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


def _share_lines(page: Usage) -> list[str]:
    if page.shares is None:
        return []
    if not page.shares:
        return [f"no quota bounds {page.resource} in {page.namespace}"]
    return [
        f"{one.quota}: {one.used} of {one.hard} {one.resource} used, {one.free} free"
        + (f" (only pods that are {', '.join(one.scopes)})" if one.scopes else "")
        for one in page.shares
    ]


def _member_rows(page: Usage) -> list[tuple[Any, ...]]:
    return [(one.user or NOBODY, one.running, one.pending, one.pods) for one in page.members or ()]


def _pod_rows(page: Usage, spell_age: Callable[[float], object]) -> list[tuple[Any, ...]]:
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


def _places(page: Usage) -> list[tuple[int | None, GpuUse]]:
    """Return the pods with their ranks, then the waiting pods with None."""
    return [*enumerate(page.pods or (), start=1), *((None, one) for one in page.waiting)]


def _texts(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in rows]


def _write_csv(page: Usage, *, pods: bool) -> None:
    from sweeper.results.output import to_csv
    from sweeper.results.tabular import Table

    columns, rows = (_PODS, _pod_rows(page, round)) if pods else (_MEMBERS, _member_rows(page))
    sys.stdout.write(to_csv(Table(columns, tuple(rows))))


def _data(page: Usage, *, pods: bool) -> dict[str, Any]:
    """Return the usage for JSON; unknown values and the user of pods without an owner are null."""
    data: dict[str, Any] = {"namespace": page.namespace, "resource": page.resource}
    data["quotas"] = page.shares and [asdict(one) | {"free": one.free} for one in page.shares]
    data["members"] = page.members and [asdict(one) | {"user": one.user or None} for one in page.members]
    if pods:
        data["pods"] = None if page.pods is None else [_row(rank, one) for rank, one in _places(page)]
    return data


def _row(rank: int | None, one: GpuUse) -> dict[str, Any]:
    row = asdict(one) | {"user": one.user or None, "sweep": one.sweep or None}
    del row["runs"]  # `rank` and `phase` say it
    return {"rank": rank} | row
