"""What the attempt's program does in a pod beyond test_shim.py: output for two readers, a pid for a hook."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Until, session_of
from tests.test_shim import LOOP, SHELLS, Bench

HOOK = 'read p < "$0" && kill -TERM "$p" && while kill -0 "$p"; do sleep 0.05; done'
MEGABYTE = "import os; [os.write(1, b'%07d\\n' % number) for number in range(131072)]"
CHATTER = "while :; do echo y; sleep 0.01; done"
LINES = b"".join(b"%07d\n" % number for number in range(131072))


class Wrapped(Bench):
    """A shim behind the line that the lab's image gives to `su -c`."""

    def command(self) -> list[str]:
        self.trial.with_suffix(".bashrc").write_text("PATH=$PATH:/opt/mine; echo hello from bashrc\n")
        inner = shlex.join(super().command())
        return ["bash", "-c", f"source {shlex.quote(str(self.trial.with_suffix('.bashrc')))} && exec {inner}"]


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Each shell of this machine."""
    shell = SHELLS[request.param]
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    return shell


@pytest.fixture
def pod(shell: list[str], tmp_path: Path) -> Iterator[Bench]:
    """A trial's folder, its shim run as in a pod."""
    pod = Bench(shell, tmp_path / "trial", in_pod=True)
    yield pod
    pod.clear()


@pytest.fixture
def lab_pod(shell: list[str], tmp_path: Path) -> Iterator[Bench]:
    """The same behind the two shells of the lab's image."""
    pod = Wrapped(shell, tmp_path / "trial", in_pod=True)
    yield pod
    pod.clear()


def python(code: str) -> str:
    return f"{sys.executable} -S -c {shlex.quote(code)}"


def log(pod: Bench) -> bytes:
    return (pod.out / "log.txt").read_bytes()


def console(pod: Bench) -> bytes:
    return pod.console.read_bytes()


def tee_of(shim: subprocess.Popen[bytes]) -> int | None:
    """The process that writes the log, once there is one."""
    for member in session_of(shim.pid):
        try:
            program = Path(f"/proc/{member.pid}/cmdline").read_bytes().split(b"\0")[0]
        except OSError:
            continue
        if os.path.basename(program) == b"tee":
            return member.pid
    return None


def test_output_goes_to_the_log_and_to_the_console(pod: Bench) -> None:
    """Both hold all output and error in order, to the last byte that no newline follows."""
    assert pod.run("echo one; echo two >&2; cat; printf '\\0\\377three'") == 0
    assert log(pod) == console(pod) == b"one\ntwo\n\0\xffthree"


def test_nothing_is_left_of_the_plumbing(pod: Bench, until: Until) -> None:
    """The FIFO has no name any more when the program starts, and tee ends with it."""
    assert pod.run('ls -A "$CVSWEEP_OUT"') == 0
    assert "fifo" not in log(pod).decode()
    assert sorted(os.listdir(pod.out)) == ["exit.json", "log.txt", "owner"]
    until(lambda: not session_of(pod.started[0].pid))


def test_much_output_is_not_lost(pod: Bench, until: Until) -> None:
    """A megabyte that is written just before the end is in the log before the record is."""
    pod.prepare(python(MEGABYTE))
    shim = pod.start()
    until((pod.out / "exit.json").exists)
    assert log(pod) == LINES
    assert shim.wait(20) == 0
    assert console(pod) == LINES


@pytest.mark.parametrize(
    "stray", ["sleep 100", "while :; do echo y; sleep 0.01; done"], ids=["mute", "chatty"]
)
def test_a_stray_child_delays_the_end_by_two_seconds_at_most(pod: Bench, stray: str) -> None:
    """What holds the output open after the program is not waited for, and the program's words are kept."""
    pod.prepare(f"({stray}) & {python(MEGABYTE)}; exit 3")
    shim = pod.start()
    assert shim.wait(20) == 3
    record = pod.record()
    assert record["code"] == 3
    assert time.clock_gettime(time.CLOCK_BOOTTIME) - record["end"] < 4
    assert [line for line in log(pod).splitlines(keepends=True) if line != b"y\n"] == LINES.splitlines(True)


def test_a_tee_that_is_late_is_not_taken_for_one_that_has_ended(pod: Bench, tmp_path: Path) -> None:
    """While it has not begun to read, as on a busy machine, a stray child delays the end no longer."""
    late = tmp_path / "tee"
    late.write_text(f'#!/bin/sh\nexec 6<&0 0<&-\nsleep 1\nexec {shutil.which("tee")} "$@" <&6\n')
    late.chmod(0o755)
    pod.prepare('sleep 100 & touch "$CVSWEEP_OUT/done"; exit 3')
    assert pod.start(PATH=f"{tmp_path}:{os.environ['PATH']}").wait(20) == 3
    assert pod.record()["code"] == 3


def test_a_program_may_close_its_output(pod: Bench) -> None:
    """What it wrote before is kept, and the log does not end the attempt."""
    assert pod.run("echo one; exec >&- 2>&-; sleep 0.2; exit 4") == 4
    assert pod.record()["code"] == 4
    assert log(pod) == console(pod) == b"one\n"


def test_a_full_disk_takes_the_log_alone(pod: Bench) -> None:
    """Where the log does not fit the program goes on, and the console has all of it."""
    pod.prepare(f"{python(MEGABYTE)} && echo done")
    (pod.out / "log.txt").symlink_to("/dev/full")
    assert pod.start().wait(20) == 0
    assert pod.record()["code"] == 0
    assert b"tee: " in console(pod)
    assert re.sub(rb"tee: .*\n", b"", console(pod)) == LINES + b"done\n"


@pytest.mark.parametrize("reader", ["gone", "full"])
def test_a_console_that_takes_nothing_costs_nothing(pod: Bench, reader: str) -> None:
    """Where nobody reads the console, or it is full, the log has all of it."""
    pod.prepare(f"{python(MEGABYTE)}; exit 5")
    if reader == "full":
        pod.console.symlink_to("/dev/full")
    else:
        os.mkfifo(pod.console)
        ours = os.open(pod.console, os.O_RDONLY | os.O_NONBLOCK)
    shim = pod.start()
    if reader == "gone":
        os.close(ours)
    assert shim.wait(20) == 5
    assert log(pod) == LINES
    assert pod.record()["code"] == 5


def test_a_killed_tee_is_a_broken_pipe_to_the_program(pod: Bench, until: Until) -> None:
    """Nothing but SIGKILL ends tee early; then the program is told as any writer is."""
    pod.prepare(f"{LOOP}; echo lost; exit 6")
    shim = pod.start()
    until(pod.is_ready)
    os.kill(until(lambda: tee_of(shim)), signal.SIGKILL)
    (pod.out / "go").touch()
    assert shim.wait(20) in {6, 141}
    assert pod.record()["terminated"] is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE])
def test_no_signal_ends_the_log_before_the_program(pod: Bench, until: Until, number: signal.Signals) -> None:
    """What ends a whole group leaves tee to write the program's last words."""
    pod.prepare(f"{LOOP}; echo saving; sleep 0.05; echo saved; exit 7")
    shim = pod.start()
    until(pod.is_ready)
    os.kill(until(lambda: tee_of(shim)), number)
    (pod.out / "go").touch()
    assert shim.wait(20) == 7
    assert log(pod) == console(pod) == b"saving\nsaved\n"


def test_the_last_words_after_a_term_are_kept(pod: Bench, until: Until) -> None:
    """TERM to the whole group, again and again: all that the program says until its end is in the log."""
    pod.prepare(
        f"trap 'echo again >> \"$CVSWEEP_OUT/asked\"' TERM; ({LOOP}) 2> /dev/null; echo saved; exit 7"
    )
    shim = pod.start()
    until(pod.is_ready)
    for _ in range(5):
        os.killpg(shim.pid, signal.SIGTERM)
        time.sleep(0.01)
    code = shim.wait(20)
    assert code == 7 or (code == 143 and pod.shell[0] == "bash")
    assert pod.record()["terminated"] is True
    assert log(pod).splitlines()[-1] == b"saved"
    assert log(pod) == console(pod)


def test_a_hook_ends_it_and_waits(pod: Bench, until: Until) -> None:
    """The file of the shim's pid lets a hook send TERM and wait until the program has saved its work."""
    pod.prepare(f"trap 'sleep 0.3; touch \"$CVSWEEP_OUT/saved\"; exit 0' TERM; {LOOP}")
    shim = pod.start()
    until(pod.is_ready)
    assert pod.pid_file.read_text() == f"{shim.pid}\n"
    hook = subprocess.Popen(["sh", "-c", HOOK, str(pod.pid_file)], stderr=subprocess.DEVNULL)
    assert shim.wait(20) == 0
    assert hook.wait(20) in (0, 1)
    assert (pod.out / "saved").exists()
    assert pod.record()["terminated"] is True


@pytest.mark.parametrize("place", ["/dev/null/never", "/dev/full", "/proc/version"])
def test_a_pid_that_cannot_be_written_is_no_failure(pod: Bench, place: str) -> None:
    """Where there is no place for the pid the program runs all the same, and nothing is said."""
    pod.prepare("exit 3")
    assert pod.start(CVSWEEP_PID_FILE=place).wait(20) == 3
    assert (log(pod), console(pod)) == (b"", b"")


def test_the_lab_image_runs_it_through_another_shell(lab_pod: Bench, until: Until) -> None:
    """Behind `source ~/.bashrc && exec` it keeps its pid, and TERM, log and record are the same."""
    lab_pod.prepare(f"trap 'echo saved; exit 7' TERM; echo started; {LOOP}")
    shim = lab_pod.start(CVSWEEP_UID="0a-1b")
    until(lab_pod.is_ready)
    assert lab_pod.pid_file.read_text() == f"{shim.pid}\n"
    shim.terminate()
    assert shim.wait(20) == 7
    record = lab_pod.record()
    assert (record["uid"], record["code"], record["terminated"]) == ("0a-1b", 7, True)
    assert log(lab_pod) == b"started\nsaved\n"
    assert console(lab_pod) == b"hello from bashrc\nstarted\nsaved\n"


def test_what_is_meant_for_the_shim_does_not_reach_the_program(pod: Bench) -> None:
    """A shim that the program starts in its turn is not taken for this pod's."""
    pod.prepare("env -0")
    assert pod.start(CVSWEEP_UID="0a-1b", CVSWEEP_HOST="node").wait(20) == 0
    names = {line.split(b"=", 1)[0].decode() for line in log(pod).split(b"\0")}
    assert {name for name in names if name.startswith("CVSWEEP_")} == {
        "CVSWEEP_CLAIM",
        "CVSWEEP_TRIAL_DIR",
        "CVSWEEP_ATTEMPT",
        "CVSWEEP_OUT",
        "CVSWEEP_CHECKPOINT_DIR",
        "CVSWEEP_PARAMS",
    }
    assert (pod.record()["uid"], pod.record()["host"]) == ("0a-1b", "node")


def test_a_fifo_that_is_left_over_is_used(pod: Bench) -> None:
    """A container that died between making the FIFO and the rest does not keep the same pod from trying."""
    pod.prepare("echo one; exit 3")
    (pod.out / "owner").write_text("0a-1b\n")
    os.mkfifo(pod.out / ".log.fifo")
    assert pod.start(CVSWEEP_UID="0a-1b").wait(20) == 3
    assert log(pod) == console(pod) == b"one\n"
    assert ".log.fifo" not in os.listdir(pod.out)


def test_where_no_fifo_can_be_had_the_log_alone_is_written(pod: Bench) -> None:
    """A volume that knows no FIFO, or an image without mkfifo, costs the console and no more."""
    pod.prepare("echo one; exit 3")
    (pod.out / ".log.fifo").mkdir()
    assert pod.start().wait(20) == 3
    assert (log(pod), console(pod)) == (b"one\n", b"")
