"""Requests of other commands: one atomic file each, which the controller grants and removes.

Only a file of the sweep's owner (or of root) counts. A file that cannot be granted is set aside: it is
renamed, so that it is not read again, and reported.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from sweeper.core.checksum import is_intact, with_checksum
from sweeper.core.errors import UsageError
from sweeper.core.model import Trial
from sweeper.core.notes_and_tags import are_tags, is_note
from sweeper.core.ownership import counts
from sweeper.core.paths import SweepPaths
from sweeper.core.patterns import lazy
from sweeper.core.records import Added, from_json
from sweeper.core.request_rules import are_results
from sweeper.core.secrets import is_private
from sweeper.files import atomic, nfs_revalidation
from sweeper.files.regular import is_there, open_regular
from sweeper.store import owner

MOST = 1 << 27
"""The most bytes of a request: enough for a hundred thousand trials."""

_TRIALS = 10**9
"""More than any sweep has."""

_ASIDE = ".refused"
_SAFE = lazy(r"[0-9A-Za-z_-]{1,64}")
_PLACES = ("code", "out")
_KINDS = ("cancel", "retry", "add", "collect", "stop", "set", "note", "tag")

Report = Callable[[str], object]
"""Gets a line for people about each file that was set aside."""


class _Refused(Exception):
    """The file is not a request that can be granted; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request: `kind` is one of those below; `trials` are indexes (None: all, or the sweep itself).

    cancel: end running trials, drop waiting ones.
    retry: run trials again; `completed`: completed ones, too.
    add: `points` are the trials to add, as plain data.
    collect: read results again; `results` are settings of results to change from then on.
    stop: launch nothing more, and end the controller once the running trials have ended; `now`: at once. It
        is only for the controller of the journal's `term`.
    set: `settings` are settings to change from then on, by full names such as `retry.wait_max`.
    note: set the note to `note`; an empty one removes it.
    tag: add the tags in `tags`, remove those in `untags`.
    """

    id: str
    kind: str
    trials: tuple[int, ...] | None = None
    points: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    completed: bool = False
    results: Mapping[str, Any] = field(default_factory=dict)
    now: bool = False
    term: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()


def new_request(
    kind: str,
    trials: tuple[int, ...] | None = None,
    points: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Request:
    """Return a request with a new id; ids sort by time. `more` are further fields of Request."""
    name = f"{time.time_ns():020d}-{os.urandom(3).hex()}"
    return Request(name, kind, trials, points, **more)


def points(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Return trials as the plain data of a request to add them."""
    return [{**asdict(one), "overrides": list(one.overrides), "secrets": list(one.secrets)} for one in trials]


def from_point(point: Mapping[str, Any]) -> Trial:
    """Return a trial from a request's plain data."""
    known = {name: point[name] for name in Trial.__dataclass_fields__ if name in point}
    texts = {name: tuple(point.get(name, ())) for name in ("overrides", "secrets")}
    return Trial(**{**known, **texts})


def post(paths: SweepPaths, request: Request) -> None:
    """Write the request's file atomically; UsageError if it is larger than a controller reads."""
    data = {
        "kind": request.kind,
        "trials": request.trials,
        "points": list(request.points),
        "completed": request.completed,
        "results": dict(request.results),
        "now": request.now,
        "term": request.term,
        "settings": dict(request.settings),
        "note": request.note,
        "tags": request.tags,
        "untags": request.untags,
    }
    mode = atomic.PRIVATE if any(map(is_private, map(from_point, request.points))) else atomic.PUBLIC
    text = json.dumps(with_checksum(data)).encode()
    if len(text) > MOST:
        raise UsageError(
            f"{len(request.points)} trials are too much for one request ({len(text) >> 20} MiB, the limit is"
            f" {MOST >> 20} MiB): add a part of them at a time"
        )
    with atomic.storage(f"writing into {paths.requests}"):
        _names(paths)
        atomic.write(_file(paths, request.id), text, mode=mode)


def is_any_pending(paths: SweepPaths) -> bool:
    """Whether any request is waiting; only names are listed, so any reader of the sweep may call it."""
    nfs_revalidation.revalidate(paths.requests)
    try:
        return any(name.endswith(".json") for name in os.listdir(paths.requests))
    except OSError:
        return False  # none has been posted, or the folder is not ours to read


def pending(paths: SweepPaths, report: Report = lambda line: None) -> list[Request]:
    """Return the waiting requests, oldest first; set aside invalid ones and those of other users."""
    nfs_revalidation.revalidate(paths.requests)  # some hosts cache listings as well
    with atomic.storage(f"reading {paths.requests}"):
        names = sorted(name for name in _names(paths) if name.endswith(".json"))
    if not names:
        return []
    ours = owner.owner_of(paths)
    found = []
    for name in names:
        try:
            request = _read(paths, name, ours)
        except _Refused as refused:
            report(refuse(paths, name.removesuffix(".json"), str(refused)))
        else:
            found += [request] if request else []
    return found


def _names(paths: SweepPaths) -> list[str]:
    """List the folder of requests; create it if it is missing, as copies may lack empty folders."""
    try:
        return os.listdir(paths.requests)
    except FileNotFoundError:
        with suppress(FileExistsError):
            os.mkdir(paths.requests, atomic.FOLDER)  # not found again if the whole sweep is gone
        return []


def is_pending(paths: SweepPaths, request: Request) -> bool:
    """Whether the request is still waiting."""
    return is_there(_file(paths, request.id))


def is_refused(paths: SweepPaths, request: Request) -> bool:
    """Whether the controller has set the request aside."""
    return is_there(_file(paths, request.id) + _ASIDE)


def remove(paths: SweepPaths, request_id: str) -> None:
    """Remove a request that is granted and journalled, or withdrawn."""
    with atomic.storage(f"removing from {paths.requests}"), suppress(FileNotFoundError):
        os.unlink(_file(paths, request_id))


def refuse(paths: SweepPaths, request_id: str, why: str) -> str:
    """Set aside a request that cannot be granted; return a message about it."""
    name = _file(paths, request_id)
    _set_aside(name)
    return f"a request is set aside: {name}: {why}"


def _set_aside(name: str) -> None:
    """Rename a request; if that fails it stays, and is skipped each time."""
    with suppress(OSError):
        os.rename(name, name + _ASIDE)


def _read(paths: SweepPaths, name: str, ours: int) -> Request | None:
    """Return the request in a file; None if the file is gone by now."""
    request_id = name.removesuffix(".json")
    if not _SAFE.fullmatch(request_id):
        raise _Refused("no request has such a name")
    data = _object(f"{paths.requests}/{name}", ours)
    if data is None:
        return None
    match data if is_intact(data) else {}:
        case {"kind": str(kind), "trials": list() | None as trials, **rest} if kind in _KINDS:
            if _are_usable(rest) and _are_indexes(trials or []):
                return _request(request_id, kind, trials, rest)
    raise _Refused("it is damaged, or asks for something that cannot be done")


def _are_usable(data: Mapping[str, Any]) -> bool:
    """Whether these fields of a request are valid."""
    added = data.get("points", [])
    return (
        isinstance(added, list)
        and all(map(_is_point, added))
        and are_results(data.get("results", {}))
        and type(data.get("term", 0)) is int
        and isinstance(data.get("settings", {}), dict)
        and is_note(data.get("note", ""))
        and are_tags(data.get("tags", []))
        and are_tags(data.get("untags", []))
    )


def _request(name: str, kind: str, trials: list[int] | None, data: Mapping[str, Any]) -> Request:
    return Request(
        name,
        kind,
        None if trials is None else tuple(trials),
        tuple(data.get("points", ())),
        completed=data.get("completed") is True,
        results=data.get("results", {}),
        now=data.get("now") is True,
        term=data.get("term", 0),
        settings=data.get("settings", {}),
        note=data.get("note", ""),
        tags=tuple(data.get("tags", ())),
        untags=tuple(data.get("untags", ())),
    )


def _object(path: str, ours: int) -> dict[str, Any] | None:
    """Return the JSON object in a file of the sweep's owner; None if the file is gone by now."""
    handle = open_regular(path)
    if handle is None:
        if is_there(path):
            raise _Refused("it is no file that can be read")
        return None
    with atomic.storage(f"reading {path}"), open(handle, "rb") as file:
        seen = os.fstat(handle)
        if not counts(seen.st_uid, ours):
            raise _Refused(f"it is of {owner.name_of(seen.st_uid)}, the sweep of {owner.name_of(ours)}")
        if seen.st_size > MOST:
            raise _Refused(f"it has {seen.st_size} bytes, more than {MOST}")
        try:
            data = json.loads(file.read(MOST))
        except (ValueError, RecursionError) as error:
            raise _Refused("it is damaged") from error
    return data if isinstance(data, dict) else {}


def _are_indexes(trials: Iterable[Any]) -> bool:
    return all(type(index) is int and 0 <= index < _TRIALS for index in trials)


def _is_point(data: Any) -> bool:
    """Whether the data can become a trial; the controller would stop at an invalid point for ever."""
    try:
        added = from_json({**data, "is": "added"})
    except (KeyError, TypeError, ValueError):
        return False
    return isinstance(added, Added) and _can_run(added.trial)


def _can_run(trial: Trial) -> bool:
    """Whether the trial's key is a valid folder name, and a script can contain its command."""
    try:
        command = trial.command.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False
    return _SAFE.fullmatch(trial.key) is not None and trial.cwd in _PLACES and b"\0" not in command


def _file(paths: SweepPaths, request_id: str) -> str:
    return f"{paths.requests}/{request_id}.json"
