"""This machine's process table, as far as the sweep folder needs it: who we are, and who still lives."""

from __future__ import annotations

import os
import time
from functools import cache

from sweeper.core.presence import Heartbeat, Machine

_DEAD = frozenset(b"ZXx")


@cache
def here() -> Machine:
    """Where process numbers mean what they mean to us; without a name if there is no /proc."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            return Machine(file.readline().strip(), os.readlink("/proc/self/ns/pid"))
    except OSError:
        return Machine("", "")


def moment() -> str:
    """Now, as seconds since a boot that is named: no setting of a clock changes what lies in between."""
    return f"{here().boot_id} {time.clock_gettime(time.CLOCK_BOOTTIME):.3f}"


def seconds_since(moment_then: str) -> float | None:
    """How long ago a moment was; None if it was before the machine's last boot, or on another machine."""
    boot, _, then = moment_then.partition(" ")
    now_boot, _, now = moment().partition(" ")
    try:
        return max(0.0, float(now) - float(then)) if boot and boot == now_boot else None
    except ValueError:
        return None


def me() -> Heartbeat:
    """This process, as a controller from now on."""
    place, pid = here(), os.getpid()
    try:
        start = _start(pid) or 0
    except OSError:
        start = 0  # without /proc nobody here can look anyway
    since = round(time.time(), 3)
    return Heartbeat(os.uname().nodename, place.boot_id, place.pid_namespace, pid, start, since)


def is_alive(pid: int, start: int) -> bool:
    """Does the process live that has this number and was started then (in clock ticks since boot)?"""
    try:
        return _start(pid) == start
    except (FileNotFoundError, ProcessLookupError):
        return _is_hidden(pid)


def process_name(who: Heartbeat) -> str:
    """The process, as no other is called on any machine; empty if this one has no /proc."""
    return f"{who.boot_id} {who.pid_namespace} {who.pid} {who.start}" if who.boot_id else ""


def is_dead(name: str) -> bool:
    """Is the process with such a name known to be dead? Only of this machine's processes anybody knows."""
    match name.split(" "):
        case [boot_id, pid_namespace, pid, start] if (boot_id, pid_namespace) == here():
            return not (pid.isdecimal() and start.isdecimal() and is_alive(int(pid), int(start)))
    return False


def _start(pid: int) -> int | None:
    """When the process was started; None if only a zombie is left of it."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        text = file.read()
    # The name stands in parentheses and may itself hold any character, so split behind the last one.
    rest = text[text.rindex(b")") + 2 :].split(None, 20)
    return None if rest[0][0] in _DEAD else int(rest[19])


def _is_hidden(pid: int) -> bool:
    """Is it another user's process, which /proc does not show (mounted with hidepid)?"""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return False
