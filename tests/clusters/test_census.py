"""Who lives of an attempt, among everybody on this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from sweeper.clusters.local import census, processes
from sweeper.clusters.local.census import Census, SeenProcesses

M = f"m{os.getpid()}"
"""The mark of these tests; the same ones may run in other processes at the same time."""
OTHER = f"{M}2"
StartSession = Callable[[str], int]
Until = Callable[..., object]


@pytest.fixture
def start(start_session: StartSession, until: Until) -> Callable[..., int]:
    """Start the leader of a session, which runs the shell text with the mark.

    Before its exec a process has no mark, and that would be remembered.
    """

    def marked(text: str, mark: str = "") -> int:
        pid = start_session(f"export CVSWEEP_CLAIM={mark}; {text}" if mark else text)
        if text.endswith("exec sleep 100"):
            until(lambda: is_asleep(pid))
        return pid

    return marked


@pytest.fixture
def child() -> Iterator[int]:
    """The number of a child that has ended, a zombie."""
    pid = os.posix_spawnp("true", ["true"], os.environ)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    yield pid
    os.waitpid(pid, 0)


def is_asleep(pid: int) -> bool:
    """Has it become its last program, with all its variables?"""
    with open(f"/proc/{pid}/comm") as file:
        return file.read() == "sleep\n" and bool(processes.variable(pid, "LEFT_BY"))


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def numbers(seen: set[processes.Process]) -> set[int]:
    return {one.pid for one in seen}


def test_a_session_is_its_living_members(start: StartSession, until: Until) -> None:
    """All live processes of a session are found, whether its leader lives or not, and nobody else."""
    leader, other = start("sleep 100 & sleep 100 & exec sleep 100"), start("exec sleep 100")
    count = Census()
    until(lambda: len(count.look({"a": leader})["a"].session) == 3)
    found = count.look({"a": leader, "b": other})
    assert (len(found["a"].session), len(found["b"].session)) == (3, 1)
    assert {one.session for one in found["a"].session} == {leader}
    end(leader)
    assert len(count.look({"a": leader})["a"].session) == 2
    assert count.look({}) == {}


def test_who_carries_the_mark_is_found_in_any_session(start: Callable[..., int], until: Until) -> None:
    """The mark alone tells, exactly, whatever the session; members of the session are not told twice."""
    leader = start("sleep 100 & exec sleep 100", M)
    other, stranger = start("exec sleep 100", OTHER), start("exec sleep 100")
    nobody = 0x7FFFFFFF
    # Asked anew each time: before its exec a process has no mark, and that would be remembered.
    until(lambda: numbers(Census().look({M: nobody})[M].marked) > {leader})
    until(lambda: numbers(Census().look({OTHER: nobody})[OTHER].marked) == {other})
    count = Census()
    seen = count.look({M: 0x7FFFFFFF, OTHER: 0x7FFFFFFE})
    assert len(seen[M].marked) == 2
    assert numbers(seen[OTHER].marked) == {other}
    assert stranger not in numbers(seen[M].marked | seen[OTHER].marked)
    assert count.look({OTHER: other})[OTHER] == SeenProcesses(seen[OTHER].marked)


def test_who_has_ended_is_not_found_by_what_was_known_of_it(start: Callable[..., int], until: Until) -> None:
    """A zombie that nobody collects, as where process 1 is no init, holds no attempt up."""
    marked = start("exec sleep 100", M)
    count = Census()
    until(lambda: numbers(count.look({M: 0x7FFFFFFF})[M].marked) == {marked})
    end(marked)
    assert count.look({M: 0x7FFFFFFF})[M] == SeenProcesses()


def test_whoever_was_met_is_not_read_again(
    start: Callable[..., int], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only new processes cost more than a glance, until what is known has to be found out anew."""
    stranger, leader, marked = start("exec sleep 100"), start("exec sleep 100"), start("exec sleep 100", M)
    read: list[int] = []
    variable = processes.variable

    def count_reads(pid: int, name: str) -> str | None:
        read.append(pid)
        return variable(pid, name)

    count = Census()
    assert count.look({M: leader})[M].marked
    monkeypatch.setattr(processes, "variable", count_reads)
    assert numbers(count.look({M: leader})[M].marked) == {marked}
    assert not {marked, stranger} & set(read)
    new = start("exec sleep 100", M)
    read.clear()
    assert numbers(count.look({M: leader}, [new])[M].marked) == {marked}
    assert new not in read  # the session of another attempt
    assert numbers(count.look({M: leader})[M].marked) == {marked, new}
    assert new in read
    read.clear()
    monkeypatch.setattr(time, "monotonic", lambda: count._forget_at)
    count.look({M: leader})
    assert {marked, stranger} <= set(read)


def test_who_leaves_its_session_is_read_again(start: Callable[..., int], until: Until) -> None:
    """What `setsid` starts has got its mark after it was first seen."""
    leader = start(f"export CVSWEEP_CLAIM={M}; setsid sleep 100 & wait")
    count = Census()

    def left() -> set[processes.Process]:
        return {one for one in count.look({M: 0x7FFFFFFF})[M].marked if one.session != leader}

    assert until(left)


def test_a_child_that_was_born_during_the_listing_is_found(
    child: int, monkeypatch: pytest.MonkeyPatch, start: StartSession
) -> None:
    """Where a listed process has gone by the time it is looked at, its child may be unlisted: look again."""
    born = start("exec sleep 100")
    listings = iter([[0x7FFFFFFF], [child, born]])
    with monkeypatch.context() as patch:
        patch.setattr(processes, "numbers", lambda: next(listings))
        assert numbers(Census().look({"a": born})["a"].session) == {born}


def test_a_restless_machine_does_not_keep_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """If somebody is gone at every look, the last one counts."""
    monkeypatch.setattr(processes, "numbers", lambda: [0x7FFFFFFF, os.getpid()])
    assert numbers(Census().look({"a": os.getsid(0)})["a"].session) == {os.getpid()}


def test_what_is_just_being_started_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, start: StartSession
) -> None:
    """Nothing is learnt of a process whose variables the kernel does not show yet."""
    pid = start("exec sleep 100")
    shown = iter([None, M])
    monkeypatch.setattr(processes, "numbers", lambda: [pid])
    monkeypatch.setattr(processes, "variable", lambda pid, name: next(shown))
    count = Census()
    assert count.look({M: 0x7FFFFFFF})[M] == SeenProcesses()
    assert numbers(count.look({M: 0x7FFFFFFF})[M].marked) == {pid}


def test_the_mark_is_what_the_shim_exports() -> None:
    """The shell and Python agree on the name."""
    shim = processes.__file__.replace("clusters/local/processes.py", "shim.sh")
    with open(shim) as file:
        assert f'export {census.MARK}="$_uid"' in file.read()
