"""Wishes from other commands: one atomic file each, which the controller grants and removes."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from sweeper.core.checksum import is_intact, with_checksum
from sweeper.core.model import Trial
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Added, from_json
from sweeper.core.secrets import is_private
from sweeper.core.settings import ResultsSettings
from sweeper.store import atomic, fresh
from sweeper.store.regular import open_regular

_RESULTS = asdict(ResultsSettings())
_MOST = 1 << 30
_SAFE = re.compile(r"[0-9A-Za-z_-]{1,64}")
_PLACES = ("code", "out")
_KINDS = ("cancel", "retry", "add", "collect")


@dataclass(frozen=True, slots=True)
class Request:
    """A request: `kind` is cancel, retry, add or collect; `trials` are indexes (None: all).

    `points` are the trials to add, as plain data. `completed`: a retry runs completed trials again, too.
    `results` are the settings of results that hold from then on, those that are not named stay.
    """

    id: str
    kind: str
    trials: tuple[int, ...] | None = None
    points: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    completed: bool = False
    results: Mapping[str, Any] = field(default_factory=dict)


def new_request(
    kind: str,
    trials: tuple[int, ...] | None = None,
    points: Sequence[Mapping[str, Any]] = (),
    *,
    completed: bool = False,
    results: Mapping[str, Any] | None = None,
) -> Request:
    """A request with an id of its own; ids sort by time."""
    name = f"{time.time_ns():020d}-{os.urandom(3).hex()}"
    return Request(name, kind, trials, points, completed, results or {})


def points(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Trials as the plain data of a request to add them."""
    return [{**asdict(one), "overrides": list(one.overrides), "secrets": list(one.secrets)} for one in trials]


def from_point(point: Mapping[str, Any]) -> Trial:
    """A trial from a request's plain data."""
    known = {name: point[name] for name in Trial.__dataclass_fields__ if name in point}
    texts = {name: tuple(point.get(name, ())) for name in ("overrides", "secrets")}
    return Trial(**{**known, **texts})


def post(paths: SweepPaths, request: Request) -> None:
    """Lay the wish before the controller, whole."""
    data = {
        "kind": request.kind,
        "trials": request.trials,
        "points": list(request.points),
        "completed": request.completed,
        "results": dict(request.results),
    }
    mode = atomic.PRIVATE if any(map(is_private, map(from_point, request.points))) else atomic.PUBLIC
    with atomic.storage(f"writing into {paths.requests}"):
        _names(paths)
        atomic.write(_file(paths, request.id), json.dumps(with_checksum(data)).encode(), mode=mode)


def pending(paths: SweepPaths) -> list[Request]:
    """The wishes that lie there, oldest first; what is not a wish is left alone."""
    fresh.ask_again(paths.requests)  # some hosts keep listings as well
    with atomic.storage(f"reading {paths.requests}"):
        names = sorted(name for name in _names(paths) if name.endswith(".json"))
        found = (_read(paths, name.removesuffix(".json")) for name in names)
        return [request for request in found if request]


def _names(paths: SweepPaths) -> list[str]:
    """What lies there. A folder that is gone is made again: copies of a sweep may lack the empty ones."""
    try:
        return os.listdir(paths.requests)
    except FileNotFoundError:
        with suppress(FileExistsError):
            os.mkdir(paths.requests)  # not found again if the whole sweep is gone
        return []


def is_pending(paths: SweepPaths, request: Request) -> bool:
    """Does the wish still lie there?"""
    name = _file(paths, request.id)
    fresh.ask_again(name)
    return os.path.exists(name)


def remove(paths: SweepPaths, request_id: str) -> None:
    """The wish is granted and journalled."""
    with atomic.storage(f"removing from {paths.requests}"), suppress(FileNotFoundError):
        os.unlink(_file(paths, request_id))


def _read(paths: SweepPaths, request_id: str) -> Request | None:
    data = _object(_file(paths, request_id))
    match data if is_intact(data) else {}:
        case {"kind": str(kind), "trials": list() | None as trials, **rest} if kind in _KINDS:
            added: Any = rest.get("points", [])
            results: Any = rest.get("results", {})
            usable = isinstance(added, list) and all(map(_is_point, added)) and _are_settings(results)
            if usable and _are_indexes(trials or []):
                chosen = None if trials is None else tuple(trials)
                completed = rest.get("completed") is True
                return Request(request_id, kind, chosen, tuple(added), completed, results)
    return None


def _object(path: str) -> dict[str, Any]:
    """The JSON object in a file; empty if there is none."""
    handle = open_regular(path)
    if handle is None:
        return {}
    with open(handle, "rb") as file:
        try:
            data = json.loads(file.read()) if os.fstat(handle).st_size <= _MOST else None
        except (ValueError, RecursionError):
            return {}
    return data if isinstance(data, dict) else {}


def _are_indexes(trials: Iterable[Any]) -> bool:
    return all(type(index) is int for index in trials)


def _are_settings(data: Any) -> bool:
    """Settings of results, each of its own kind: what these are is checked by whoever asks for them."""
    return isinstance(data, dict) and all(
        name in _RESULTS and isinstance(value, bool if isinstance(_RESULTS[name], bool) else str | None)
        for name, value in data.items()
    )


def _is_point(data: Any) -> bool:
    """What cannot become a trial must not reach the controller: it would stop at it for ever."""
    try:
        added = from_json({**data, "is": "added"})
    except (KeyError, TypeError, ValueError):
        return False
    return isinstance(added, Added) and _can_run(added.trial)


def _can_run(trial: Trial) -> bool:
    """Can a folder be named by its key, and a script hold its command?"""
    try:
        command = trial.command.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False
    return _SAFE.fullmatch(trial.key) is not None and trial.cwd in _PLACES and b"\0" not in command


def _file(paths: SweepPaths, request_id: str) -> str:
    return f"{paths.requests}/{request_id}.json"
