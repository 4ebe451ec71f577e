"""The program that every attempt starts, under every shell that may be somebody's /bin/sh.

All of it holds for processes and for pods alike; what pods have beyond it is in test_shim_in_pod.py.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sweeper.clusters.local import oom, processes
from sweeper.core.command import render_command
from sweeper.core.model import Trial
from sweeper.core.script import command_script
from sweeper.core.settings import TaskSettings
from sweeper.store import attempts
from tests.conftest import session_of

SHIM = Path(__file__).parents[1] / "sweeper" / "shim.sh"
SHELLS = {"dash": ["dash"], "bash": ["bash"], "posix-bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}
NOT_OURS = 75
LOOP = 'touch "$CVSWEEP_OUT/ready"; while [ ! -e "$CVSWEEP_OUT/go" ]; do sleep 0.01; done'


@dataclass
class Bench:
    """One trial's folder, and the shims that were started on it, as processes or as if in a pod."""

    shell: list[str]
    trial: Path
    in_pod: bool = False
    keep: Sequence[int] = ()
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.trial / "attempts" / "1"

    @property
    def console(self) -> Path:
        """What `kubectl logs` would show."""
        return self.trial.with_suffix(".console")

    @property
    def pid_file(self) -> Path:
        return self.trial.with_suffix(".pid")

    def another(self, name: str) -> Bench:
        """A further trial beside this one, for the same broom."""
        return Bench(self.shell, self.trial.parent / name, self.in_pod, self.keep, self.started)

    def prepare(self, command: str) -> None:
        """Make an attempt's folder, as the controller does."""
        self.out.mkdir(parents=True)
        (self.trial / "command.sh").write_text(command + "\n")

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a shim in a session of its own, as a backend does; it inherits the descriptors in `keep`."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CVSWEEP_")}
        clean["CVSWEEP_HOST"] = processes.here().place
        pod = {"CVSWEEP_TEE": "1", "CVSWEEP_PID_FILE": str(self.pid_file)} if self.in_pod else {}
        with open(self.console, "ab") as console:
            process = subprocess.Popen(
                self.command(),
                env=clean | pod | environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                pass_fds=self.keep,
            )
        self.started.append(process)
        return process

    def command(self) -> list[str]:
        return [*self.shell, str(SHIM), str(self.trial), "1"]

    def run(self, command: str, **environment: str) -> int:
        """The exit code of a whole attempt."""
        self.prepare(command)
        return self.start(**environment).wait(20)

    def record(self) -> dict[str, Any]:
        """The exit record, which must be one that a reader accepts."""
        assert attempts.read_exit(str(self.out)) is not None
        found: dict[str, Any] = json.loads((self.out / "exit.json").read_text())
        return found

    def is_ready(self) -> bool:
        return (self.out / "ready").exists()

    def clear(self) -> None:
        for member in session_of(*(process.pid for process in self.started)):
            processes.send(member, signal.SIGKILL)
        for process in self.started:
            process.wait(20)


def waits_again(pid: int) -> bool:
    """Has this shim taken every TERM that was sent to it, and does it wait for its program again?

    Bash (5.2) loses the status of a program that ends in the very moment in which a TERM interrupts `wait`.
    """
    facts = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    pending = int(facts["SigPnd"], 16) | int(facts["ShdPnd"], 16)
    has_come = os.path.lexists(f"/proc/{pid}/fd/9")
    return has_come and not pending & 1 << (signal.SIGTERM - 1) and facts["State"].startswith("S")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Each shell of this machine."""
    shell = SHELLS[request.param]
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    return shell


@pytest.fixture(params=[False, True], ids=["process", "pod"])
def bench(request: pytest.FixtureRequest, shell: list[str], tmp_path: Path) -> Iterator[Bench]:
    """A trial's folder for each shell, and for both places where a shim may run."""
    bench = Bench(shell, tmp_path / "trial", request.param)
    yield bench
    bench.clear()


@pytest.fixture
def tiny(bench: Bench, tmp_path: Path) -> Iterator[Path]:
    """The trial's folder is a file system of a few pages, which is then filled up."""
    bench.trial.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(bench.trial)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system needs rights that we do not have")
    yield bench.trial
    bench.clear()
    subprocess.run(["umount", str(bench.trial)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Leave just `leave` free bytes on a small file system."""
    with open(folder / "filler", "wb", buffering=0) as file:
        while os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize > leave:
            file.write(bytes(4096))


def test_what_an_attempt_writes_is_as_open_as_its_umask(bench: Bench) -> None:
    """Its log and its record included; the program does not see the variable."""
    bench.prepare('echo "<${CVSWEEP_UMASK-none}>"; : > "$CVSWEEP_OUT/result"')
    before = os.umask(0o022)
    try:
        assert bench.start(CVSWEEP_UMASK="007").wait(20) == 0
    finally:
        os.umask(before)
    names = ("result", "log.txt", "exit.json", "owner")
    assert {(bench.out / name).stat().st_mode & 0o777 for name in names} == {0o660}
    assert (bench.out / "log.txt").read_text() == "<none>\n"


def test_only_one_of_many_concurrent_starts_runs_the_program(bench: Bench) -> None:
    """However many shims start on one attempt at once, one runs the program and the others exit 75."""
    bench.prepare('echo run >> "$CVSWEEP_TRIAL_DIR/runs"')
    started = [bench.start() for _ in range(12)]
    uids = {processes.identity(one.pid): one for one in started}
    codes = sorted(one.wait(20) for one in started)
    assert codes == [0] + [NOT_OURS] * 11
    assert (bench.trial / "runs").read_text() == "run\n"
    assert uids[(bench.out / "owner").read_text().strip()].returncode == 0
    assert len((bench.out / "exit.json").read_text().splitlines()) == 1


@pytest.mark.parametrize("owner", ["void 3\n", "", "elsewhere:0:1:2\n", "void 3"])
def test_an_attempt_that_is_anothers_is_not_touched(bench: Bench, owner: str) -> None:
    """Whatever stands in `owner`, if it is not this shim's own claim it exits 75 and leaves no trace."""
    bench.prepare("touch ran")
    (bench.out / "owner").write_text(owner)
    assert bench.start().wait(20) == NOT_OURS
    assert [path.name for path in bench.out.iterdir()] == ["owner"]
    assert (bench.out / "owner").read_text() == owner


def test_an_attempt_without_a_folder_is_not_run(bench: Bench) -> None:
    """Where the controller made no folder there is nothing to claim."""
    bench.trial.mkdir()
    assert bench.start().wait(20) == NOT_OURS
    assert list(bench.trial.iterdir()) == []


def test_a_pod_claims_with_its_uid(bench: Bench) -> None:
    """With CVSWEEP_UID the claim and the record carry it, and the same UID may claim again."""
    bench.prepare("exit 4")
    (bench.out / "owner").write_text("0a-1b\n")
    assert bench.start(CVSWEEP_UID="0a-1b").wait(20) == 4
    assert bench.record()["uid"] == "0a-1b"


@pytest.mark.parametrize("code", [0, 1, 75, 127, 129, 143, 255])
def test_the_exit_code_is_passed_on(bench: Bench, code: int) -> None:
    """Every exit code of the program is the shim's and the record's, those that look like signals too."""
    assert bench.run(f"exit {code}") == code
    assert (bench.record()["code"], bench.record()["terminated"]) == (code, False)


def test_the_record_says_who_and_when(bench: Bench) -> None:
    """The record is one line of JSON: this process, this host, and its times since the host's boot."""
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    bench.prepare("sleep 0.02")
    shim = bench.start(CVSWEEP_OOM_EVENTS="")
    uid = processes.identity(shim.pid)
    assert shim.wait(20) == 0
    record = bench.record()
    assert list(record) == ["uid", "code", "terminated", "start", "end", "host"]
    assert (record["uid"], record["host"]) == (uid, os.uname().nodename)
    assert (bench.out / "owner").read_text() == uid + "\n"
    assert before - 0.01 <= record["start"] < record["end"]
    assert record["end"] <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_a_shim_that_is_started_by_hand_asks_the_kernel_for_its_host(bench: Bench) -> None:
    """Without a controller that tells more, the identity begins with the host's name."""
    bench.prepare("exit 0")
    assert bench.start(CVSWEEP_HOST="").wait(20) == 0
    name = os.uname().nodename
    assert (bench.record()["host"], bench.record()["uid"].split(":")[0]) == (name, name)


def test_the_log_holds_all_output(bench: Bench) -> None:
    """Standard output and error both go to the log, in order, and there is no input to wait for."""
    bench.run("echo one; echo two >&2; cat; echo three")
    assert (bench.out / "log.txt").read_text() == "one\ntwo\nthree\n"


def test_the_program_finds_its_folders(bench: Bench) -> None:
    """The folders of the trial and the attempt are in the environment."""
    bench.run("env -0")
    found = dict(line.split("=", 1) for line in (bench.out / "log.txt").read_text().split("\0") if line)
    trial = str(bench.trial)
    assert {name: value for name, value in found.items() if name.startswith("CVSWEEP_")} == {
        "CVSWEEP_TRIAL_DIR": trial,
        "CVSWEEP_ATTEMPT": "1",
        "CVSWEEP_OUT": f"{trial}/attempts/1",
        "CVSWEEP_CHECKPOINT_DIR": f"{trial}/checkpoints",
        "CVSWEEP_PARAMS": f"{trial}/params.json",
        "CVSWEEP_CLAIM": (bench.out / "owner").read_text().strip(),
    }


def test_a_killed_python_program_has_logged_what_it_printed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was printed before a KILL is in the log, which the program was not asked to flush."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    text = 'import os; print("epoch 1"); os.kill(os.getpid(), 9)'
    assert bench.run(f"exec {sys.executable} -S -c '{text}'") == 137
    assert (bench.out / "log.txt").read_text() == "epoch 1\n"


@pytest.mark.parametrize(("given", "want"), [(None, "1"), ("", ""), ("0", "0")])
def test_buffering_is_as_the_user_set_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, given: str | None, want: str
) -> None:
    """PYTHONUNBUFFERED is 1 unless the user set it, be it to nothing, which means buffered."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    given_too = {} if given is None else {"PYTHONUNBUFFERED": given}
    bench.run('echo "<${PYTHONUNBUFFERED-unset}>"', **given_too)
    assert (bench.out / "log.txt").read_text() == f"<{want}>\n"


@pytest.mark.parametrize("name", ["memory.events", "memory.oom_control"])
def test_the_record_counts_kills_for_want_of_memory(bench: Bench, tmp_path: Path, name: str) -> None:
    """What the kernel's counter rose by while the program ran is in the record, in either version's file."""
    counter = tmp_path / name
    counter.write_text("oom 9\noom_kill 7\noom_group_kill 1\n")
    command = f"echo 'oom_kill 9' > {counter}; echo ${{CVSWEEP_OOM_EVENTS-unset}}; exit 3"
    assert bench.run(command, CVSWEEP_OOM_EVENTS=str(counter)) == 3
    assert bench.record()["oom_kills"] == 2
    assert (bench.out / "log.txt").read_text() == "unset\n"
    other = bench.another("other")
    other.run(
        "echo ${CVSWEEP_OOM_KILLS-unset}; exit 3", CVSWEEP_OOM_EVENTS=str(counter), CVSWEEP_OOM_KILLS="4"
    )
    assert other.record()["oom_kills"] == 5
    assert (other.out / "log.txt").read_text() == "unset\n"


@pytest.mark.parametrize("text", [None, "", "low 0\n"])
def test_where_nobody_counts_the_record_says_nothing_of_it(
    bench: Bench, tmp_path: Path, text: str | None
) -> None:
    """Without a counter the record is as ever, and nothing of it is in the log."""
    counter = tmp_path / "memory.events"
    if text is not None:
        counter.write_text(text)
    bench.run("exit 3", CVSWEEP_OOM_EVENTS=str(counter))
    assert "oom_kills" not in bench.record()
    assert (bench.out / "log.txt").read_text() == ""
    other = bench.another("other")
    other.run("exit 3", CVSWEEP_OOM_EVENTS="")
    assert "oom_kills" not in other.record()


@pytest.mark.skipif(oom.events_file() is None, reason="no cgroup here counts such kills")
def test_the_counter_is_found(bench: Bench) -> None:
    """Where the controller names no file, as in a pod, the shim finds that of its own cgroup."""
    bench.run("exit 3")
    assert bench.record()["oom_kills"] == 0


def test_what_the_controller_keeps_open_reaches_the_program(bench: Bench) -> None:
    """Descriptors from 10 on, which hold locks, stay open in the shim and in all that it starts."""
    with open(os.devnull) as lock:
        bench.keep = [fcntl.fcntl(lock, fcntl.F_DUPFD, 10) for _ in range(3)]
    show = 'ls -l /proc/self/fd > "$CVSWEEP_OUT/mine"; ls -l /proc/$PPID/fd > "$CVSWEEP_OUT/shims"'
    bench.prepare(f"exec sh -c '{show}'")
    try:
        assert bench.start().wait(20) == 0
    finally:
        for number in bench.keep:
            os.close(number)
    for name in ("mine", "shims"):
        open_there = (bench.out / name).read_text()
        assert all(f" {number} -> {os.devnull}\n" in open_there for number in bench.keep), open_there


def test_no_variable_of_the_user_is_changed(bench: Bench) -> None:
    """A variable that the user exports reaches the program, even if a script might use its name."""
    names = set(re.findall("[a-z]+", SHIM.read_text()))
    mine = {name: f"the user's {name}" for name in names}
    bench.prepare("env -0")
    assert bench.start(**mine).wait(20) == 0
    found = dict(line.split("=", 1) for line in (bench.out / "log.txt").read_text().split("\0") if line)
    assert {name: found.get(name) for name in names} == mine


def test_values_arrive_byte_for_byte(bench: Bench) -> None:
    """What a parameter holds is never read by a shell, whatever it looks like."""
    values = [
        "",
        " ",
        "a  b",
        "$HOME `id` $(id)",
        "it's",
        '"',
        "\\n\\",
        "*",
        "~",
        "-x",
        "#",
        "!",
        "é∞\u200b",
        "a\n\n",
    ]
    params = {f"p{index}": value for index, value in enumerate(values)}
    show = "import os, sys; os.write(1, b'\\0'.join(map(os.fsencode, sys.argv[1:])))"
    task = TaskSettings(command=[sys.executable, "-S", "-c", show, "{args}"])
    trial = Trial(0, "key", params, render_command(task, params))
    assert bench.run(command_script("a sweep's", trial, str(bench.trial))) == 0
    expected = [f"--{name}={value}".encode() for name, value in params.items()]
    assert (bench.out / "log.txt").read_bytes().split(b"\0") == expected


def test_it_needs_nothing_but_the_shell(bench: Bench) -> None:
    """Without any program on PATH it still runs one that is named in full."""
    bench.shell = [str(shutil.which(bench.shell[0])), *bench.shell[1:]]
    assert bench.run(f"exec {sys.executable} -S -c 'raise SystemExit(6)'", PATH="/nowhere") == 6
    assert (bench.out / "log.txt").read_text() == ""
    assert bench.record()["code"] == 6


def test_a_stray_child_does_not_delay_the_end(bench: Bench) -> None:
    """A background child that keeps the output open is not waited for."""
    bench.prepare('sleep 100 & echo $! > "$CVSWEEP_OUT/stray"; exit 3')
    shim = bench.start()
    assert shim.wait(20) == 3
    assert bench.record()["code"] == 3
    assert processes.read(int((bench.out / "stray").read_text())) is not None


def test_an_early_term_is_never_lost(bench: Bench) -> None:
    """A TERM at any moment of the start ends the attempt: before the claim, before the program or after."""
    benches = [bench.another(f"early-{index}") for index in range(30)]
    for index, one in enumerate(benches):
        one.prepare("exec sleep 100")
        moment = time.perf_counter() + index * 120e-6
        shim = one.start()
        while time.perf_counter() < moment:
            pass
        shim.terminate()
    for one, shim in zip(benches, bench.started, strict=True):
        code = shim.wait(20)
        if (one.out / "exit.json").exists():
            assert (code, one.record()["code"], one.record()["terminated"]) == (143, 143, True)


def test_a_term_at_the_end_leaves_a_true_record(bench: Bench) -> None:
    """A TERM that meets the program's own end is told, and what it hides of the code is never a success."""
    for index in range(20):
        one = bench.another(f"late-{index}")
        one.prepare("exit 3")
        shim = one.start()
        moment = time.perf_counter() + index * 200e-6
        while time.perf_counter() < moment:
            pass
        shim.terminate()
        code = shim.wait(20)
        if (one.out / "exit.json").exists():
            assert one.record()["code"] == code
            assert (code, one.record()["terminated"]) in {(3, False), (3, True), (143, True)}


@pytest.mark.parametrize("to_all", [False, True], ids=["shim", "group"])
def test_a_term_reaches_the_program(bench: Bench, until: Any, to_all: bool) -> None:
    """TERM to the shim alone or to its whole group: the program gets it, and its own code is recorded."""
    bench.prepare(f"trap 'exit 7' TERM; {LOOP}")
    shim = bench.start()
    until(bench.is_ready)
    if to_all:
        os.killpg(shim.pid, signal.SIGTERM)
    else:
        shim.terminate()
    code = shim.wait(20)
    # bash forgets the status of a child that it collects at the very moment of a signal to itself.
    assert code == 7 or (code == 143 and to_all and bench.shell[0] == "bash")
    assert (bench.record()["code"], bench.record()["terminated"]) == (code, True)


def test_a_program_without_a_trap_ends_of_the_term(bench: Bench, until: Any) -> None:
    """Ended by TERM is 143, and says that it was terminated."""
    bench.prepare('touch "$CVSWEEP_OUT/ready"; exec sleep 100')
    shim = bench.start()
    until(bench.is_ready)
    shim.terminate()
    assert shim.wait(20) == 143
    assert (bench.record()["code"], bench.record()["terminated"]) == (143, True)


def test_many_terms_are_as_good_as_one(bench: Bench, until: Any) -> None:
    """TERM again and again, while the program saves its work, changes nothing."""
    asked = bench.out / "asked"
    bench.prepare(f"trap 'echo once >> \"$CVSWEEP_OUT/asked\"' TERM; {LOOP}; echo saved; exit 5")
    shim = bench.start()
    until(bench.is_ready)
    for heard in range(9):
        shim.terminate()
        if heard % 2:
            os.killpg(shim.pid, signal.SIGTERM)
        until(lambda heard=heard: asked.exists() and len(asked.read_text().split()) > heard)
        assert shim.poll() is None
    until(lambda: waits_again(shim.pid))
    (bench.out / "go").touch()
    assert shim.wait(20) == 5
    assert (bench.record()["code"], bench.record()["terminated"]) == (5, True)
    assert (bench.out / "log.txt").read_text().splitlines()[-1] == "saved"


def test_a_polite_program_may_save_and_exit_zero(bench: Bench, until: Any) -> None:
    """A program that traps TERM, saves and exits 0 is recorded as such, every time."""
    for index in range(5):
        one = bench.another(f"polite-{index}")
        one.prepare(f"trap 'touch \"$CVSWEEP_OUT/saved\"; exit 0' TERM; {LOOP}")
        shim = one.start()
        until(one.is_ready)
        shim.terminate()
        assert shim.wait(20) == 0
        assert (one.record()["code"], one.record()["terminated"]) == (0, True)
        assert (one.out / "saved").exists()


def test_a_program_may_ignore_term(bench: Bench, until: Any) -> None:
    """The shim outlives the program however long that takes, and records how it ended by itself."""
    bench.prepare(f"trap '' TERM; {LOOP}; exit 6")
    shim = bench.start()
    until(bench.is_ready)
    for _ in range(3):
        os.killpg(shim.pid, signal.SIGTERM)
    until(lambda: waits_again(shim.pid))
    assert not (bench.out / "exit.json").exists()
    (bench.out / "go").touch()
    assert shim.wait(20) == 6
    assert (bench.record()["code"], bench.record()["terminated"]) == (6, True)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_hangup_does_not_end_the_shim(bench: Bench, until: Any, number: signal.Signals) -> None:
    """A closed terminal or a Ctrl-C that reaches the shim is none of its business."""
    bench.prepare(f"{LOOP}; exit 2")
    shim = bench.start()
    until(bench.is_ready)
    shim.send_signal(number)
    (bench.out / "go").touch()
    assert shim.wait(20) == 2
    assert (bench.record()["code"], bench.record()["terminated"]) == (2, False)


def test_a_killed_program_is_137(bench: Bench, until: Any) -> None:
    """A program that is killed (for want of memory, say) leaves 137, not terminated."""
    bench.prepare(
        'exec sh -c \'echo $$ > "$CVSWEEP_OUT/pid"; mv "$CVSWEEP_OUT/pid" "$CVSWEEP_OUT/ready"; sleep 100\''
    )
    shim = bench.start()
    until(bench.is_ready)
    os.kill(int((bench.out / "ready").read_text()), signal.SIGKILL)
    assert shim.wait(20) == 137
    assert (bench.record()["code"], bench.record()["terminated"]) == (137, False)


def test_a_program_that_is_not_there_is_127(bench: Bench) -> None:
    """A missing program leaves 127 and its name in the log."""
    assert bench.run("exec no-such-program") == 127
    assert bench.record()["code"] == 127
    assert "no-such-program" in (bench.out / "log.txt").read_text()


def test_a_missing_command_file_is_a_failure(bench: Bench) -> None:
    """Without command.sh the attempt fails, with words in the log."""
    bench.out.mkdir(parents=True)
    assert bench.start().wait(20) not in (0, NOT_OURS)
    assert bench.record()["code"] != 0
    assert "command.sh" in (bench.out / "log.txt").read_text()


def test_a_disk_that_is_full_before_the_claim(bench: Bench, tiny: Path) -> None:
    """Where the claim does not fit the program never runs, nor does it later, when there is room again."""
    bench.prepare('touch "$CVSWEEP_OUT/ran"')
    fill(tiny, leave=0)
    assert bench.start().wait(20) == NOT_OURS
    (tiny / "filler").unlink()
    assert bench.start().wait(20) == NOT_OURS
    assert [path.name for path in bench.out.iterdir()] == ["owner"]


@pytest.mark.parametrize(
    "program",
    [
        'rm -rf "$CVSWEEP_OUT"/* "$CVSWEEP_OUT"/.log.fifo',
        'rm -rf "$CVSWEEP_OUT"',
        'rm -rf "$CVSWEEP_TRIAL_DIR"',
        'mv "$CVSWEEP_OUT" "$CVSWEEP_TRIAL_DIR/moved"',
    ],
)
def test_a_program_that_removes_its_folder_leaves_a_record(bench: Bench, program: str) -> None:
    """Whatever of its folder a program deletes or moves away, the proof of its end is written."""
    bench.run(f"echo before; {program}; echo after; exit 3")
    record = attempts.read_exit(str(bench.out))
    assert record is not None
    assert (record.code, record.terminated) == (3, False)
    assert bench.in_pod or (bench.out / "log.txt").read_text() == "before\nafter\n"


# A tee that starts late would make the log anew, even through a link that stands there by then.
REMOVE = (
    'until [ -e "$CVSWEEP_OUT/log.txt" ]; do sleep 0.01; done;'
    ' while rm -rf "$CVSWEEP_OUT"; [ -e "$CVSWEEP_OUT" ]; do :; done'
)


@pytest.mark.parametrize(
    "program",
    [
        'mkdir "$CVSWEEP_OUT/exit.json"',
        'mkfifo "$CVSWEEP_OUT/exit.json"',
        'ln -s "$CVSWEEP_TRIAL_DIR/elsewhere" "$CVSWEEP_OUT/exit.json"',
        f'{REMOVE}; cd "$CVSWEEP_TRIAL_DIR"; mkdir elsewhere; ln -s "$PWD/elsewhere" "$CVSWEEP_OUT"',
        f'{REMOVE}; ln -s "$CVSWEEP_TRIAL_DIR/elsewhere" "$CVSWEEP_OUT"',
        f'{REMOVE}; touch "$CVSWEEP_OUT"',
    ],
)
def test_what_stands_in_the_place_of_the_record_is_left_alone(bench: Bench, program: str) -> None:
    """Nothing is written through a link, no FIFO is waited for, and the exit code is the program's."""
    bench.prepare(f"{program}; exit 3")
    assert bench.start().wait(20) == 3
    assert attempts.read_exit(str(bench.out)) is None
    elsewhere = bench.trial / "elsewhere"
    assert not elsewhere.exists() or not list(elsewhere.iterdir())


def test_a_disk_that_is_full_before_the_record(bench: Bench, tiny: Path) -> None:
    """Where the record does not fit, half of one is not taken for one, and the program does not run again."""
    bench.prepare('echo run >> "$CVSWEEP_OUT/log.txt"; echo run >> "$CVSWEEP_TRIAL_DIR/command.sh"; exit 3')
    fill(tiny, leave=2 * 4096)
    assert bench.start().wait(20) == 3
    assert (bench.out / "log.txt").read_text().startswith("run\n")
    assert attempts.read_exit(str(bench.out)) is None
    (tiny / "filler").unlink()
    assert bench.start().wait(20) == NOT_OURS


def test_a_folder_that_cannot_be_written(bench: Bench, tiny: Path) -> None:
    """On a volume that is mounted read-only the program never runs."""
    bench.prepare("touch /dev/null/never")
    subprocess.run(["mount", "-o", "remount,ro", str(tiny)], check=True)
    assert bench.start().wait(20) == NOT_OURS
    subprocess.run(["mount", "-o", "remount,rw", str(tiny)], check=True)
    assert list(bench.out.iterdir()) == []


@pytest.mark.skipif(not shutil.which("ksh93"), reason="needs ksh93")
@pytest.mark.parametrize(("program", "code"), [("exit 3", 3), ("exec sh -c 'kill -KILL $$'", 137)])
def test_an_odd_shell_leaves_a_record_too(tmp_path: Path, program: str, code: int) -> None:
    """ksh93 as `sh` claims, runs the program, keeps its log and proves its end."""
    bench = Bench(["ksh93"], tmp_path / "trial")
    bench.prepare(f"echo hello; {program}")
    shim = bench.start()
    uid = processes.identity(shim.pid)
    assert shim.wait(20) == code
    assert (bench.record()["uid"], bench.record()["code"]) == (uid, code)
    assert (bench.out / "log.txt").read_text().splitlines()[0] == "hello"
