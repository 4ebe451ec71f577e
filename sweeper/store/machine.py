"""The parts of this machine's process table that a sweep folder needs: our identity, and who is alive."""

from __future__ import annotations

import os
import time
from functools import cache

from sweeper.core.presence import Heartbeat, Machine

_DEAD = frozenset(b"ZXx")


@cache
def here() -> Machine:
    """Return the boot and the PID namespace in which our process numbers are valid; empty without /proc."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            return Machine(file.readline().strip(), os.readlink("/proc/self/ns/pid"))
    except OSError:
        return Machine("", "")


def moment() -> str:
    """Return the current time as `boot_id seconds-since-boot`, which setting the clock does not change."""
    return f"{here().boot_id} {time.clock_gettime(time.CLOCK_BOOTTIME):.3f}"


def seconds_since(moment_then: str) -> float | None:
    """Return the seconds since a `moment()`, or None if it is from another boot or another machine."""
    boot, _, then = moment_then.partition(" ")
    now_boot, _, now = moment().partition(" ")
    try:
        return max(0.0, float(now) - float(then)) if boot and boot == now_boot else None
    except ValueError:
        return None


def me() -> Heartbeat:
    """Return the identity of this process as a controller that starts now."""
    place, pid = here(), os.getpid()
    try:
        start = _start(pid) or 0
    except OSError:
        start = 0  # without /proc no process here can check it anyway
    since = round(time.time(), 3)
    return Heartbeat(os.uname().nodename, place.boot_id, place.pid_namespace, pid, start, since)


def is_alive(pid: int, start: int) -> bool:
    """Whether the process `pid` that started at `start` (clock ticks since boot) is alive."""
    try:
        return _start(pid) == start
    except (FileNotFoundError, ProcessLookupError):
        return _is_hidden(pid)


def process_name(who: Heartbeat) -> str:
    """Return a name of the process that is unique on all machines; empty if it has no boot id."""
    return f"{who.boot_id} {who.pid_namespace} {who.pid} {who.start}" if who.boot_id else ""


def is_dead(name: str) -> bool:
    """Whether the process with this `process_name` is certainly dead; False for those of other machines."""
    match name.split(" "):
        case [boot_id, pid_namespace, pid, start] if (boot_id, pid_namespace) == here():
            return not (pid.isdecimal() and start.isdecimal() and is_alive(int(pid), int(start)))
    return False


def _start(pid: int) -> int | None:
    """Return the start time of the process in clock ticks since boot, or None if it is a zombie."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        text = file.read()
    # The name stands in parentheses and may itself hold any character, so split behind the last one.
    rest = text[text.rindex(b")") + 2 :].split(None, 20)
    return None if rest[0][0] in _DEAD else int(rest[19])


def _is_hidden(pid: int) -> bool:
    """Whether it is another user's process that /proc does not show (mounted with hidepid)."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return False
