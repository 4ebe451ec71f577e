"""Wishes from other commands: one atomic file each, which the controller grants and removes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from sweeper.core.model import Trial
from sweeper.core.paths import SweepPaths
from sweeper.store import atomic


@dataclass(frozen=True, slots=True)
class Request:
    """A wish: `kind` is cancel, retry or add; `trials` are indexes (None: all).

    `points` are the trials to add, as plain data.
    """

    id: str
    kind: str
    trials: tuple[int, ...] | None = None
    points: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def new_request(
    kind: str, trials: tuple[int, ...] | None = None, points: Sequence[Mapping[str, Any]] = ()
) -> Request:
    """A wish with an id of its own; ids sort by time."""
    return Request(f"{time.time_ns():020d}-{os.urandom(3).hex()}", kind, trials, points)


def points(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Trials as the plain data of a request to add them."""
    return [asdict(trial) for trial in trials]


def post(paths: SweepPaths, request: Request) -> None:
    """Lay the wish before the controller, whole."""
    data = {"kind": request.kind, "trials": request.trials, "points": list(request.points)}
    with atomic.storage(f"writing into {paths.requests}"):
        atomic.write(_file(paths, request.id), json.dumps(data).encode())


def pending(paths: SweepPaths) -> list[Request]:
    """The wishes that lie there, oldest first; what is not a wish is left alone."""
    with atomic.storage(f"reading {paths.requests}"):
        names = sorted(name for name in os.listdir(paths.requests) if name.endswith(".json"))
        found = (_read(paths, name.removesuffix(".json")) for name in names)
        return [request for request in found if request]


def is_pending(paths: SweepPaths, request: Request) -> bool:
    """Does the wish still lie there?"""
    return os.path.exists(_file(paths, request.id))


def remove(paths: SweepPaths, request_id: str) -> None:
    """The wish is granted and journalled."""
    with suppress(FileNotFoundError):
        os.unlink(_file(paths, request_id))


def _read(paths: SweepPaths, request_id: str) -> Request | None:
    try:
        with open(_file(paths, request_id), "rb") as file:
            data = json.load(file)
        trials = None if data["trials"] is None else tuple(map(int, data["trials"]))
        return Request(request_id, str(data["kind"]), trials, tuple(data.get("points", ())))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _file(paths: SweepPaths, request_id: str) -> str:
    return f"{paths.requests}/{request_id}.json"
