"""The lock file: who holds it, and that it is held by one at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.errors import StorageError, SweepHeldError
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import Locks
from sweeper.store import claim, lock, presence
from tests.conftest import Until
from tests.disks import Fail

HOLD = """\
import sys, time
from sweeper.core.paths import SweepPaths
from sweeper.store import lock
held = lock.acquire(SweepPaths(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def is_held(paths: SweepPaths) -> bool:
    return lock.look(paths.lock) is Locks.HELD


@pytest.fixture
def place(tmp_path: Path) -> SweepPaths:
    """A folder for a lock."""
    return SweepPaths(str(tmp_path))


def test_a_second_controller_is_told_who_holds_the_sweep(place: SweepPaths) -> None:
    """While one holds it, another is refused with process, host, time and what to do; then it is free."""
    held = lock.acquire(place)
    with pytest.raises(SweepHeldError) as caught:
        lock.acquire(place)
    host = re.escape(os.uname().nodename)
    who = rf"sweep {place.name} is held by process {os.getpid()} on {host} since 20\d\d-"
    assert re.match(who, str(caught.value))
    assert f"cvsweep resume --take-over {place.name}" in str(caught.value)
    held.release()
    lock.acquire(place).release()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"since": 1}', "\xff"])
def test_a_holder_without_a_name_is_another_controller(
    place: SweepPaths, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the file does not tell who holds it, the refusal does without, after a moment."""
    monkeypatch.setattr(lock, "_SIGNING", 0.05)
    held = lock.acquire(place)
    Path(place.lock).write_text(text, "latin-1")
    with pytest.raises(SweepHeldError, match="is held by another controller"):
        lock.acquire(place)
    held.release()


def test_a_lock_dies_with_its_process(place: SweepPaths) -> None:
    """A controller that was killed holds nothing, whatever its lock file still says."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, place.folder], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    assert is_held(place)
    with pytest.raises(SweepHeldError, match=f"process {process.pid} "):
        lock.acquire(place)
    process.kill()
    process.communicate()
    assert lock.holder(place)["pid"] == process.pid
    assert not is_held(place)
    held = lock.acquire(place)
    assert lock.holder(place)["pid"] == os.getpid()
    held.release()


def test_a_program_started_meanwhile_does_not_keep_the_lock(place: SweepPaths, until: Until) -> None:
    """A trial that outlives its controller does not hold the sweep."""
    held = lock.acquire(place)
    child = os.posix_spawnp("sleep", ["sleep", "60"], os.environ)
    held.release()
    until(lambda: not is_held(place))  # the kernel lets us go on a little before it closes the child's files
    os.kill(child, 9)
    os.waitpid(child, 0)


def test_a_stale_file_is_no_lock(place: SweepPaths) -> None:
    """A lock file that nobody holds means nothing; neither does none at all."""
    assert not is_held(place)
    assert not Path(place.lock).exists()
    Path(place.lock).write_text(json.dumps({"pid": 1, "host": "here", "since": 0}))
    assert not is_held(place)
    lock.acquire(place).release()


def test_force_takes_it_from_one_that_hangs(place: SweepPaths) -> None:
    """By force the sweep has a new holder, whom the former one's release does not disturb."""
    hung = lock.acquire(place)
    held = lock.acquire(place, by_force=True)
    assert (hung.is_current(), held.is_current()) == (False, True)
    hung.release()
    assert is_held(place)
    with pytest.raises(SweepHeldError):
        lock.acquire(place)
    held.release()
    assert not is_held(place)
    assert os.listdir(place.folder) == ["lock"]


def test_force_takes_what_nobody_holds(place: SweepPaths) -> None:
    """Where there is nobody to take it from, force does no harm."""
    held = lock.acquire(place, by_force=True)
    assert is_held(place)
    held.release()


@pytest.mark.parametrize("gone", [False, True], ids=["replaced", "removed"])
def test_a_file_replaced_at_the_last_moment_is_not_taken_for_the_lock(
    place: SweepPaths, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    """A lock on a file that others do not find any more is none: the one that lies there counts."""
    really, rivals = fcntl.flock, list[lock.Lock]()

    def flock(handle: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", really)
        if gone:
            os.unlink(place.lock)
        else:
            rivals.append(lock.acquire(place, by_force=True))
        really(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    if gone:
        held = lock.acquire(place)
        assert held.is_current()
        held.release()
    else:
        with pytest.raises(SweepHeldError):
            lock.acquire(place)
        rivals[0].release()


def test_looking_never_disturbs(place: SweepPaths) -> None:
    """However many look whether the sweep is held, whoever takes it gets it, every time."""
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            is_held(place)

    with ThreadPoolExecutor() as pool:
        watchers = [pool.submit(look) for _ in range(3)]
        try:
            for _ in range(300):
                held = lock.acquire(place)
                assert is_held(place)
                held.release()
        finally:
            done.set()
        assert [watcher.result() for watcher in watchers] == [None] * 3


def test_those_who_look_do_not_see_each_other(place: SweepPaths) -> None:
    """A free lock looks free, to however many at once."""
    lock.acquire(place).release()
    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(lambda _: is_held(place), range(2000)))


def test_of_many_at_once_never_two_hold_it(place: SweepPaths) -> None:
    """However many take it at once, with others looking on, at most one has it."""
    inside, most, taken = [0], [0], [0]

    def contend(_: int) -> None:
        is_held(place)
        try:
            held = lock.acquire(place)
        except SweepHeldError:
            return
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        taken[0] += 1
        os.sched_yield()
        inside[0] -= 1
        held.release()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(contend, range(1000)))
    assert most == [1]
    assert taken[0] >= 1
    assert not is_held(place)


@pytest.mark.parametrize("by_force", [False, True], ids=["asked", "forced"])
@pytest.mark.parametrize("step", ["open", "pwrite", "ftruncate"])
def test_a_failed_taking_holds_nothing(
    place: SweepPaths, monkeypatch: pytest.MonkeyPatch, step: str, by_force: bool
) -> None:
    """Where the lock cannot be written it is not held either, and one clear line says why."""

    def failing(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, failing)
        with pytest.raises(StorageError, match=r"locking .*/lock: the disk or its quota is full"):
            lock.acquire(place, by_force=by_force)
    assert not is_held(place)
    assert set(os.listdir(place.folder)) <= {"lock"}
    lock.acquire(place).release()


def test_a_lock_that_cannot_be_looked_at_is_an_error(place: SweepPaths, fail: Fail) -> None:
    """Not to know whether a controller lives is not the same as that none does."""
    fail("open", errno.EACCES)
    with pytest.raises(StorageError, match=r"looking at .*: Permission denied"):
        is_held(place)


def test_a_reader_in_the_middle_of_its_look_is_waited_for(place: SweepPaths) -> None:
    """A shared lock is only somebody looking: whoever wants the sweep comes right after."""
    Path(place.lock).touch()
    with ThreadPoolExecutor() as pool, open(place.lock) as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        taking = pool.submit(lock.acquire, place)
        time.sleep(0.03)
        assert not taking.done()
        fcntl.flock(looking, fcntl.LOCK_UN)
        taking.result().release()


@pytest.mark.parametrize(
    "refused",
    [lock.acquire, presence.refuse_if_held, claim.wait_until_free],
    ids=["acquire", "refuse_if_held", "wait_until_free"],
)
def test_who_has_just_taken_the_lock_is_named(
    place: SweepPaths, refused: Callable[[SweepPaths], object]
) -> None:
    """Between locking the file and signing it there is a moment; whoever comes then waits for the name."""
    handle = os.open(place.lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    signing = threading.Timer(0.05, lock.Lock(place.lock, handle).sign)
    signing.start()
    with pytest.raises(SweepHeldError, match=f"is held by process {os.getpid()} on"):
        refused(place)
    signing.join()
    os.close(handle)
