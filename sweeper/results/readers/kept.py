"""Files outside an attempt folder: the trial's parameters, and results in folders that attempts share."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from sweeper.core.model import Value
from sweeper.core.paths import EXIT, OWNER, TrialPaths
from sweeper.core.patterns import lazy
from sweeper.core.results_dir import results_dir
from sweeper.files.regular import NOT_THERE, read_limited
from sweeper.results.columns import flatten_params
from sweeper.results.readers.entries import Entry, many
from sweeper.results.readers.listing import Listing
from sweeper.results.readers.tree import Outputs
from sweeper.store.attempts import read_exit

_MOST = 1024 * 1024
_RESULTS = lazy(r"metrics\.(json|jsonl|csv)|[a-z]+_results\.json|trainer_state\.json|.*\.tfevents.*")
_FOLD = lazy(r"(?i)(?:^|/)(?:k?-?fold|cv|split)[_-]?[0-9]+/")
_OLD = "is older than this attempt: an earlier one left it, so it is not read"
_NEW = "is newer than this attempt: something else wrote it since, so it is not read"
_MARGIN = 2.0
"""Seconds after the end of an attempt in which a file may still be its own: another volume has another clock.

The record of the end is written after all processes of the attempt have ended. Another run in the same folder
can begin soon after that.
"""


def parameters(out: str) -> Mapping[str, Value]:
    """Return the parameters of the trial of the attempt folder `out`; empty if they cannot be read."""
    trial = TrialPaths.of_attempt(out)
    raw = read_limited(trial.params, _MOST) if trial else None
    try:
        data = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return {}
    return flatten_params(data) if isinstance(data, dict) else {}


def chosen_folder(out: str) -> str:
    """Return the folder that the user chose for this trial's output; empty if it is the attempt folder."""
    trial = TrialPaths.of_attempt(out)
    raw = read_limited(trial.command, _MOST) if trial else None
    return results_dir((raw or b"").decode(errors="replace"))


def kept_between_attempts(
    out: str, own: Outputs, remark: Callable[[str], None], file: str | None = None
) -> Outputs | None:
    """Return what this attempt has written to the checkpoint folder of its trial.

    Results there that are older than the attempt belong to an earlier attempt: they are left out, with a
    remark.

    Args:
        out: the attempt folder.
        own: the listed files of the attempt folder.
        remark: called with a line about results that are left out.
        file: the name of another file with results (results.file).

    Returns:
        The files; None if there is no checkpoint folder, or the start of the attempt is not known.
    """
    trial = TrialPaths.of_attempt(out)
    return written_to(trial.checkpoints, "checkpoints/", out, own, remark, file) if trial else None


def written_to(
    folder: str, place: str, out: str, own: Outputs, remark: Callable[[str], None], file: str | None = None
) -> Outputs | None:
    """Return what this attempt has written to another folder, as `kept_between_attempts` does.

    Results that were written after its end are left out as well, unless the folder is the trial's own (it has
    a `place`): another sweep may have used the same folder since.

    Args:
        folder: the other folder.
        place: the prefix for the names of its files in messages.
        out: the attempt folder.
        own: the listed files of the attempt folder.
        remark: called with a line about results that are left out.
        file: the name of another file with results (results.file).
    """
    began, ended = _span(out, own.root)
    if began is None:
        return None
    try:
        root = Listing.of(folder, place, recent=own.root.recent)
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise
    if root.cut:
        remark(many(root.place))
    ended = math.inf if place else ended
    left_out: dict[str, list[str]] = {_OLD: [], _NEW: []}

    def reason(name: str, entry: Entry) -> str:
        """Return why a file is not the attempt's; empty if it is, or has no results."""
        if not (name == file or _RESULTS.fullmatch(name)):
            return ""
        written = entry.stat(follow_symlinks=False).st_mtime
        return _OLD if written < began else _NEW if written > ended else ""

    def fresh(folder: Listing) -> Listing:
        kept, unreadable = {}, {}
        for name, entry in folder.entries.items():
            why = reason(name, entry)
            if not why:
                kept[name] = entry
            elif _FOLD.search(folder.place):  # the other folds alone would not be the whole result
                kept[name], unreadable[name] = entry, why
            else:
                left_out[why].append(folder.shown(name))
        return replace(folder, entries=kept, unreadable=unreadable)

    tree = Outputs.filtered(root, fresh, own.wanted)
    for why, names in left_out.items():
        if names:
            more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
            remark(f"{names[0]}{more} {why}")
    return tree


def _span(out: str, own: Listing) -> tuple[float | None, float]:
    """Return from when until when files can be the attempt's, by the volume's clock.

    It began at the time of its claim. A program may have removed or replaced the claim, so the exit record is
    used as well; None if both are missing. Without a record the end is not known: infinite.
    """
    record = read_exit(out) if EXIT in own else None
    times = [record.ended_at - (record.end - record.start)] if record else []
    if OWNER in own:
        times.append(own.entries[OWNER].stat(follow_symlinks=False).st_mtime)
    return min(times, default=None), record.ended_at + _MARGIN if record else math.inf
