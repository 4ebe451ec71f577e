"""Attempts as processes of this machine."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweeper.clusters.base import LaunchResult, NoCapacity, Started, SweepContext
from sweeper.clusters.local import backend as local
from sweeper.clusters.local import processes
from sweeper.clusters.local.backend import LocalBackend
from sweeper.clusters.local.cluster import LocalCluster
from sweeper.clusters.local.settings import LocalSettings
from sweeper.clusters.local.slots import MachineSlots
from sweeper.core.errors import BackendError, DamagedTrialError
from sweeper.core.model import Cause, Finding, Phase
from sweeper.core.outcome import conclude
from sweeper.store import attempts
from tests.clusters.conftest import LocalSite
from tests.clusters.contract import (
    WAIT,
    BackendContract,
    ClusterContract,
    finish,
    is_ready,
    let_go,
    owner,
    see,
)
from tests.conftest import session_of

StartSession = Callable[[str], int]
NOTHING_ELSE: Any = {"stop": None, "required": False, "seen_at": 1.0, "launched_at": 0.0}
GONE = "x:00000000-0000-0000-0000-000000000000:1:1"


class TestLocal(BackendContract):
    """The local backend keeps the contract."""


class TestLocalCluster(ClusterContract):
    """So does the cluster."""

    @pytest.fixture
    def cluster(self, tmp_path: Path) -> LocalCluster:
        return LocalCluster(LocalSettings(max_parallel=2, gpu_locks=str(tmp_path / "locks")))

    @pytest.fixture
    def sweep(self, tmp_path: Path) -> SweepContext:
        return SweepContext("0a1b2c3d", "x", str(tmp_path))


def uid_of(result: LaunchResult) -> str:
    """The identity of an attempt that has been started."""
    assert isinstance(result, Started)
    return result.uid


def log(out: str) -> str:
    return Path(out, "log.txt").read_text()


def number_in(out: str, name: str) -> int:
    """The process number in a file that the program writes; 0 while it is not there."""
    path = Path(out, name)
    return int(path.read_text() or 0) if path.exists() else 0


def text(out: str, name: str) -> str:
    path = Path(out, name)
    return path.read_text() if path.exists() else ""


def as_nobody(spawn: Callable[..., int]) -> Callable[..., int]:
    """Let a launch start its shim as a user for whom rights count."""
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    return lambda words, *rest: spawn([*drop, *words], *rest)


def lives(pid: int) -> bool:
    return processes.read(pid) is not None


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def python(text: str) -> str:
    """Shell text that becomes a Python program."""
    return f"exec {sys.executable} -S -c '{text}'"


# What a trial sees.


def test_each_trial_has_its_own_slot_and_gpu(site: LocalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials that run at once see different GPUs, and a slot that has become free is used again."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,GPU-ab")
    site.machine = MachineSlots(2, {"5": 1, "GPU-ab": 1})
    backend = site.open()
    show = 'echo "$CVSWEEP_SLOT $CUDA_VISIBLE_DEVICES"; '
    orders = [site.order(show + WAIT, trial=trial) for trial in range(3)]
    backend.launch(orders[0])
    backend.launch(orders[1])
    seen = backend.observe().sightings
    assert [(seen[one.attempt].gpu, seen[one.attempt].gpus) for one in orders[:2]] == [
        ("5", 1),
        ("GPU-ab", 1),
    ]
    let_go(orders[0])
    finish(backend, orders[0].attempt)
    backend.launch(orders[2])
    for order in orders[1:]:
        let_go(order)
        finish(backend, order.attempt)
    assert [log(order.out) for order in orders] == ["0 5\n", "1 GPU-ab\n", "0 5\n"]


@pytest.mark.parametrize("inherited", [None, "", "-1"])
def test_without_gpus_the_variable_is_left_alone(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch, inherited: str | None
) -> None:
    """On a slot without a GPU, CUDA_VISIBLE_DEVICES stays as it was around us."""
    if inherited is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", inherited)
    backend, order = site.open(), site.order('echo "${CUDA_VISIBLE_DEVICES-unset}"')
    backend.launch(order)
    finish(backend, order.attempt)
    assert log(order.out).strip() == ("unset" if inherited is None else inherited)


def test_a_trial_may_see_no_gpu(site: LocalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where trials are to run on the CPU, CUDA_VISIBLE_DEVICES is empty, whatever it was around us."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    site.machine = MachineSlots(1, hidden=True)
    backend, order = site.open(), site.order('echo "<${CUDA_VISIBLE_DEVICES-unset}>"')
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert (log(order.out), sighting.gpus, sighting.gpu) == ("<>\n", 0, "")


@pytest.mark.parametrize("visible", [None, "0,1"])
def test_a_trial_gets_several_gpus(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch, visible: str | None
) -> None:
    """All of them are named, in the order of nvidia-smi if that is where their numbers are from."""
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    site.machine = MachineSlots(1, {"0": 1, "1": 1}, each=2)
    backend, order = site.open(), site.order('echo "$CUDA_VISIBLE_DEVICES ${CUDA_DEVICE_ORDER-unset}"')
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert (sighting.gpus, sighting.gpu) == (2, "0,1")
    assert log(order.out) == f"0,1 {'unset' if visible else 'PCI_BUS_ID'}\n"


def test_trials_that_run_at_once_have_ports_of_their_own(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    """MASTER_PORT differs between trials that are alive, also of several controllers, unless it is set."""
    monkeypatch.delenv("MASTER_PORT", raising=False)
    show = f'echo "$MASTER_PORT $PET_MASTER_PORT"; {WAIT}'
    orders = [site.order(show, trial=trial) for trial in range(5)]
    for order in orders[:4]:
        backend = site.open()
        backend.launch(order)
        until(lambda order=order: is_ready(order))
        backend.close()
    given = [log(order.out).split() for order in orders[:4]]
    assert all(own == torchs for own, torchs in given)
    assert len({own for own, _ in given}) == 4
    monkeypatch.setattr(local.ports, "_free_port", lambda: int(given[0][0]))
    monkeypatch.setattr(local.ports, "_TRIES", 3)
    assert local.ports.reserve() is None, "its holder lives, without its controller"
    monkeypatch.setenv("MASTER_PORT", "29500")
    backend = site.open()
    backend.launch(orders[4])
    until(lambda: is_ready(orders[4]))
    assert log(orders[4].out) == "29500 \n"


def test_a_surrounding_trials_port_and_locks_are_not_in_the_way(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep inside of a trial uses the trial's GPU, whose lock that trial holds, and other ports."""
    site.machine = MachineSlots(1, {"0": 1})
    outer, inner = site.order(WAIT, trial=0), site.order('echo "$MASTER_PORT"', trial=1)
    site.open().launch(outer)
    for name, value in {"CVSWEEP_SLOT": "0", "CVSWEEP_MASTER_PORT": "7", "MASTER_PORT": "7"}.items():
        monkeypatch.setenv(name, value)
    backend = site.open()
    assert backend.observe().capacity == 1
    assert uid_of(backend.launch(inner))
    finish(backend, inner.attempt)
    assert log(inner.out) not in ("7\n", "\n")
    let_go(outer)


def test_too_few_gpus_stop_the_launches_and_nothing_else(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    """Taken up where fewer GPUs are visible, a sweep still watches what runs, and says why it waits."""
    site.machine = MachineSlots(1, {"0": 1, "1": 1}, each=2)
    order = site.order(WAIT)
    backend = site.open()
    backend.launch(order)
    until(lambda: is_ready(order))
    backend.close()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    other = LocalBackend(LocalSettings(gpus=2), lambda out: attempts.read_exit(out) is not None)
    site.opened.append(other)
    other.adopt(order, owner(order))
    seen = other.observe()
    assert (seen.sightings[order.attempt].phase, seen.capacity) == (Phase.RUNNING, 0)
    assert seen.trouble.startswith("cluster.gpus=2: a trial needs more GPUs than are visible here, 1")
    let_go(order)
    finish(other, order.attempt)


# GPUs that other sweeps use.


def test_two_sweeps_never_share_a_gpu(site: LocalSite, until: Any) -> None:
    """While another sweep uses a GPU there is no capacity on it, it is said, and its release is noticed."""
    site.machine = MachineSlots(2, {"0": 1, "1": 1})
    ours, theirs = site.open(), site.open()
    orders = [site.order(f'echo "$CUDA_VISIBLE_DEVICES"; {WAIT}', trial=trial) for trial in range(4)]
    assert uid_of(theirs.launch(orders[0]))
    seen = ours.observe()
    assert (seen.capacity, seen.slots, seen.messages) == (1, 1, ("GPU 0 is used by another sweep",))
    assert uid_of(ours.launch(orders[1]))
    assert [backend.launch(orders[2]) for backend in (ours, theirs)] == [NoCapacity(), NoCapacity()]
    until(lambda: all(map(is_ready, orders[:2])))
    assert [log(order.out) for order in orders[:2]] == ["0\n", "1\n"]
    let_go(orders[0])
    finish(theirs, orders[0].attempt)
    ours.wait(60)
    seen = ours.observe()
    assert (seen.capacity, seen.slots, seen.messages) == (1, 2, ())
    let_go(orders[1])
    finish(ours, orders[1].attempt)


def test_a_gpu_is_locked_until_its_program_ends(site: LocalSite, until: Any) -> None:
    """Neither the controller nor the shim need live: the program has the lock, and what it has started."""
    site.machine = MachineSlots(1, {"0": 1})
    backend = site.open()
    order = site.order(f"exec sh -c '{WAIT}'")
    uid = uid_of(backend.launch(order))
    until(lambda: is_ready(order))
    backend.close()
    os.kill(processes.parse_identity(uid).pid, signal.SIGKILL)
    other = site.open()
    assert other.observe().messages == ("GPU 0 is used by another sweep",)
    let_go(order)
    until(lambda: other.observe().capacity == 1)


def test_trials_of_several_sweeps_share_a_gpu_up_to_its_number(site: LocalSite) -> None:
    """With two trials a GPU, two sweeps have two trials on it together, not two each."""
    site.machine, site.per_gpu = MachineSlots(2, {"0": 2}), 2
    backends = [site.open(), site.open()]
    orders = [site.order(WAIT, trial=trial) for trial in range(3)]
    assert uid_of(backends[0].launch(orders[0]))
    assert [backend.observe().capacity for backend in backends] == [1, 1]
    assert backends[1].observe().messages == ("GPU 0 is used by another sweep",)
    assert uid_of(backends[1].launch(orders[1]))
    assert [backend.observe().capacity for backend in backends] == [0, 0]
    assert backends[0].launch(orders[2]) == NoCapacity()
    for backend, order in zip(backends, orders, strict=False):
        let_go(order)
        finish(backend, order.attempt)
    assert [backend.observe().capacity for backend in backends] == [2, 2]


def test_no_message_is_about_a_gpu_that_is_not_needed(site: LocalSite) -> None:
    """With fewer trials at once than GPUs, another sweep's GPU is passed over without a word."""
    site.machine = MachineSlots(1, {"0": 1, "1": 1})
    ours, theirs = site.open(), site.open()
    orders = [site.order(WAIT, trial=trial) for trial in range(2)]
    assert uid_of(theirs.launch(orders[0]))
    assert (ours.observe().capacity, ours.observe().messages) == (1, ())
    assert uid_of(ours.launch(orders[1]))
    assert see(ours, orders[1].attempt).gpu == "1"
    for backend, order in zip((theirs, ours), orders, strict=True):
        let_go(order)
        finish(backend, order.attempt)


def test_without_locks_it_is_reported_and_trials_run(site: LocalSite, tmp_path: Path) -> None:
    """A folder that cannot hold locks is named, and the GPU is used."""
    (tmp_path / "gpu-locks").write_text("no folder")
    site.machine = MachineSlots(1, {"0": 1})
    backend, order = site.open(), site.order("exit 0")
    seen = backend.observe()
    assert seen.capacity == 1
    assert len(seen.messages) == 1
    assert seen.messages[0].startswith("GPUs are not locked against other sweeps: ")
    assert uid_of(backend.launch(order))
    finish(backend, order.attempt)


def test_a_trial_leads_a_session_of_its_own(site: LocalSite, until: Any) -> None:
    """A trial's processes are in a session apart from ours, so no Ctrl-C or hangup reaches them."""
    backend, order = site.open(), site.order(f'echo $PPID > "$CVSWEEP_OUT/parent"; {WAIT}')
    uid = uid_of(backend.launch(order))
    until(lambda: is_ready(order))
    leader = processes.parse_identity(uid).pid
    assert os.getsid(leader) == leader != os.getsid(0)
    let_go(order)
    finish(backend, order.attempt)


def test_a_surrounding_trial_does_not_leak_in(site: LocalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside of another trial, its identity and its folders are not taken for ours."""
    for name in ("UID", "OUT", "PARAMS", "SLOT", "CODE"):
        monkeypatch.setenv(f"CVSWEEP_{name}", "another's")
    backend, order = site.open(), site.order("env")
    uid = uid_of(backend.launch(order))
    assert finish(backend, order.attempt).uid == uid == owner(order)
    assert "another's" not in log(order.out)


def test_no_signal_is_ignored_or_blocked(site: LocalSite) -> None:
    """A program starts with every signal as it should be, whatever the controller ignores or blocks.

    INT and QUIT are the exception: dash and busybox ignore them in all that they start in the
    background. Two more, 32 and 33, are ignored by the C library in all that it spawns.
    """
    before = signal.getsignal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        backend, order = site.open(), site.order("exec grep Sig /proc/self/status")
        backend.launch(order)
    finally:
        signal.signal(signal.SIGUSR1, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
    finish(backend, order.attempt)
    masks = {name: int(mask, 16) for name, mask in re.findall(r"Sig(Ign|Blk):\s+(\w+)", log(order.out))}
    ignored = {number for number in range(1, 65) if masks["Ign"] >> (number - 1) & 1}
    assert masks["Blk"] == 0
    assert ignored <= {signal.SIGINT, signal.SIGQUIT, 32, 33}


# Starting.


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE])
def test_a_machine_without_capacity_for_a_process_says_not_now(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Where no process can be made, the launch is put off and the slot stays free."""

    def refuse(*args: object, **kwargs: object) -> int:
        raise OSError(number, os.strerror(number))

    backend, order = site.open(), site.order("exit 0")
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_spawnp", refuse)
        assert backend.launch(order) == NoCapacity()
    view = backend.observe()
    assert (view.capacity, dict(view.sightings)) == (2, {})
    assert uid_of(backend.launch(order))
    finish(backend, order.attempt)


def test_a_machine_without_a_shell_is_an_error(site: LocalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any `sh` nothing can run here, which one line says."""
    backend, order = site.open(), site.order("exit 0")
    monkeypatch.setenv("PATH", str(site.root))
    with pytest.raises(BackendError, match="sh: No such file"):
        backend.launch(order)


def test_an_attempt_that_was_claimed_as_abandoned_ends_without_running(site: LocalSite) -> None:
    """A launch that comes too late ends at once, without a record."""
    backend, order = site.open(), site.order('touch "$CVSWEEP_OUT/ran"')
    Path(order.out, "owner").write_text("void 2\n")
    backend.launch(order)
    assert finish(backend, order.attempt).cause is None
    assert os.listdir(order.out) == ["owner"]


def test_an_attempt_whose_folder_cannot_be_claimed_is_reported(site: LocalSite) -> None:
    """Where the shim finds no folder of its own it runs nothing, and nobody ended it from outside."""
    backend, order = site.open(), site.order("exit 0")
    os.rmdir(order.out)
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert sighting.cause is Cause.NO_RECORD
    assert "exit code 75" in sighting.message
    assert "attempts/1 is gone" in sighting.message


def test_many_launches_leave_nothing_behind(site: LocalSite) -> None:
    """After many attempts there is no zombie, no open file and no process of theirs."""
    backend, numbers = site.open(), []
    before = open_files()
    for trial in range(40):
        order = site.order("sleep 100 & exit 0" if trial % 8 == 0 else "exit 0", trial=trial)
        numbers.append(processes.parse_identity(uid_of(backend.launch(order))).pid)
        finish(backend, order.attempt)
        backend.remove(order.attempt)
    assert open_files() == before
    assert not [pid for pid in numbers if os.path.exists(f"/proc/{pid}")]
    assert site.survivors() == []
    assert backend.observe() == local.View({}, capacity=2, slots=2)


def test_closing_lets_go_of_every_file(site: LocalSite, until: Any) -> None:
    """A closed backend holds no file open, whatever still runs."""
    before = open_files()
    backend, order = site.open(), site.order(WAIT)
    backend.launch(order)
    until(lambda: is_ready(order))
    assert open_files() > before
    backend.close()
    assert open_files() == before
    assert len(site.survivors()) >= 2


# Ends.


def daemon(name: str, body: str = "") -> str:
    """Shell text that leaves a process in a session of its own, which runs `body` and then for ever."""
    inner = f'{body} echo $$ > "$CVSWEEP_OUT/{name}"; while :; do sleep 0.02; done'
    return f"setsid sh -c '{inner}' & until [ -s \"$CVSWEEP_OUT/{name}\" ]; do sleep 0.01; done;"


def test_what_an_ended_attempt_leaves_running_is_asked_to_end(site: LocalSite) -> None:
    """A child in a session of its own has time to save its work; the attempt is over when it has ended."""
    backend = site.open()
    order = site.order(daemon("left", 'trap "echo saved; exit" TERM;') + "exit 4")
    backend.launch(order)
    assert finish(backend, order.attempt).cause is None
    assert not lives(number_in(order.out, "left"))
    assert log(order.out).endswith("saved\n")
    record = attempts.read_exit(order.out)
    assert record is not None
    assert (record.code, record.terminated) == (4, False)


def test_ranks_outlive_their_killed_agent_but_not_their_attempt(site: LocalSite, until: Any) -> None:
    """As with torchrun: children in sessions of their own, whose parent is killed, end with the attempt."""
    site.grace = 0.4
    agent = (
        "import os, signal, subprocess, sys, time;"
        'rank = [sys.executable, "-S", "-c", "import signal, time; signal.signal(15, signal.SIG_IGN);"\n'
        '  "time.sleep(100)"];'
        "ranks = [subprocess.Popen(rank, start_new_session=True).pid for _ in range(2)];"
        'open(os.environ["CVSWEEP_OUT"] + "/ranks", "w").write(" ".join(map(str, [os.getpid(), *ranks])));'
        "time.sleep(100)"
    )
    backend, order = site.open(), site.order(python(agent))
    backend.launch(order)
    until(lambda: len(text(order.out, "ranks").split()) == 3)
    killed, *ranks = map(int, text(order.out, "ranks").split())
    assert len({os.getsid(pid) for pid in (killed, *ranks)}) == 3
    os.kill(killed, signal.SIGKILL)
    until(lambda: attempts.read_exit(order.out))
    assert see(backend, order.attempt).phase is Phase.RUNNING
    assert all(map(lives, ranks))
    assert backend.observe().capacity == 1
    finish(backend, order.attempt)
    assert not any(map(lives, ranks))
    record = attempts.read_exit(order.out)
    assert record is not None
    assert record.code == 137


def test_a_daemon_of_an_attempt_that_lost_its_shim_is_the_attempt(site: LocalSite, until: Any) -> None:
    """Shim and program are killed: as long as their daemon lives the attempt does, and can be cancelled."""
    site.grace = 0.4
    backend = site.open()
    order = site.order(daemon("left", 'trap "" TERM;') + WAIT)
    uid = uid_of(backend.launch(order))
    until(lambda: is_ready(order))
    for process in session_of(processes.parse_identity(uid).pid):
        processes.send(process, signal.SIGKILL)
    until(lambda: not session_of(processes.parse_identity(uid).pid))
    backend.wait(10)
    assert see(backend, order.attempt).phase is Phase.RUNNING
    backend.close()
    second = site.open()
    assert second.find(order) == uid
    second.adopt(order, uid)
    assert see(second, order.attempt).phase is Phase.RUNNING
    assert second.observe().capacity == 1
    second.stop(order.attempt)
    finish(second, order.attempt)
    assert not lives(number_in(order.out, "left"))


def test_a_daemon_that_the_next_controller_finds_ends_with_its_attempt(site: LocalSite, until: Any) -> None:
    """The program ended while nobody looked; what it left running is ended before the next attempt."""
    backend, order = site.open(), site.order(daemon("left") + "exit 0")
    uid = uid_of(backend.launch(order))
    until(lambda: attempts.read_exit(order.out))
    backend.close()
    second = site.open()
    second.adopt(order, uid)
    assert see(second, order.attempt).phase is Phase.RUNNING
    finish(second, order.attempt)
    assert not lives(number_in(order.out, "left"))


def test_two_attempts_daemons_are_distinguished(site: LocalSite, until: Any) -> None:
    """The end of one attempt does nothing to what another has left its session with."""
    backend = site.open()
    one, other = site.order(daemon("left") + WAIT), site.order(daemon("left") + WAIT, trial=1)
    for order in (one, other):
        backend.launch(order)
    until(lambda: is_ready(one) and is_ready(other))
    let_go(one)
    finish(backend, one.attempt)
    assert not lives(number_in(one.out, "left"))
    assert lives(number_in(other.out, "left"))
    let_go(other)
    finish(backend, other.attempt)


def test_what_an_ended_attempt_leaves_running_is_killed(site: LocalSite, until: Any) -> None:
    """Children that outlive their attempt are killed, those that ignore TERM too; only then is it over."""
    site.grace = 0.3
    stray = 'sh -c \'trap "" TERM; echo $$ > "$CVSWEEP_OUT/stray"; while :; do sleep 1; done\' &'
    backend, order = site.open(), site.order(f'{stray} until [ -s "$CVSWEEP_OUT/stray" ]; do :; done; exit 4')
    backend.launch(order)
    finish(backend, order.attempt)
    assert not lives(number_in(order.out, "stray"))
    record = attempts.read_exit(order.out)
    assert record is not None
    assert (record.code, record.terminated) == (4, False)


def test_strays_are_ended_even_without_a_record(site: LocalSite) -> None:
    """Where the shim went its whole way but could not write its record, its strays still end."""
    backend = site.open()
    order = site.order('mkdir "$CVSWEEP_OUT/exit.json"; sleep 100 & exit 0')
    backend.launch(order)
    finish(backend, order.attempt)
    assert site.survivors() == []


# Ends without a record.


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ('mkdir "$CVSWEEP_OUT/exit.json"', "exit.json is a folder; a program must leave"),
        ('mkfifo "$CVSWEEP_OUT/exit.json"', "exit.json is a FIFO; a program must leave"),
        ('ln -s nowhere "$CVSWEEP_OUT/exit.json"', "exit.json is a link; a program must leave"),
        ('mv "$CVSWEEP_OUT" "$CVSWEEP_OUT-"; ln -s "$CVSWEEP_OUT-" "$CVSWEEP_OUT"', "attempts/1 is a link;"),
        ('rm -r "$CVSWEEP_OUT"; touch "$CVSWEEP_OUT"', "attempts/1 is a file;"),
        ('rm -r "$CVSWEEP_TRIAL_DIR/attempts"; touch "$CVSWEEP_TRIAL_DIR/attempts"', "attempts/1 is gone;"),
    ],
)
def test_an_end_without_a_record_is_told_by_what_is_seen(site: LocalSite, program: str, message: str) -> None:
    """The shim went its whole way, so nobody ended it from outside: a cause of its own, and why."""
    backend, order = site.open(), site.order(f"{program}; exit 3")
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert sighting.cause is Cause.NO_RECORD
    assert "it ended with exit code 3 and left no record of its end: " in sighting.message
    assert message in sighting.message


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed, for whom rights count")
def test_a_folder_that_was_locked_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that makes its folder read-only keeps the shim from writing there, unless it is root."""
    monkeypatch.setattr(local, "spawn", as_nobody(local.spawn))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with tempfile.TemporaryDirectory(dir="/tmp") as root:
        os.chmod(root, 0o755)
        site = LocalSite(Path(root))
        backend, order = site.open(), site.order('chmod a-w "$CVSWEEP_OUT"; exit 0')
        os.chown(order.out, 65534, 65534)
        backend.launch(order)
        sighting = finish(backend, order.attempt)
        site.clear()
    assert sighting.cause is Cause.NO_RECORD
    assert "attempts/1 cannot be written by us (any more)" in sighting.message


def test_a_shell_that_cannot_run_the_shim_is_reported(site: LocalSite) -> None:
    """An odd `sh`, or one with too few descriptors, ends before it has written anything."""
    backend, order = site.open(), site.order("exit 0")
    Path(order.shim).write_text("if then\n")
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert sighting.cause is Cause.NO_RECORD
    assert "it ended with exit code 2 and left no record of its end: `sh` itself ended" in sighting.message


def test_too_few_descriptors_are_told(site: LocalSite) -> None:
    """With a limit that is too low for the shell itself the attempt says what to look at."""
    backend, order = site.open(), site.order("exit 0")
    Path(order.shim).write_text(f"ulimit -n 4\n{Path(order.shim).read_text()}")
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert sighting.cause is Cause.NO_RECORD
    assert "ulimit" in sighting.message


def test_a_record_of_another_attempt_is_none(site: LocalSite) -> None:
    """What a program has copied there says nothing of this attempt, and is overwritten at its end."""
    record = {"uid": GONE, "code": 0, "terminated": False, "start": 1.0, "end": 2.0, "host": "x"}
    copy = f"echo '{json.dumps(record)}' > \"$CVSWEEP_OUT/exit.json\""
    backend, order = site.open(), site.order(f"{copy}; kill -KILL $$; exit 3")
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert (sighting.cause, sighting.exited) == (None, False)  # the shim was killed: from outside
    backend, order = site.open(), site.order("exit 0", trial=1)
    Path(order.shim).write_text(f"echo '{json.dumps(record)}' > \"$1/attempts/$2/exit.json\"; exit 3\n")
    backend.launch(order)
    sighting = finish(backend, order.attempt)
    assert (sighting.cause, sighting.exited) == (None, True)
    end = conclude(sighting, Finding(attempts.read_exit(order.out)), **NOTHING_ELSE)
    assert end.cause is Cause.NO_RECORD
    assert end.error.startswith("it ended by itself, and no record of its end is in its folder; a program")


def test_a_program_outlives_its_killed_shim(site: LocalSite, until: Any) -> None:
    """While the program of a killed shim lives the attempt runs and holds its slot; then it ends."""
    backend, order = site.open(), site.order(WAIT)
    uid = uid_of(backend.launch(order))
    until(lambda: is_ready(order))
    os.kill(processes.parse_identity(uid).pid, signal.SIGKILL)
    backend.wait(10)
    for _ in range(3):
        view = backend.observe()
        assert (view.sightings[order.attempt].phase, view.capacity) == (Phase.RUNNING, 1)
        backend.wait(0.05)
    let_go(order)
    assert finish(backend, order.attempt).cause is None
    assert attempts.read_exit(order.out) is None


@pytest.mark.parametrize("name", ["memory.events", "memory.oom_control"])
def test_a_kill_for_want_of_memory_is_seen(site: LocalSite, tmp_path: Path, until: Any, name: str) -> None:
    """If the kernel's count of such kills grew while an attempt ran, its end has that cause."""
    counter = tmp_path / name
    counter.write_text("oom 7\noom_kill 3\n")
    site.oom_events = str(counter)
    backend, before, during = site.open(), site.order("exit 0", trial=0), site.order(WAIT, trial=1)
    backend.launch(before)
    assert finish(backend, before.attempt).cause is None
    backend.launch(during)
    until(lambda: is_ready(during))
    counter.write_text("oom 8\noom_kill 4\n")
    let_go(during)
    sighting = finish(backend, during.attempt)
    assert (sighting.cause, sighting.message) == (Cause.OOM, "the kernel killed it for want of memory")


# Stops.


def test_a_stop_asks_the_program_once(site: LocalSite, until: Any) -> None:
    """TERM goes to the program once and not to its workers, which it still needs to save its work."""
    worker = (
        "sh -c 'trap \"echo asked > $CVSWEEP_OUT/worker\" TERM; while :; do sleep 0.01; done' & worker=$!;"
    )
    on_term = "trap 'echo term; touch \"$CVSWEEP_OUT/heard\"' TERM;"
    backend = site.open()
    order = site.order(f"{worker} {on_term} {WAIT}; kill -KILL $worker; wait $worker; exit 5")
    backend.launch(order)
    until(lambda: is_ready(order))
    backend.stop(order.attempt)

    def heard() -> bool:
        backend.wait(0.01)
        backend.observe()
        return Path(order.out, "heard").exists()

    until(heard)
    for _ in range(5):
        backend.stop(order.attempt)
        backend.wait(0.05)
        backend.observe()
    let_go(order)
    finish(backend, order.attempt)
    assert log(order.out).split().count("term") == 1
    assert not Path(order.out, "worker").exists()


def test_a_stop_reaches_what_a_wrapper_has_started(site: LocalSite, until: Any) -> None:
    """A wrapper that dies of TERM without passing it on: what it leaves is asked as well, before the KILL."""
    inner = f'trap "echo saved; exit 0" TERM; {WAIT}'
    backend, order = site.open(), site.order(f"sh -c '{inner}' & wait")
    backend.launch(order)
    until(lambda: is_ready(order))
    began = time.monotonic()
    backend.stop(order.attempt)
    finish(backend, order.attempt)
    assert time.monotonic() - began < site.grace / 2
    assert log(order.out).endswith("saved\n")


def test_a_lost_term_is_sent_again_at_half_time(site: LocalSite, until: Any) -> None:
    """Who has not heard by half of the grace time is asked again, with everybody else."""
    site.grace = 1.0
    heard = 'trap \'echo >> "$CVSWEEP_OUT/heard"; [ $(wc -l < "$CVSWEEP_OUT/heard") -lt 2 ] || exit 6\' TERM'
    backend, order = site.open(), site.order(f"{heard}; {WAIT}")
    backend.launch(order)
    until(lambda: is_ready(order))
    began = time.monotonic()
    backend.stop(order.attempt)
    finish(backend, order.attempt)
    assert time.monotonic() - began >= 0.5
    record = attempts.read_exit(order.out)
    assert record is not None
    assert record.code == 6


def test_a_stop_ends_the_whole_tree(site: LocalSite, until: Any) -> None:
    """Whatever ignores TERM is killed when the grace time is over, in sessions of its own as well."""
    site.grace = 0.4
    tree = (
        "import os, signal, subprocess, sys, time;"
        "depth = int(sys.argv[1]);"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "depth and subprocess.Popen([*sys.orig_argv[:-1], str(depth - 1)], start_new_session=depth % 2 == 0);"
        'open(os.environ["CVSWEEP_OUT"] + f"/pid-{depth}", "w").write(str(os.getpid()));'
        "time.sleep(100)"
    )
    backend, order = site.open(), site.order(f"{python(tree)} 4")
    backend.launch(order)
    until(lambda: all(number_in(order.out, f"pid-{depth}") for depth in range(5)))
    numbers = [number_in(order.out, f"pid-{depth}") for depth in range(5)]
    assert len({os.getsid(pid) for pid in numbers}) == 3
    backend.stop(order.attempt)
    assert see(backend, order.attempt).phase is Phase.RUNNING
    finish(backend, order.attempt)
    assert not any(map(lives, numbers))
    record = attempts.read_exit(order.out)
    assert record is not None
    assert (record.code, record.terminated) == (137, True)


def test_what_left_the_session_is_followed_after_its_parent(site: LocalSite, until: Any) -> None:
    """A child with a session of its own is ended too if its parent is the first to go."""
    site.grace = 0.4
    child = 'trap "" TERM; echo $$ > "$CVSWEEP_OUT/child"; while :; do sleep 1; done'
    backend, order = site.open(), site.order(f"setsid sh -c '{child}' & {WAIT}")
    backend.launch(order)
    until(lambda: is_ready(order) and number_in(order.out, "child"))
    child_number = number_in(order.out, "child")
    assert os.getsid(child_number) == child_number
    backend.stop(order.attempt)
    backend.observe()
    until(lambda: attempts.read_exit(order.out))
    assert see(backend, order.attempt).phase is Phase.RUNNING
    assert lives(child_number)
    finish(backend, order.attempt)
    assert not lives(child_number)


def test_a_stopped_process_is_ended(site: LocalSite, until: Any) -> None:
    """A program that somebody has suspended cannot hear TERM, but it is killed in the end."""
    site.grace = 0.2
    backend, order = site.open(), site.order(f"echo $PPID > /dev/null; {WAIT}")
    uid = uid_of(backend.launch(order))
    until(lambda: is_ready(order))
    os.killpg(processes.parse_identity(uid).pid, signal.SIGSTOP)
    backend.stop(order.attempt)
    finish(backend, order.attempt)
    assert site.survivors() == []


# Taking over.


def test_a_program_without_its_shim_is_adopted(site: LocalSite, until: Any) -> None:
    """If only the program lives, the attempt is running until the program ends."""
    backend, order = site.open(), site.order(WAIT)
    uid = uid_of(backend.launch(order))
    until(lambda: is_ready(order))
    os.kill(processes.parse_identity(uid).pid, signal.SIGKILL)
    backend.close()
    second = site.open()
    second.adopt(order, owner(order))
    assert see(second, order.attempt).phase is Phase.RUNNING
    let_go(order)
    assert finish(second, order.attempt).cause is None


def test_a_machine_that_was_renamed_still_knows_its_attempts(site: LocalSite, until: Any) -> None:
    """The boot tells machines apart, not the name: what runs here is adopted under any name."""
    backend, order = site.open(), site.order(WAIT)
    backend.launch(order)
    until(lambda: is_ready(order))
    backend.close()
    second = site.open(gone=["before"])
    second.adopt(order, f"before:{owner(order).split(':', 1)[1]}")
    assert see(second, order.attempt).phase is Phase.RUNNING
    let_go(order)
    assert finish(second, order.attempt).cause is None


def test_a_name_that_changes_while_it_runs_does_not_change_the_claims(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shim claims under the name that its controller knows, whatever the machine is called by then."""
    known = f"known:{processes.boot_id()}"
    monkeypatch.setattr(processes, "boot", lambda: known)
    backend, order = site.open(), site.order("exit 0")
    uid = uid_of(backend.launch(order))
    finish(backend, order.attempt)
    record = attempts.read_exit(order.out)
    assert record is not None
    assert record.uid == uid == owner(order)
    assert record.host == "known"


def test_what_an_attempt_left_running_is_ended_by_the_next_controller(site: LocalSite, until: Any) -> None:
    """Strays of an attempt that ended while nobody looked are killed once it is adopted."""
    backend, order = site.open(), site.order("sleep 100 & exit 0")
    backend.launch(order)
    until(lambda: attempts.read_exit(order.out))
    backend.close()
    second = site.open()
    second.adopt(order, owner(order))
    finish(second, order.attempt)
    assert site.survivors() == []


def test_an_adopted_attempt_keeps_its_age_and_its_seat(site: LocalSite, until: Any) -> None:
    """It has been running since its own start, and nobody else is put on its GPU."""
    site.machine = MachineSlots(2, {"0": 1, "1": 1})
    backend = site.open()
    first, second = site.order(WAIT, trial=0), site.order('echo "$CUDA_VISIBLE_DEVICES"', trial=1)
    backend.launch(first)
    began = time.monotonic()
    until(lambda: is_ready(first))
    backend.close()
    other = site.open()
    other.adopt(first, owner(first))
    assert see(other, first.attempt).since == pytest.approx(began, abs=0.2)
    other.launch(second)
    finish(other, second.attempt)
    assert log(second.out) == "1\n"
    let_go(first)
    finish(other, first.attempt)


def test_an_adopted_attempt_is_matched_by_its_gpu(site: LocalSite, until: Any) -> None:
    """Other GPUs than at its start are visible: it occupies its own, and none if that is not among them."""
    site.machine = MachineSlots(2, {"0": 1, "1": 1})
    backend = site.open()
    orders = [site.order(WAIT, trial=trial) for trial in range(2)]
    for order in orders:
        backend.launch(order)
    until(lambda: all(map(is_ready, orders)))
    backend.close()
    site.machine = MachineSlots(3, {"1": 1, "2": 1, "3": 1})
    other = site.open()
    for order in orders:
        other.adopt(order, owner(order))
    seen = other.observe()
    assert [seen.sightings[order.attempt].gpu for order in orders] == ["0", "1"]
    assert seen.capacity == 2
    more = [site.order(f'echo "$CUDA_VISIBLE_DEVICES"; {WAIT}', trial=trial) for trial in range(2, 5)]
    assert [other.launch(order) != NoCapacity() for order in more] == [True, True, False]
    for order in [*orders, *more[:2]]:
        let_go(order)
        finish(other, order.attempt)
    assert [log(order.out) for order in more[:2]] == ["2\n", "3\n"]
    assert other.observe().capacity == 3


def test_a_number_that_has_come_round_is_not_ours(site: LocalSite, start_session: StartSession) -> None:
    """Another process under the shim's number: the attempt has ended, and the other is left alone."""
    backend, order = site.open(), site.order("exit 0")
    other = start_session("exec sleep 100")
    host, boot_id, pid, start = processes.identity(other).split(":")
    backend.adopt(order, f"{host}:{boot_id}:{pid}:{int(start) - 1}")
    assert finish(backend, order.attempt).cause is None
    assert lives(other)


def test_a_session_that_has_come_round_is_not_ours(
    site: LocalSite, start_session: StartSession, until: Any, tmp_path: Path
) -> None:
    """A session under the shim's number whose leader is gone is ours only if it knows our folder."""
    backend, order = site.open(), site.order("exit 0")
    left = tmp_path / "left"
    other = start_session(f"sleep 100 & echo $! > {left}.tmp; mv {left}.tmp {left}")
    uid = processes.identity(other)
    until(left.exists)
    until(lambda: not lives(other))
    backend.adopt(order, uid)
    assert finish(backend, order.attempt).cause is None
    assert lives(int(left.read_text()))


def test_a_machine_that_was_started_anew_has_lost_its_attempts(site: LocalSite) -> None:
    """After a reboot nothing of an attempt can live, whatever its number means now."""
    backend, order = site.open(), site.order("exit 0")
    uid = f"{os.uname().nodename}:00000000-0000-0000-0000-000000000000:{os.getpid()}:1"
    backend.adopt(order, uid)
    sighting = see(backend, order.attempt)
    assert (sighting.phase, sighting.cause, sighting.uid) == (Phase.ENDED, Cause.NODE_LOST, uid)
    assert backend.observe().capacity == 2


def test_another_machines_attempts_are_not_ours_to_judge(site: LocalSite) -> None:
    """What runs on another host cannot be seen from here, which one line says."""
    backend, order = site.open(), site.order("exit 0")
    with pytest.raises(BackendError, match=r"started on x, and this is .*: resume the sweep there"):
        backend.adopt(order, GONE)
    assert dict(backend.observe().sightings) == {}


def test_another_machines_attempt_that_has_ended_needs_nobody_there(site: LocalSite) -> None:
    """An exit record is proof enough, wherever it was written."""
    backend, order = site.open(), site.order("exit 0")
    record = {"uid": GONE, "code": 0, "terminated": False, "start": 1.0, "end": 2.0, "host": "x"}
    Path(order.out, "exit.json").write_text(json.dumps(record) + "\n")
    backend.adopt(order, GONE)
    assert see(backend, order.attempt).phase is Phase.ENDED


def test_a_machine_that_is_said_to_be_gone_has_lost_its_attempts(site: LocalSite) -> None:
    """Once a person says that the other machine is no more, its attempts are lost with it."""
    backend, order = site.open(gone=["x"]), site.order("exit 0")
    backend.adopt(order, GONE)
    sighting = see(backend, order.attempt)
    assert (sighting.phase, sighting.cause) == (Phase.ENDED, Cause.NODE_LOST)


def test_a_claim_of_a_pod_is_refused(site: LocalSite) -> None:
    """An attempt of another kind of backend may well be alive, so it is not shown as ended."""
    backend, order = site.open(), site.order("exit 0")
    with pytest.raises(BackendError, match="was not started as a process"):
        backend.adopt(order, "0f6c1d5e-0000-4000-8000-00000000000a")


@pytest.mark.parametrize("claim", ["0f6c1d5e-no-uid", "", "void 3", "a:b:c:d", "loss 0.5 " * 99])
def test_a_claim_that_no_attempt_wrote_concerns_its_trial_alone(site: LocalSite, claim: str) -> None:
    """What a program wrote over its claim says nothing of any machine: the sweep can go on."""
    backend, order = site.open(), site.order("exit 0")
    with pytest.raises(DamagedTrialError, match="owner of attempt 1 of trial 0 was overwritten"):
        backend.adopt(order, claim)


def test_an_attempt_without_a_claim_is_found_by_what_runs_of_it(site: LocalSite, until: Any) -> None:
    """A program that empties its folder is found by its mark, and before its shim has claimed by that."""
    backend = site.open()
    order = site.order(f'rm "$CVSWEEP_OUT/owner"; sleep 100 & {WAIT}; kill $!')
    other = site.order(WAIT, trial=1)
    uid = uid_of(backend.launch(order))
    until(lambda: is_ready(order))
    assert not owner(order)
    assert backend.find(order) == uid
    os.kill(processes.parse_identity(uid).pid, signal.SIGKILL)
    assert backend.find(order) == uid
    assert backend.find(other) is None
    let_go(order)
    finish(backend, order.attempt)
    assert backend.find(order) is None


def test_a_shim_that_has_not_claimed_yet_is_found(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    """Between its start and its claim nothing but its command line says who it is."""
    backend, order = site.open(), site.order("exit 0")
    Path(order.shim).write_text("sleep 100\n")
    uid = uid_of(backend.launch(order))
    until(lambda: backend.find(order))
    assert backend.find(order) == uid
    assert not owner(order)


# Waiting.


def test_an_end_wakes_the_waiting(site: LocalSite, until: Any) -> None:
    """The end of a trial is known within milliseconds, not at the next look."""
    backend, order = site.open(), site.order(WAIT)
    backend.launch(order)
    until(lambda: is_ready(order))
    let_go(order)
    backend.wait(20)
    record = attempts.read_exit(order.out)
    assert record is not None
    late = time.clock_gettime(time.CLOCK_BOOTTIME) - record.end
    assert see(backend, order.attempt).phase is Phase.ENDED
    assert late < 0.5


def test_any_wait_is_possible(site: LocalSite) -> None:
    """Waiting for ever ends with an attempt, and waiting for less than nothing at once."""
    backend, order = site.open(), site.order("exit 0")
    backend.wait(-1.0)
    backend.launch(order)
    backend.wait(float("inf"))
    assert see(backend, order.attempt).phase is Phase.ENDED


def test_a_signal_that_is_not_ours_to_send_stops_nobody(
    site: LocalSite, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that has become another user (sudo) cannot be signalled: it is waited for."""

    def refuse(*args: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    site.grace = 0.0
    backend, order = site.open(), site.order(WAIT)
    backend.launch(order)
    until(lambda: is_ready(order))
    with monkeypatch.context() as patch:
        patch.setattr(signal, "pidfd_send_signal", refuse)
        backend.stop(order.attempt)
        assert see(backend, order.attempt).phase is Phase.RUNNING
        let_go(order)
        finish(backend, order.attempt)


def test_a_program_that_ignores_its_children_is_refused(site: LocalSite) -> None:
    """Ended shims would vanish before we have seen them; the line says what the program must do."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with pytest.raises(BackendError, match=r"ignores SIGCHLD.* signal\.signal\(signal\.SIGCHLD"):
            site.open()
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_backends_do_not_disturb_each_other(tmp_path: Path, until: Any) -> None:
    """Two sweeps of one process each see their own attempts alone."""
    sites = [LocalSite(tmp_path / name) for name in "ab"]
    for site in sites:
        site.root.mkdir()
    try:
        backends: list[LocalBackend] = [site.open() for site in sites]
        orders = [site.order(WAIT) for site in sites]
        for backend, order in zip(backends, orders, strict=True):
            backend.launch(order)
        until(lambda: all(map(is_ready, orders)))
        let_go(orders[0])
        finish(backends[0], orders[0].attempt)
        assert see(backends[1], orders[1].attempt).phase is Phase.RUNNING
    finally:
        for site in sites:
            site.clear()
