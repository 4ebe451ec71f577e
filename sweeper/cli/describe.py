"""Times and trials as text for people."""

from __future__ import annotations

import time

from sweeper.core.formatting import escape, one_line
from sweeper.core.snapshot import FailedTrial, RunningTrial


def moment(at: float, now: float | None = None) -> str:
    """Return a wall time (seconds since the epoch) as text: without the date if it is today."""
    today = time.localtime(time.time() if now is None else now)
    there = time.localtime(at)
    return time.strftime("%H:%M" if there[:3] == today[:3] else "%Y-%m-%d %H:%M", there)


def with_choices(one: RunningTrial | FailedTrial) -> str:
    """Return the choices of a trial as a prefix for messages; they distinguish equal commands."""
    return f"{escape(one.choices)}: " if one.choices else ""


def describe_trial(varying: str, command: str) -> str:
    """Return a trial in one line: what distinguishes it (see core/varying.py), then its command."""
    return f"{escape(varying)}: {one_line(command)}" if varying else one_line(command)


def describe_running(one: RunningTrial) -> str:
    """Return a running trial in one line; snapshots of older versions hold only its choices."""
    return describe_trial(one.varying or one.choices, one.command)
