"""Times and trials as text for people."""

from __future__ import annotations

import time

from sweeper.core.formatting import escape, one_line
from sweeper.core.snapshot import FailedTrial, RunningTrial


def moment(at: float, now: float | None = None) -> str:
    """A wall time for people: the hour alone where it was today."""
    today = time.localtime(time.time() if now is None else now)
    there = time.localtime(at)
    return time.strftime("%H:%M" if there[:3] == today[:3] else "%Y-%m-%d %H:%M", there)


def with_choices(one: RunningTrial | FailedTrial) -> str:
    """What tells a trial from others with the same command, in front of any message about it."""
    return f"{escape(one.choices)}: " if one.choices else ""


def describe_trial(varying: str, command: str) -> str:
    """A trial in one line: what tells it from the others (see core/varying.py), then its command."""
    return f"{escape(varying)}: {one_line(command)}" if varying else one_line(command)


def describe_running(one: RunningTrial) -> str:
    """The same for a trial that runs; a snapshot of an older version has its choices alone."""
    return describe_trial(one.varying or one.choices, one.command)
