"""The verbs that look into a cluster, with a sweep of the member's that runs there."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.cluster.lab import RULES, TINY, Lab, until

WAITING = 'echo hello; while [ ! -e "$CVSWEEP_OUT/go" ]; do sleep 0.1; done; printf bye'


class Running:
    """A sweep `s` of one trial that waits for the file `go`."""

    def __init__(self, lab: Lab, run: subprocess.Popen[str]) -> None:
        self.lab, self.run = lab, run

    @property
    def out(self) -> Path:
        return next((self.lab.project / "sweeps/s/trials").glob("00000-*")) / "attempts/1"

    def start(self, *words: str, **options: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.lab.command(*words), cwd=self.lab.project, **options)  # type: ignore[call-overload]

    def go(self) -> None:
        (self.out / "go").touch()
        self.run.wait(60)


def _runs(lab: Lab) -> bool:
    seen = lab.cvsweep("status", "s", "-o", "json")
    pods = [pod["status"]["phase"] for pod in lab.pods()]
    return pods == ["Running"] and '"running": 1' in seen.stdout


@pytest.fixture(params=["busybox", "lab"])
def running(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Running]:
    """In a small image as the user's number, and in the lab's own, which becomes the user."""
    lab.shell_project(WAITING)
    image = TINY if request.param == "busybox" else []
    with lab.running("x=0", "sweep.name=s", "cluster.probe=false", *image) as run:
        until(lambda: _runs(lab))
        yield Running(lab, run)


def test_a_shell_is_the_trials_user_in_the_trials_folder(running: Running) -> None:
    """A command without a terminal gets our input, byte for byte, and gives us its output and exit code."""
    words = ("shell", "s", "0", "--", "sh", "-c", 'id -u; pwd; cat; echo no >&2; exit 7')  # fmt: skip
    process = running.start(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    data = os.urandom(50_000)
    out, err = process.communicate(data, timeout=30)
    assert out == f"12345\n{running.out}\n".encode() + data
    assert (err, process.returncode) == (b"no\n", 7)


def test_a_terminal_is_a_terminal_there(running: Running) -> None:
    """Keys, Ctrl-C and the window's size go through, the exit code comes back, our terminal is as it was."""
    terminal = Terminal()
    options = {key: value for key, value in terminal.options().items() if key != "env"}
    process = running.start("shell", "s", "0", **options)
    try:
        until(lambda: "$ " in terminal.text)
        assert not terminal.is_clean
        terminal.type(b"stty size; sleep 99\r")
        until(lambda: "24 100" in terminal.text)
        time.sleep(0.3)  # the shell has said the size just before it starts the sleep
        terminal.type(b"\x03")
        terminal.type(b"echo code $?; exit 5\r")
        assert process.wait(20) == 5
        assert "code 130" in terminal.text
        assert terminal.is_clean
    finally:
        process.kill()
        terminal.close()


def test_a_terminal_is_put_back_when_we_are_ended(running: Running) -> None:
    """TERM leaves the terminal as it was."""
    terminal = Terminal()
    options = {key: value for key, value in terminal.options().items() if key != "env"}
    process = running.start("shell", "s", "0", **options)
    try:
        until(lambda: "$ " in terminal.text)
        process.terminate()
        assert process.wait(20) == 143
        assert terminal.is_clean
    finally:
        process.kill()
        terminal.close()


def test_a_log_is_followed_to_its_end(running: Running) -> None:
    """What the pod prints is what the file holds, nothing of it twice, and then the verb ends."""
    process = running.start("logs", "-f", "s", "0", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline()  # it has begun before the file was asked to be whole
    running.go()
    out, err = process.communicate(timeout=60)
    assert out.endswith(b"bye")
    assert out.count(b"bye") == 1
    assert (err, process.returncode) == (b"", 0)


def test_without_rights_the_file_is_followed_and_a_shell_says_so(lab: Lab) -> None:
    """A member who may not read logs nor run commands is told, and gets what can be had."""
    lab.shell_project(WAITING)
    with lab.running("x=0", "sweep.name=s", "cluster.probe=false", *TINY) as run:
        until(lambda: _runs(lab))
        lab.grant(
            "less", [rule for rule in RULES if not rule["resources"][0].startswith("pods/")], group="cvlab"
        )
        lab.revoke("member")
        shell = lab.cvsweep("shell", "s", "0", "--", "true")
        assert shell.returncode == 3
        assert 'cannot get resource "pods/exec"' in shell.stderr
        running = Running(lab, run)
        process = running.start("logs", "-f", "s", "0", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"hello\n"  # it follows a trial that runs
        running.go()
        out, err = process.communicate(timeout=60)
        assert out == b"bye"
        assert b'cannot get resource "pods/log"' in err


def test_a_trial_that_has_ended_has_no_shell_but_a_log(lab: Lab) -> None:
    """One line says that it does not run; its log is the file."""
    lab.shell_project("echo done")
    assert lab.cvsweep("x=0", "sweep.name=s", "cluster.probe=false", *TINY).returncode == 0
    result = lab.cvsweep("shell", "s", "0")
    assert (result.returncode, result.stdout) == (2, "")
    assert (
        result.stderr == "cvsweep: trial 0 is not running: it is completed; a shell needs a pod that runs\n"
    )
    assert lab.cvsweep("logs", "-f", "s", "0").stdout == "done\n"


def test_the_quota_page_is_everybodys(running: Running) -> None:
    """Any member sees who holds what, and which pods are of a sweep."""
    page = json.loads(
        running.lab.cvsweep(
            "quota", "cluster=cvlab", *_here(running.lab), "-o", "json", "--pods", user="rival"
        ).stdout
    )
    assert page["quotas"] == [
        {"quota": "lab-quota", "hard": 4, "used": 1, "scopes": [], "resource": "nvidia.com/gpu", "free": 3}
    ]
    assert page["members"] == [{"user": "lis", "running": 1, "pending": 0, "pods": 1}]
    assert [(pod["rank"], pod["user"], pod["gpus"], pod["sweep"]) for pod in page["pods"]] == [
        (1, "lis", 1, "s")
    ]
    table = running.lab.cvsweep("quota", *_here(running.lab))
    assert table.stdout.splitlines()[0] == "lab-quota: 1 of 4 nvidia.com/gpu used, 3 free"


def test_missing_rights_are_reported_and_hide_nothing_else(lab: Lab) -> None:
    """Without the right to list pods there is still the quota; without any it is exit code 3."""
    lab.shell_project("true")
    quotas = [{"apiGroups": [""], "resources": ["resourcequotas"], "verbs": ["list"]}]
    lab.grant("less", quotas, group="cvlab")
    lab.revoke("member")
    result = lab.cvsweep("quota", *_here(lab))
    assert result.returncode == 0
    assert result.stdout == "lab-quota: 0 of 4 nvidia.com/gpu used, 4 free\n"
    assert result.stderr.startswith(
        f"you may not list pods in {lab.namespace}, so who holds what is not known: "
    )
    lab.revoke("less")
    result = lab.cvsweep("quota", *_here(lab))
    assert (result.returncode, result.stdout) == (3, "")


def test_a_member_with_the_role_is_well(lab: Lab) -> None:
    """The doctor finds nothing wrong, its probe pod included, and leaves nothing."""
    lab.shell_project("true")
    result = lab.cvsweep("doctor", *_here(lab))
    assert result.returncode == 0, result.stdout
    assert all(line.startswith("ok ") for line in result.stdout.splitlines())
    assert "shared path" in result.stdout
    assert not (lab.project / "sweeps").exists()
    until(lambda: not lab.pods())


def test_a_member_without_leases_is_told_what_that_costs(lab: Lab) -> None:
    """A warning with its remedy, and exit code 0."""
    lab.shell_project("true")
    result = lab.cvsweep("doctor", *_here(lab), "cluster.probe=false", "-o", "json", user="rival")
    warnings = [row for row in json.loads(result.stdout) if row["level"] != "ok"]
    assert result.returncode == 0
    assert len(warnings) == 1
    assert "leases" in warnings[0]["said"]
    assert warnings[0]["remedy"]


def _here(lab: Lab) -> list[str]:
    return [f"cluster.namespace={lab.namespace}"]
