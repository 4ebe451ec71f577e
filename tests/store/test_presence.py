"""Who controls a sweep, with locks and without."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.errors import StorageError, SupersededError, SweepHeldError
from sweeper.core.records import Paused
from sweeper.store import claim, heartbeat, lock, machine, presence
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.heart import Heart
from sweeper.store.retrying import Retrier
from tests.builders import make_sweep
from tests.store.lockless import (
    Virtual,
    control_elsewhere,
    no_process_has_locks,
    other_host,
    without_locks,
)

UNSUPPORTED = [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL]
IN_TROUBLE = [errno.EIO, errno.ESTALE, errno.EINTR]

TAKE = """\
import sys, time
from sweeper.core.errors import CvsweepError
from sweeper.core.records import Paused
from sweeper.store.folder import SweepWriter, SweepFolder
folder = SweepFolder(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
try:
    holding = SweepWriter.take(folder)
    holding.check()
    holding.append(Paused(sys.argv[2]))
    holding.flush()
    holding.check()
except CvsweepError as error:
    print(type(error).__name__, error, flush=True)
else:
    print("acts", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["locks", "no locks"])
def volume(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With locks, and without, in every process."""
    if request.param == "no locks":
        no_process_has_locks(monkeypatch, tmp_path / "site")


@pytest.fixture
def rival(folder: SweepFolder) -> Any:
    """Starts processes that want the sweep and keep it; they wait for a line of their input first."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str = "rival") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", TAKE, folder.paths.folder, name]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode()


def do_once(_: Retrier, do: Callable[[], object]) -> object:
    """Instead of trying again for minutes."""
    return do()


@pytest.mark.parametrize("number", UNSUPPORTED, ids=errno.errorcode.get)
def test_without_locks_a_sweep_has_one_controller_all_the_same(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Readers see that it is held, and another is told by whom; then it is free, and no trace is left."""
    without_locks(monkeypatch, number)
    assert not folder.is_held()
    folder.refuse_if_held()
    writer = SweepWriter.take(folder)
    assert writer.unsupported == os.strerror(number)
    assert folder.is_held()
    assert presence.holder(folder.paths)["pid"] == os.getpid()
    who = f"held by process {os.getpid()} on {os.uname().nodename} since 20"
    for refused in (folder.refuse_if_held, lambda: SweepWriter.take(folder)):
        with pytest.raises(SweepHeldError, match=who):
            refused()
    writer.append(Paused("mine"))
    writer.flush()
    writer.release()
    assert not folder.is_held()
    assert not os.path.exists(folder.paths.heartbeat)
    SweepWriter.take(folder).release()


@pytest.mark.parametrize("number", IN_TROUBLE, ids=errno.errorcode.get)
def test_a_volume_in_trouble_is_not_one_without_locks(
    folder: SweepFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """It is an error, for readers too; and a sweep that was to be made is not there."""
    monkeypatch.setattr(Retrier, "_again", do_once)
    SweepWriter.take(folder).release()
    with monkeypatch.context() as patch:
        without_locks(patch, number)
        for failing in (
            folder.is_held,
            lambda: SweepWriter.take(folder),
            lambda: make_sweep(tmp_path / "new", 1),
        ):
            with pytest.raises(StorageError, match=os.strerror(number)):
                failing()
    assert not (tmp_path / "new").exists()
    assert not folder.is_held()


@pytest.mark.usefixtures("volume")
def test_after_kill_9_the_sweep_is_taken_at_once(folder: SweepFolder, rival: Any) -> None:
    """The process table tells that the controller is no more; until then it is refused, with its name."""
    former = rival()
    go(former)
    assert answer(former) == "acts\n"
    assert folder.is_held()
    assert presence.is_held_by(folder.paths, former.pid)
    assert not presence.is_held_by(folder.paths, os.getpid())
    with pytest.raises(SweepHeldError, match=f"held by process {former.pid} "):
        SweepWriter.take(folder)
    former.kill()
    former.wait()
    assert os.path.exists(folder.paths.heartbeat)
    assert not folder.is_held()
    messages: list[str] = []
    writer = SweepWriter.take(folder, report=messages.append)
    assert (messages, presence.holder(folder.paths)["pid"]) == ([], os.getpid())
    writer.release()


@pytest.mark.usefixtures("volume")
def test_a_zombie_controls_nothing(folder: SweepFolder, rival: Any, until: Any) -> None:
    """A controller that was killed and whose parent has not asked for its end yet is dead."""
    former = rival()
    go(former)
    assert answer(former) == "acts\n"
    former.kill()
    until(lambda: not folder.is_held())
    SweepWriter.take(folder).release()


def test_of_many_who_take_it_at_once_without_locks_one_acts(
    folder: SweepFolder, rival: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others are refused before they act, or notice it before their next step."""
    no_process_has_locks(monkeypatch, tmp_path / "site")
    for round_ in range(2):
        all_of_them = [rival(f"{round_}.{number}") for number in range(4)]
        for process in all_of_them:
            go(process)
        answers = [answer(process) for process in all_of_them]
        acting = [process for process, shown in zip(all_of_them, answers, strict=True) if shown == "acts\n"]
        assert len(acting) == 1, answers
        assert all(shown.startswith(("acts", "SweepHeldError", "SupersededError")) for shown in answers)
        assert presence.holder(folder.paths)["pid"] == acting[0].pid
        written = [one.reason for one in folder.read().records if isinstance(one, Paused)]
        assert [reason.split(".")[0] for reason in written] == [str(number) for number in range(round_ + 1)]
        acting[0].kill()
        acting[0].wait()


@pytest.mark.usefixtures("volume")
def test_a_heartbeat_from_another_host_that_moves_refuses(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal says who, it is said that it takes a while, and no term has begun."""
    control_elsewhere(folder.paths)
    time = Virtual(monkeypatch, lambda now: os.utime(folder.paths.heartbeat) if now == 20.0 else None)
    messages: list[str] = []
    assert folder.is_held()
    folder.refuse_if_held()
    with pytest.raises(SweepHeldError, match=rf"held by process {os.getpid()} on elsewhere since 20"):
        SweepWriter.take(folder, report=messages.append)
    assert time.now == 20.0
    assert len(messages) == 1
    assert messages[0].startswith(
        f"waiting up to 30 s to see whether process {os.getpid()} on elsewhere still"
    )
    assert folder.read().term == 1


@pytest.mark.usefixtures("volume")
def test_a_heartbeat_from_another_host_that_stands_still_is_taken(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half a minute, and whatever is alive here under the number that it names."""
    control_elsewhere(folder.paths)
    time = Virtual(monkeypatch)
    writer = SweepWriter.take(folder)
    assert time.now == 30.0
    assert presence.is_held_by(folder.paths, os.getpid())
    writer.release()
    assert not folder.is_held()


@pytest.mark.parametrize(("ago", "held", "watched"), [(10, True, 30.0), (60, False, 30.0), (400, False, 0.0)])
def test_how_old_a_heartbeat_is_spares_the_watch_only_if_it_is_very_old(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch, ago: float, held: bool, watched: float
) -> None:
    """Readers do not wait: they go by its age."""
    control_elsewhere(folder.paths, ago)
    time = Virtual(monkeypatch)
    assert folder.is_held() is held
    SweepWriter.take(folder).release()
    assert time.now == watched


def test_a_controller_elsewhere_that_leaves_is_not_waited_for(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its heartbeat is gone: the sweep is free."""
    control_elsewhere(folder.paths)
    time = Virtual(monkeypatch, lambda now: os.unlink(folder.paths.heartbeat))
    SweepWriter.take(folder).release()
    assert time.now == 0.5


def test_another_controller_that_comes_meanwhile_is_not_the_one_that_stood_still(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heartbeat that was replaced while it was watched has moved."""
    control_elsewhere(folder.paths, 60.0)

    def come(now: float) -> None:
        if now == 29.0:
            heartbeat.replace(folder.paths, other_host(pid=99))

    Virtual(monkeypatch, come)
    with pytest.raises(SweepHeldError, match="process 99 on elsewhere"):
        SweepWriter.take(folder)


@pytest.mark.usefixtures("volume")
def test_two_that_have_watched_the_same_heartbeat_do_not_both_take_it(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another has put there since is not removed for the one that stood still."""
    control_elsewhere(folder.paths)
    Virtual(monkeypatch)
    really = claim._publish

    def late(paths: Any, mine: Any, former: Any) -> None:
        heartbeat.replace(paths, other_host(pid=99))
        really(paths, mine, former)

    monkeypatch.setattr(claim, "_publish", late)
    with pytest.raises(SweepHeldError, match="process 99 on elsewhere"):
        SweepWriter.take(folder)
    assert folder.read().term == 1


def damage(path: str) -> None:
    Path(path).write_text("{")


def nest(path: str) -> None:
    Path(path).write_text("[" * 4000)


def by_fifo(path: str) -> None:
    os.unlink(path)
    os.mkfifo(path)


def by_folder(path: str) -> None:
    os.unlink(path)
    os.mkdir(path)


@pytest.mark.usefixtures("volume")
@pytest.mark.parametrize("harm", [damage, nest, by_fifo, by_folder])
def test_a_damaged_heartbeat_stops_nothing(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch, harm: Callable[[str], None]
) -> None:
    """It names nobody, so it is watched; then the sweep is taken."""
    control_elsewhere(folder.paths)
    harm(folder.paths.heartbeat)
    time = Virtual(monkeypatch)
    messages: list[str] = []
    writer = SweepWriter.take(folder, report=messages.append)
    assert time.now == 30.0
    assert "whether a controller still" in messages[0]
    writer.append(Paused("mine"))
    writer.flush()
    writer.release()


@pytest.mark.usefixtures("volume")
def test_force_takes_it_without_a_watch_and_the_former_one_notices(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has taken it over is seen to control it, also after the former one has gone."""
    time = Virtual(monkeypatch)
    control_elsewhere(folder.paths)
    former = SweepWriter.take(folder, by_force=True)
    writer = SweepWriter.take(folder, by_force=True)
    with pytest.raises(SupersededError):
        former.check()
    former.release()
    assert time.now == 0.0
    assert folder.is_held()
    with pytest.raises(SweepHeldError):
        SweepWriter.take(folder)
    writer.release()
    assert not folder.is_held()


@pytest.mark.usefixtures("volume")
def test_a_winner_whose_heartbeat_a_slower_rival_replaced_is_still_seen(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever's term counts puts its heartbeat there again."""
    restored = Heart.restore

    def replaced(one: Heart) -> None:
        heartbeat.replace(folder.paths, other_host(pid=99))
        restored(one)

    monkeypatch.setattr(Heart, "restore", replaced)
    writer = SweepWriter.take(folder)
    assert presence.is_held_by(folder.paths, os.getpid())
    writer.release()


@pytest.mark.usefixtures("volume")
def test_who_is_refused_elsewhere_leaves_no_heartbeat(folder: SweepFolder) -> None:
    """What else decides who controls a sweep has the last word, and the sweep is free for another."""

    def refuse() -> None:
        raise SweepHeldError("says the cluster")

    with pytest.raises(SweepHeldError, match="says the cluster"):
        SweepWriter.take(folder, claim=refuse)
    assert not folder.is_held()
    assert not os.path.exists(folder.paths.heartbeat)


def test_a_lock_of_an_old_version_still_refuses(folder: SweepFolder) -> None:
    """It holds the lock and leaves no heartbeat; the name is the lock file's."""
    old = lock.acquire(folder.paths)
    assert folder.is_held()
    assert presence.is_held_by(folder.paths, os.getpid())
    assert presence.holder(folder.paths)["pid"] == os.getpid()
    with pytest.raises(SweepHeldError, match=f"held by process {os.getpid()} "):
        SweepWriter.take(folder)
    old.release()
    assert not folder.is_held()


def test_a_controller_that_found_no_locks_is_seen_after_they_have_come_back(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock server that was away: the lock is free, but the heartbeat moves."""
    with monkeypatch.context() as patch:
        without_locks(patch)
        writer = SweepWriter.take(folder)
    assert folder.is_held()
    Virtual(monkeypatch, lambda now: os.utime(folder.paths.heartbeat))
    with pytest.raises(SweepHeldError, match=f"process {os.getpid()} "):
        SweepWriter.take(folder)
    writer.check()
    writer.release()


@pytest.mark.usefixtures("volume")
def test_a_heartbeat_that_cannot_be_written_ends_nothing(folder: SweepFolder) -> None:
    """The volume is in trouble, and the sweep is taken over by force all the same."""
    with pytest.MonkeyPatch.context() as patch:

        def failing(*_: Any, **__: Any) -> None:
            raise OSError(errno.EIO, "Input/output error")

        patch.setattr(heartbeat, "publish", failing)
        patch.setattr(heartbeat, "replace", failing)
        writer = SweepWriter.take(folder)
        writer.append(Paused("mine"))
        writer.flush()
        by_force = SweepWriter.take(folder, by_force=True)
    writer.release()
    by_force.release()
    assert not folder.is_held()


def test_a_heartbeat_that_cannot_be_read_is_an_error(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to know whether a controller lives is not the same as that none does."""

    def failing(*_: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Retrier, "_again", do_once)
    monkeypatch.setattr(heartbeat, "read", failing)
    for asked in (folder.is_held, folder.refuse_if_held, lambda: SweepWriter.take(folder)):
        with pytest.raises(StorageError, match=r"looking at .*/heartbeat: Input/output error"):
            asked()


def test_a_process_of_another_user_that_proc_hides_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """With hidepid only a signal tells; without, a number that is nobody's is dead."""
    ours = machine.me()
    assert machine.is_alive(ours.pid, ours.start)
    assert not machine.is_alive(ours.pid, ours.start + 1)
    assert not machine.is_alive(2**22 + 1, 0)
    assert not machine.is_alive(2**80, 0)

    def refused(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert machine.is_alive(2**22 + 1, 0)


def test_two_starts_of_one_process_number_are_not_the_same(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that has been used again since is nobody we know."""
    without_locks(monkeypatch)
    heartbeat.replace(folder.paths, machine.me()._replace(start=1))
    assert not folder.is_held()
    SweepWriter.take(folder).release()
