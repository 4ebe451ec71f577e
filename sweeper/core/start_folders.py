"""Tells trials apart that differ only in the folder in which they start (`task.cwd`).

Keys do not contain that folder: those of existing sweeps must stay as they are. So of several such trials the
first one has the plain key, and each other one a key that is derived from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sweeper.core.model import Trial, trial_key


def derived_key(key: str, cwd: str) -> str:
    """Return the key of a trial if the trial with its plain key starts in another folder."""
    return trial_key({}, f"{key} starts in {cwd}")


def recognized(trials: Iterable[Trial], there: Mapping[str, str]) -> list[Trial]:
    """Return the trials of a grid with the keys that they have in an existing sweep.

    Args:
        trials: the trials of the grid.
        there: the folders in which the trials of the sweep start, by their keys.
    """
    given = list(trials)
    plain = {derived_key(one.key, cwd): one.key for one in given for cwd in {two.cwd for two in given}}
    found = []
    for one in given:
        key = plain.get(one.key, one.key)
        wanted = key if there.get(key, one.cwd) == one.cwd and (key == one.key or key in there) else ""
        found.append(replace(one, key=wanted or derived_key(key, one.cwd)))
    return found
