"""Who is who in the process table."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sweeper.clusters.local import processes
from sweeper.clusters.local.processes import Process, ProcessIdentity, parse_identity, with_descendants

StartSession = Callable[[str], int]


def process(pid: int, parent: int = 1, session: int = 1, start: int = 100) -> Process:
    return Process(pid, parent, session, start)


@pytest.fixture
def child() -> Iterator[int]:
    """The number of a child that sleeps."""
    pid = os.posix_spawnp("sleep", ["sleep", "100"], os.environ)
    yield pid
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def end(pid: int) -> None:
    """Kill a child, and leave it as a zombie."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def test_an_identity_is_host_boot_number_and_start() -> None:
    """The claim of a process comes apart from its end, whatever the host is called."""
    assert parse_identity("lab-3:0f-1a:77:1234") == ProcessIdentity("lab-3:0f-1a", 77, 1234)
    assert parse_identity("lab-3/402:0f-1a:77:1234") == ProcessIdentity("lab-3/402:0f-1a", 77, 1234)
    for text, space in (("lab-3:0f-1a:77:1234", ""), ("lab-3/402:0f-1a:77:1234", "402")):
        found = parse_identity(text)
        assert (found.host, found.boot_id, found.space) == ("lab-3", "0f-1a", space)
        assert found.leader == process(77, start=1234)


@pytest.mark.parametrize("text", ["", "void 3", "0a-uid", "host:boot", "host:boot:x:1", "host:boot:1:"])
def test_nothing_else_is_an_identity(text: str) -> None:
    """What no shim of a process can have written is told from what one has."""
    with pytest.raises(ValueError, match=r"invalid literal|not enough values"):
        parse_identity(text)


def test_a_process_knows_itself() -> None:
    """Number, parent, session and identity are the kernel's."""
    me = processes.read(os.getpid())
    assert me is not None
    assert (me.pid, me.parent, me.session) == (os.getpid(), os.getppid(), os.getsid(0))
    assert processes.identity(me.pid) == f"{processes.boot()}:{me.pid}:{me.start}"
    space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    assert processes.boot().startswith(f"{os.uname().nodename}/{space}:")
    assert processes.here().pid == os.getpid()
    assert me in processes.everyone()


def test_a_name_cannot_deceive(tmp_path: Path) -> None:
    """A program whose name holds spaces and parentheses is read like any other."""
    program = tmp_path / "a) R 1 (b"
    program.symlink_to("/bin/sleep")
    pid = os.posix_spawn(program, [str(program), "100"], os.environ)
    try:
        found = processes.read(pid)
        assert found is not None
        assert (found.pid, found.parent, found.session) == (pid, os.getpid(), os.getsid(0))
    finally:
        end(pid)
        os.waitpid(pid, 0)


def test_a_zombie_is_not_alive(child: int) -> None:
    """A process that has ended but is not reaped has an identity, but it does not live."""
    before = processes.identity(child)
    end(child)
    assert processes.read(child) is None
    assert processes.identity(child) == before
    assert child not in {one.pid for one in processes.everyone()}
    os.waitpid(child, 0)
    with pytest.raises(ProcessLookupError):
        processes.identity(child)


def test_a_process_is_the_same_under_another_parent() -> None:
    """Parent and session may change over a life; number and start time say who it is."""
    assert process(7, parent=3, session=3) == process(7, parent=1, session=7)
    assert len({process(7, parent=3), process(7, parent=1)}) == 1
    assert process(7, start=100) != process(7, start=101)


@pytest.mark.parametrize(
    ("roots", "want"),
    [
        ([], []),
        ([2], [2, 3, 4, 5]),
        ([4], [4, 5]),
        ([3, 4], [3, 4, 5]),
        ([6], [6]),
        ([2, 9], [2, 3, 4, 5, 9]),
    ],
)
def test_descendants_are_found_at_any_depth(roots: list[int], want: list[int]) -> None:
    """Children of children count, in sessions of their own too, and roots that are not in the table."""
    table = [process(2, 1), process(3, 2), process(4, 2, session=4), process(5, 4, session=5), process(6, 1)]
    found = with_descendants([process(pid) for pid in roots], table)
    assert sorted(one.pid for one in found) == want


def test_a_circle_of_parents_ends() -> None:
    """A table that was read while numbers came round cannot make the search go on for ever."""
    table = [process(2, 3), process(3, 2)]
    assert with_descendants(table[:1], table) == set(table)


def test_a_handle_is_of_exactly_this_process(child: int) -> None:
    """There is a handle for a process that lives, none for the dead or for another under its number."""
    found = processes.read(child)
    assert found is not None
    handle = processes.open_handle(found)
    assert handle is not None
    os.close(handle)
    before = len(os.listdir("/proc/self/fd"))
    assert processes.open_handle(replace(found, start=found.start + 1)) is None
    end(child)
    assert processes.open_handle(found) is None
    os.waitpid(child, 0)
    assert processes.open_handle(found) is None
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_signal_reaches_exactly_this_process(child: int) -> None:
    """A signal for a process that is gone does not reach whoever has its number now."""
    found = processes.read(child)
    assert found is not None
    processes.send(replace(found, start=found.start - 1), signal.SIGKILL)
    assert processes.read(child) == found
    processes.send(found, signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    processes.send(found, signal.SIGKILL)


def test_an_environment_is_what_a_process_was_started_with(until: Callable[..., object]) -> None:
    """Values are read as they are; where they may not be read there are none."""
    pid = os.posix_spawnp(
        "sleep", ["sleep", "100"], {b"A": b"1=2", b"B": b"\xff", b"PATH": os.fsencode(os.defpath)}
    )
    try:
        until(lambda: processes.environment(pid))  # the kernel shows none for a moment
        found = processes.environment(pid)
        assert (found["A"], found["B"]) == ("1=2", "�")
    finally:
        end(pid)
    assert processes.environment(pid) == {}
    os.waitpid(pid, 0)
    assert processes.environment(pid) == {}


def test_one_variable_is_found_among_all(until: Callable[..., object]) -> None:
    """Its value is whole, names that only end alike are others, and the dead have none."""
    variables = {b"XMARK": b"no", b"MARK": b"a=b:c/1", b"MARK2": b"no", b"PATH": os.fsencode(os.defpath)}
    pid = os.posix_spawnp("sleep", ["sleep", "100"], variables)
    try:
        until(lambda: processes.variable(pid, "MARK"))
        assert processes.variable(pid, "MARK") == "a=b:c/1"
        assert processes.variable(pid, "ARK") == ""
        assert processes.command_line(pid) == ["sleep", "100"]
    finally:
        end(pid)
    os.waitpid(pid, 0)
    assert processes.variable(pid, "MARK") == ""
    assert processes.command_line(pid) == []


def test_a_process_without_any_variable_may_just_be_starting() -> None:
    """Nobody can tell it from one whose variables the kernel does not show yet."""
    pid = os.posix_spawnp("sleep", ["sleep", "100"], {})
    try:
        assert processes.variable(pid, "MARK") is None
    finally:
        end(pid)
        os.waitpid(pid, 0)


def test_an_age_is_in_seconds(child: int) -> None:
    """A process that was just started is hardly any seconds old."""
    found = processes.read(child)
    assert found is not None
    assert -0.02 <= processes.age(found) < 5
    hour = int(3600 * os.sysconf("SC_CLK_TCK"))
    assert processes.age(replace(found, start=found.start - hour)) == pytest.approx(3600, abs=5)
    assert time.clock_gettime(time.CLOCK_BOOTTIME) > processes.age(found)
