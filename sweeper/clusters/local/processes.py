"""The process table of Linux: identifies processes, even if process numbers are reused."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

_TICKS = os.sysconf("SC_CLK_TCK")
_DEAD = frozenset(b"ZXx")


@dataclass(frozen=True, slots=True)
class Process:
    """A live process; `start` is in clock ticks since boot.

    Number and start identify it; its parent and session may change during its life.
    """

    pid: int
    parent: int = field(compare=False)
    session: int = field(compare=False)
    start: int


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """The identity with which an attempt claims its folder: `host/PID namespace:boot id:pid:start`.

    Older versions wrote no PID namespace.
    """

    boot: str
    pid: int
    start: int

    @property
    def place(self) -> str:
        """Where the process number is valid: `host/PID namespace`."""
        return self.boot.split(":")[0]

    @property
    def host(self) -> str:
        return self.place.partition("/")[0]

    @property
    def space(self) -> str:
        """The PID namespace; empty if it is not known."""
        return self.place.partition("/")[2]

    @property
    def boot_id(self) -> str:
        return self.boot.split(":")[1]

    @property
    def leader(self) -> Process:
        """The attempt's shim, which leads a session of its own."""
        return Process(self.pid, parent=0, session=self.pid, start=self.start)


def parse_identity(text: str) -> ProcessIdentity:
    """Parse the text of an `owner` file; ValueError if it is no identity."""
    boot_of_it, pid, start = text.rsplit(":", 2)
    if boot_of_it.count(":") != 1:
        raise ValueError(f"no host and boot in {boot_of_it!r}")
    return ProcessIdentity(boot_of_it, int(pid), int(start))


def boot_id() -> str:
    """Return the kernel's id of this boot, which is the same in all containers."""
    return boot().split(":")[1]


@cache
def boot() -> str:
    """Return `host/PID namespace:boot id`, in which a process number is unique together with its start."""
    host, boot_id = map(_first_line, ("hostname", "random/boot_id"))
    return f"{host}{_space()}:{boot_id}"


def _first_line(name: str) -> str:
    with open(f"/proc/sys/kernel/{name}", encoding="utf-8") as file:
        return file.readline().strip()


def here() -> ProcessIdentity:
    """Return the location and number of this process; its start time is 0."""
    return ProcessIdentity(boot(), os.getpid(), 0)


def _space() -> str:
    """Return `/` and the number of the PID namespace; empty if /proc does not show it."""
    try:
        return "/" + re.sub(r"\D", "", os.readlink("/proc/self/ns/pid"))
    except OSError:
        return ""


def read(pid: int) -> Process | None:
    """Return the live process `pid`, or None if there is none or it is a zombie."""
    parsed = _stat(pid)
    return parsed[0] if parsed and not parsed[1] else None


def is_child(process: Process) -> bool:
    """Whether it is a child of this process, alive or ended but not yet reaped."""
    found = _stat(process.pid)
    return found is not None and found[0] == process and found[0].parent == os.getpid()


def identity(pid: int) -> str:
    """Return what shim.sh writes into `owner` for our child `pid`, which is not reaped yet."""
    parsed = _stat(pid)
    if parsed is None:
        raise ProcessLookupError(pid)
    return identity_of(parsed[0])


def identity_of(process: Process) -> str:
    """Return what shim.sh writes into `owner` for a process of this machine."""
    return f"{boot()}:{process.pid}:{process.start}"


def everyone() -> list[Process]:
    """Return all live processes; this takes about 15 microseconds per process."""
    return [process for pid in numbers() if (process := read(pid))]


def with_descendants(roots: Iterable[Process], table: Iterable[Process]) -> set[Process]:
    """Return `roots` and all their descendants, also those in other sessions."""
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: set[Process] = set()
    todo = list(roots)
    while todo:
        process = todo.pop()
        if process not in found:
            found.add(process)
            todo += children.get(process.pid, ())
    return found


def open_handle(process: Process) -> int | None:
    """Return a pidfd of exactly this process, or None; the start time is checked after opening."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    same = False
    try:
        same = read(process.pid) == process
    finally:
        if not same:
            os.close(handle)
    return handle if same else None


def send(process: Process, number: signal.Signals) -> None:
    """Send a signal to exactly this process, if it still lives and we may."""
    handle = open_handle(process)
    if handle is None:
        return
    try:
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        pass  # it ended by itself between the check and the signal, which is what was wanted
    except PermissionError:
        pass  # it runs as another user by now (sudo); its end can only be waited for
    finally:
        os.close(handle)


def environment(pid: int) -> dict[str, str]:
    """Return the initial environment of a process; empty if it cannot be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            pairs = file.read().split(b"\0")
    except OSError:
        return {}
    split = (pair.decode(errors="replace").partition("=") for pair in pairs if b"=" in pair)
    return {name: value for name, _, value in split}


def variable(pid: int, name: str) -> str | None:
    """Return a variable of a process's initial environment; empty if it is not set or cannot be read.

    None if the kernel shows no variables at all, as it does briefly while a program is being started.
    """
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            text = file.read()
    except OSError:
        return ""
    if not text:
        return None
    return (
        (b"\0" + text).partition(b"\0" + name.encode() + b"=")[2].partition(b"\0")[0].decode(errors="replace")
    )


def command_line(pid: int) -> list[str]:
    """Return the argument vector of a process; empty if it cannot be read."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [word.decode(errors="surrogateescape") for word in file.read().split(b"\0")[:-1]]
    except OSError:
        return []


def age(process: Process) -> float:
    """Return the seconds since the process was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - process.start / _TICKS


def numbers() -> list[int]:
    """Return the numbers of all processes."""
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _stat(pid: int) -> tuple[Process, bool] | None:
    try:
        file = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError):
        return None  # any other error (no descriptor left) says nothing about the process
    try:
        text = os.read(file, 4096)
    except ProcessLookupError:  # it ended after the file was opened
        return None
    finally:
        os.close(file)
    # The name stands in parentheses and may itself hold any character, so split behind the last one.
    rest = text[text.rindex(b")") + 2 :].split(None, 20)
    process = Process(pid=pid, parent=int(rest[1]), session=int(rest[3]), start=int(rest[19]))
    return process, rest[0][0] in _DEAD
