"""What people read that depends on where and when they are: times, and what to type to mean a sweep."""

from __future__ import annotations

import os
import shlex
import time

from sweeper.core.snapshot import FailedTrial, RunningTrial
from sweeper.core.words import escape, one_line
from sweeper.store import upwards


def moment(at: float, now: float | None = None) -> str:
    """A wall time for people: the hour alone where it was today."""
    today = time.localtime(time.time() if now is None else now)
    there = time.localtime(at)
    return time.strftime("%H:%M" if there[:3] == today[:3] else "%Y-%m-%d %H:%M", there)


def reference(folder: str) -> str:
    """What to type to mean this sweep, quoted: its name where verbs look anyway, else its path."""
    root, name = os.path.split(folder)
    named = os.environ.get("CVSWEEP_ROOT")
    if root == (os.path.abspath(named) if named else os.path.abspath("sweeps")):
        return shlex.quote(name)
    if not named and not upwards.holds_sweeps("sweeps") and root == upwards.sweeps_above(os.getcwd()):
        return shlex.quote(name)
    return shlex.quote(folder)


def with_choices(one: RunningTrial | FailedTrial) -> str:
    """What tells a trial from others with the same command, in front of whatever is said of it."""
    return f"{escape(one.choices)}: " if one.choices else ""


def told(apart: str, command: str) -> str:
    """A trial in one line: what tells it from the others (see core/varying.py), then its command."""
    return f"{escape(apart)}: {one_line(command)}" if apart else one_line(command)


def running_words(one: RunningTrial) -> str:
    """The same for a trial that runs; a snapshot of an older version has its choices alone."""
    return told(one.varying or one.choices, one.command)
