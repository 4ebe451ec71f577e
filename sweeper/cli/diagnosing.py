"""Collects from the sweep's folder what `cvsweep diagnose` reports about one trial."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from sweeper.core.diagnosis import DiagnosisSection
from sweeper.core.errors import CvsweepError
from sweeper.core.paths import EXIT, OWNER
from sweeper.core.records import Granted, Record, to_json
from sweeper.core.secrets import shown_command
from sweeper.files.regular import read_limited
from sweeper.store import attempts, presence

if TYPE_CHECKING:
    from sweeper.core.model import Attempt, Trial
    from sweeper.core.state import State
    from sweeper.store.folder import SweepFolder

_TAIL = 64 * 1024
_LINES = 200
_MOST_FILES = 100


def of_folder(
    folder: SweepFolder, state: State, trial: Trial, attempt: Attempt | None
) -> Iterator[DiagnosisSection]:
    """Yield the sections on the trial: settings, journal records, attempt folder and log tails."""
    one = state.trials[trial.index]
    number = f"attempt {attempt.number}" if attempt else "no attempt yet"
    yield DiagnosisSection("trial", "\n".join([
        f"cvsweep {version('cvsweep')}, {time.strftime('%Y-%m-%d %H:%M:%S %z')}",
        f"sweep {folder.name} in {folder.paths.folder}",
        f"made by {folder.manifest.user} on {folder.manifest.host} with cvsweep {folder.manifest.version}",
        f"trial {trial.index} ({trial.key}), {number}: {one.status}",
        f"command: {shown_command(trial)}",
        f"controller: {_controller(folder)}",
    ]))  # fmt: skip
    yield DiagnosisSection("settings.cluster", json.dumps(folder.manifest.settings["cluster"], indent=2))
    yield DiagnosisSection("journal", "\n".join(_journal(folder, trial)))
    if attempt:
        yield DiagnosisSection("attempt", _attempt(folder, trial, attempt))
        yield DiagnosisSection(
            "log.txt, its end", attempts.read_log_tail(folder.paths, trial, attempt, _TAIL)
        )
    yield DiagnosisSection("controller.log, its end", _tail(folder.paths.controller_log))


def _controller(folder: SweepFolder) -> str:
    try:
        held, who = presence.is_held(folder.paths), presence.holder(folder.paths)
    except CvsweepError as error:
        return f"not known: {error}"
    named = f"process {who.get('pid')} on {who.get('host')}" if who else "nobody that is known"
    return f"{named} {'controls' if held else 'controlled'} the sweep{'' if held else ' last'}"


def _journal(folder: SweepFolder, trial: Trial) -> Iterator[str]:
    """Yield as JSON the records of the trial's attempts and the granted requests that may concern it."""
    for record in folder.read().records:
        if _is_about(record, trial.index):
            yield json.dumps(to_json(record), ensure_ascii=False)


def _is_about(record: Record, index: int) -> bool:
    if isinstance(record, Granted):
        return record.trials is None or index in record.trials
    attempt = getattr(record, "attempt", None)
    return attempt is not None and attempt.trial == index


def _attempt(folder: SweepFolder, trial: Trial, attempt: Attempt) -> str:
    place = folder.paths.trial(trial).attempt(attempt)
    lines = [f"folder: {place}"]
    for name in (OWNER, EXIT):
        text = (read_limited(f"{place}/{name}", _TAIL) or b"(none)").decode(errors="replace").strip()
        lines.append(f"{name}: {text}")
    return "\n".join([*lines, *_files(place)])


def _files(place: str) -> Iterator[str]:
    """Yield a line for each file in the attempt folder: mode, owner, size, date and name."""
    try:
        with os.scandir(place) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found[:_MOST_FILES]:
            seen = entry.stat(follow_symlinks=False)
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seen.st_mtime))
            who = f"{seen.st_uid}:{seen.st_gid}"
            yield f"  {seen.st_mode & 0o7777:04o} {who} {seen.st_size:>12} {at} {entry.name}"
    except OSError as error:
        yield f"its folder cannot be read: {error.strerror or error}"
        return
    if len(found) > _MOST_FILES:
        yield f"  and {len(found) - _MOST_FILES} more"


def _tail(path: str) -> str:
    text = (read_limited(path, _TAIL, tail=True) or b"").decode(errors="replace")
    return "\n".join(text.splitlines()[-_LINES:])
