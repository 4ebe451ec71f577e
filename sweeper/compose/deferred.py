"""Values that differ in every run, such as times: the identity of a point has only their unresolved text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from sweeper.compose.plain_data import (
    Path,
    format_path,
    json_path,
    live_leaves,
    read,
    replace,
    resolved,
    walk,
)
from sweeper.compose.resolvers import Uses
from sweeper.core.errors import UsageError
from sweeper.core.settings import RESERVED


@dataclass(frozen=True, slots=True)
class Deferred:
    """A key whose value depends on the run.

    Attributes:
        path: the path of the key in the plain data.
        text: its value as written, with interpolations.
        of_the_run: the key of Hydra's node that only a running program knows; empty for a time.
        only_for_apps: whether the value is known, and only an app that composes by itself gets another one.
    """

    path: Path
    text: str
    of_the_run: str = ""
    only_for_apps: bool = False


def resolve(cfg: DictConfig, uses: Uses) -> tuple[dict[str, Any], tuple[Deferred, ...]]:
    """Return the configuration as plain data, and the keys whose values depend on the run.

    Raises:
        LearnedError: the data may hold the value of a secret.
    """
    uses.clear()
    data = resolved(cfg)
    uses.secrets.check()
    if not (uses.differ_in_apps or uses.secrets.used):
        return data, ()
    found = []
    for path, text in live_leaves(cfg):
        uses.clear()
        read(walk(cfg, path[:-1]), path[-1])
        uses.secrets.look(format_path(path))
        if uses.differ_in_apps:
            found.append(deferred(json_path(cfg, path), text, uses))
    uses.secrets.check()
    return data, tuple(found)


def deferred(path: Path, text: str, uses: Uses) -> Deferred:
    """Return the deferred key at `path`; `uses` records what resolving it has used.

    Raises:
        UsageError: a setting of cvsweep depends on something that only a running program knows.
    """
    found = Deferred(path, text, next(iter(uses.of_the_run), ""), only_for_apps=not uses)
    if found.of_the_run and path[0] in RESERVED:
        raise _unknown(found, 'in task.command write "{out}" for the folder of an attempt')
    return found


def raw(data: Mapping[str, Any], keys: Sequence[Deferred]) -> dict[str, Any]:
    """Return a copy of the data in which these keys have their text as written."""
    found: Any = data
    for one in keys:
        found = replace(found, one.path, one.text)
    return dict(found)


def check(keys: Sequence[Deferred]) -> None:
    """Refuse a key whose value only a running program knows, since it would be passed as a parameter."""
    unknown = next((one for one in keys if one.of_the_run), None)
    if unknown:
        remedy = (
            "use $CVSWEEP_OUT in the program or {out} in task.command for its folder,"
            ' or, if it is a Hydra app, "{overrides}" in place of "{args}"'
        )
        raise _unknown(unknown, remedy)


def _unknown(one: Deferred, remedy: str) -> UsageError:
    return UsageError(
        f"{format_path(one.path)}: {one.text!r} uses ${{hydra:{one.of_the_run}}}, which only a running Hydra"
        f" program knows; {remedy}"
    )
