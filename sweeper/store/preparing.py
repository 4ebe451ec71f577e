"""Prepares the folder of an attempt, and the trial's folder with its files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from sweeper.core.errors import DamagedTrialError
from sweeper.core.model import Attempt, Trial, Value
from sweeper.core.paths import SweepPaths, TrialPaths
from sweeper.core.placeholders import YAML_FILE
from sweeper.core.script import command_script
from sweeper.core.secrets import is_private
from sweeper.files import atomic
from sweeper.files.regular import read_limited
from sweeper.store import owner as owners
from sweeper.store.attempts import damage

_encode_params = json.JSONEncoder(separators=(",\n  ", ": "), ensure_ascii=False).encode
_indented = json.JSONEncoder(indent=2, ensure_ascii=False).encode


def prepare(
    paths: SweepPaths,
    trial: Trial,
    attempt: Attempt,
    code: str,
    imports: Sequence[str] = (),
    owner: int | None = None,
) -> bool:
    """Create the attempt folder; create or correct the trial's folder and files.

    `code` and `imports` are as in core/script.py; `owner` is the sweep's user id: a folder of another user is
    not used, and a file of theirs is replaced.
    False if the attempt folder already exists: another controller has used this number.
    DamagedTrialError if the trial's folder is damaged, so that no attempt folder can be created in it.
    """
    place = paths.trial(trial)
    folder = place.attempt(attempt)
    try:
        with suppress(FileExistsError):
            os.mkdir(place.folder, atomic.FOLDER)
    except OSError as error:
        raise atomic.failure(f"making {folder}", error) from error
    try:
        _fill(place, trial, command_script(paths.name, trial, code, imports), owner)
        os.mkdir(folder, atomic.FOLDER)
    except OSError as error:
        if isinstance(error, FileExistsError) and error.filename == folder:
            return False
        damaged = damage(error, place.folder, "no further attempt can be made; mend it")
        raise (damaged or atomic.failure(f"making {folder}", error)) from error
    return True


def _fill(place: TrialPaths, trial: Trial, script: str, owner: int | None) -> None:
    for folder in (place.checkpoints, place.attempts):
        with suppress(FileExistsError):
            os.mkdir(folder, atomic.FOLDER)
    for folder in (place.folder, place.attempts):
        if other := _stranger(folder, owner):
            raise DamagedTrialError(
                f"{folder} belongs to {other}, who is not the sweep's owner, so no attempt is started in it;"
                " look at it, then retry the trial"
            )
    # A byte of the command line that is not UTF-8 is written into JSON as an escape of its own, and into
    # the script as the original byte.
    mode = atomic.PRIVATE if is_private(trial) else atomic.PUBLIC
    params = f"{_pretty(trial.params)}\n".encode(errors="backslashreplace")
    _ensure(place.params, params, mode, owner)
    if YAML_FILE in trial.command:
        from sweeper.core.yaml_text import yaml_text

        text = yaml_text(trial.params).encode(errors="backslashreplace")
        _ensure(place.params_yaml, text, mode, owner)
    _write_command(place, trial, script, owner)


def _pretty(params: Mapping[str, Value]) -> str:
    """Return JSON with one line per parameter.

    With an indent `json` encodes in Python, which takes most of the time that a trial's folder takes: only
    what is nested needs it.
    """
    if not params or any(isinstance(value, dict | list | tuple) for value in params.values()):
        return _indented(params)
    return f"{{\n  {_encode_params(params)[1:-1]}\n}}"


def rewrite_commands(
    paths: SweepPaths, trials: Iterable[Trial], code: str, imports: Sequence[str]
) -> Iterator[str]:
    """Rewrite existing command files so that they start in `code`; yield a message for each failure."""
    for trial in trials:
        place = paths.trial(trial)
        try:
            if os.path.isfile(place.command):
                _write_command(place, trial, command_script(paths.name, trial, code, imports))
        except OSError as error:
            yield f"{place.command}: {error.strerror or error}"


def _write_command(place: TrialPaths, trial: Trial, script: str, owner: int | None = None) -> None:
    mode = atomic.PRIVATE if is_private(trial) else atomic.PUBLIC
    _ensure(place.command, script.encode(errors="surrogateescape"), mode, owner)


def _stranger(place: str, owner: int | None) -> str:
    return "" if owner is None else owners.stranger(place, owner)


def _ensure(path: str, data: bytes, mode: int, owner: int | None) -> None:
    """Write `data` into `path` with `mode`, unless the file already holds it.

    An existing file is compared: a power cut can leave it empty, and it may belong to another user.
    """
    try:
        # No process reads it before it is complete: the attempt is launched after this.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        if _stranger(path, owner) or read_limited(path, len(data) + 1) != data:
            atomic.write(path, data, sync=False, mode=mode)
        return
    try:
        atomic.write_all(handle, data)
    finally:
        os.close(handle)
