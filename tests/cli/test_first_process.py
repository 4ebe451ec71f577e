"""As process 1 of a container: orphans are collected, and nothing that is not one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

_PROGRAM = """
import os, signal, subprocess, time
from sweeper.cli import main

def states():
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                rest = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(pid)] = rest[0], int(rest[1])
    return found

def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, states()
        time.sleep(0.01)

def dispatch(arguments):
    assert os.getppid() == 1
    heard = []
    signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    mine = subprocess.Popen(["sh", "-c", "exit 7"])
    until(lambda: states()[mine.pid][0] == "Z")
    orphan = int(subprocess.check_output(["sh", "-c", "sleep 0.1 > /dev/null & echo $!"]))
    until(lambda: orphan not in states())
    assert states()[mine.pid] == ("Z", os.getpid())
    assert mine.wait() == 7
    os.kill(1, signal.SIGTERM)
    until(lambda: heard)
    print("collected", flush=True)
    if arguments == ["die"]:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    return 5

main._dispatch = dispatch
raise SystemExit(main.main({arguments!r}))
"""


@pytest.mark.parametrize(("arguments", "code"), [([], 5), (["die"], 143)])
def test_the_first_process_collects_orphans_and_leaves_our_own_children(
    arguments: list[str], code: int
) -> None:
    """Their exit status is for whoever started them. Signals arrive, and so does the command's exit code."""
    if os.geteuid() or shutil.which("unshare") is None:
        pytest.skip("no PID namespace can be made here")
    program = _PROGRAM.replace("{arguments!r}", repr(arguments))
    command = ["unshare", "-pf", "--mount-proc", sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    if "unshare failed" in done.stderr:
        pytest.skip(f"no PID namespace can be made here: {done.stderr}")
    assert (done.stdout, done.returncode) == ("collected\n", code), done.stderr
