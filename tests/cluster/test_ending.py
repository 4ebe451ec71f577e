"""How a sweep on a cluster is ended, left, killed and come back to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from sweeper.core.model import Cause
from sweeper.core.records import Ended, Record
from sweeper.store.folder import SweepFolder
from tests.cluster.lab import TINY, Lab, hear, until

QUICK = [*TINY, "cluster.probe=false"]
WAIT = 240.0


def records(lab: Lab) -> Iterable[Record]:
    return SweepFolder(lab.sweep()).read().records


def ends(lab: Lab) -> Counter[tuple[int, str]]:
    """How often the journal says that a trial ended, and as what."""
    return Counter((one.attempt.trial, one.outcome.cause) for one in records(lab) if isinstance(one, Ended))


def status(lab: Lab, *, kubeconfig: str | None = None) -> dict[str, object]:
    words = lab.command("status", "-o", "json")
    if kubeconfig:
        words = [f"KUBECONFIG={kubeconfig}" if word.startswith("KUBECONFIG=") else word for word in words]
    done = subprocess.run(words, cwd=lab.project, capture_output=True, text=True, timeout=60.0, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def owners(folders: Iterable[str]) -> dict[str, str]:
    """Who runs the attempts that lie in these folders: the UIDs of their pods."""
    return {folder: Path(folder, "owner").read_text().strip() for folder in folders}


def test_cancel_leaves_no_pod(lab: Lab) -> None:
    """Cancelled while its pods are still being created, a sweep ends with none of them left."""
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(12)", *QUICK, "cluster.gpus=0") as sweep:
        until(lambda: lab.pods(), WAIT)
        cancel = lab.cvsweep("cancel")
        assert cancel.returncode == 0, cancel.stderr
        assert sweep.wait(WAIT) == 1
        assert lab.pods() == []
    assert set(ends(lab).values()) <= {1}
    assert {cause for _, cause in ends(lab)} <= {Cause.CANCELLED}
    assert [row["state"] for row in lab.table()] == ["cancelled"] * 12
    assert lab.used() == 0


def test_cancel_needs_no_controller(lab: Lab) -> None:
    """What a killed controller left running is ended by cancel alone."""
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(2)", *QUICK) as sweep:
        until(lambda: len(lab.at_gate()) == 2, WAIT)
        sweep.kill()
        sweep.wait()
    cancel = lab.cvsweep("cancel")
    assert cancel.returncode == 0, cancel.stderr
    assert (lab.pods(), lab.used()) == ([], 0)
    assert ends(lab) == {(0, Cause.CANCELLED): 1, (1, Cause.CANCELLED): 1}


def test_status_needs_no_cluster(lab: Lab) -> None:
    """What is to be seen of a sweep comes from its folder, with no credentials and no way to the server."""
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(2)", *QUICK) as sweep:
        until(lambda: len(lab.at_gate()) == 2, WAIT)
        until(lambda: not any(one["pending"] for one in running(lab)), WAIT)  # the snapshot is a second old
        seen = status(lab, kubeconfig="/nowhere/config")
        assert seen["counts"]["running"] == 2  # type: ignore[index]
        assert {one["node"] for one in running(lab)} == {"node-0"}
        words = [word for word in lab.command("ls") if not word.startswith("KUBECONFIG=")]
        listed = subprocess.run(words, cwd=lab.project, capture_output=True, text=True, timeout=60.0)
        assert lab.sweep().name in listed.stdout
        lab.open_gate()
        assert sweep.wait(WAIT) == 0


def running(lab: Lab) -> list[dict[str, object]]:
    found = status(lab, kubeconfig="/nowhere/config")["running"]
    assert isinstance(found, list)
    return found


def runs(lab: Lab) -> int:
    """How many trials the controller has seen to run: a kubelet tells of a start seconds after it."""
    return sum(not one["pending"] for one in status(lab)["running"])


def test_ctrl_c_lets_what_runs_end(lab: Lab) -> None:
    """After one Ctrl-C nothing more is launched and what runs ends well; the rest waits for resume."""
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(5)", *QUICK) as sweep:
        until(lambda: len(lab.at_gate()) == 3 and runs(lab) == 3, WAIT)
        sweep.send_signal(signal.SIGINT)
        hear(sweep, "launching nothing more")
        lab.open_gate()
        assert sweep.wait(WAIT) == 130
    assert sum(ends(lab).values()) == 3
    assert (lab.pods(), lab.used()) == ([], 0)
    again = lab.cvsweep("resume")
    assert again.returncode == 0, again.stderr
    assert ends(lab) == {(trial, Cause.COMPLETED): 1 for trial in range(5)}


def test_ctrl_c_twice_leaves_the_pods_running(lab: Lab) -> None:
    """After two the controller goes at once, says how to come back, and resume takes the same pods over."""
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(3)", *QUICK) as sweep:
        until(lambda: len(lab.at_gate()) == 3 and runs(lab) == 3, WAIT)
        before = owners(lab.at_gate())
        sweep.send_signal(signal.SIGINT)
        hear(sweep, "launching nothing more")
        sweep.send_signal(signal.SIGINT)
        shown = hear(sweep, "cvsweep resume")
        assert sweep.wait(10.0) == 130
    assert "left 3 running" in shown
    assert sorted(pod["metadata"]["uid"] for pod in lab.pods()) == sorted(before.values())
    assert all(pod["status"]["phase"] in ("Pending", "Running") for pod in lab.pods())
    with lab.running("resume") as sweep:
        until(lambda: status(lab)["controller"])
        lab.open_gate()
        assert sweep.wait(WAIT) == 0
    assert owners(lab.at_gate()) == before
    assert [row["attempts"] for row in lab.table()] == [1, 1, 1]
    assert (lab.pods(), lab.used()) == ([], 0)


def test_a_killed_controller_is_replaced(lab: Lab) -> None:
    """After a kill -9 the next controller goes on with the same pods, and each trial ends once."""
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(6)", *QUICK, "cluster.reserve=0") as sweep:
        until(lambda: lab.at_gate() and len(lab.pods()) == 4, WAIT)
        sweep.kill()
        sweep.wait()
    there = {pod["metadata"]["uid"]: pod["metadata"]["labels"]["cvsweep/trial"] for pod in lab.pods()}
    assert len(there) == 4
    with lab.running("resume") as sweep:
        until(lambda: status(lab)["controller"])
        lab.open_gate()
        assert sweep.wait(WAIT) == 0
    assert ends(lab) == {(trial, Cause.COMPLETED): 1 for trial in range(6)}
    assert [row["attempts"] for row in lab.table()] == [1] * 6
    ran = {one.uid: str(one.attempt.trial) for one in records(lab) if isinstance(one, Ended)}
    assert there.items() <= ran.items()
    assert (lab.pods(), lab.used()) == ([], 0)


def test_a_controller_killed_while_it_creates_loses_nothing(lab: Lab) -> None:
    """Where a burst of creates is cut short, every trial still ends once and no pod is left over."""
    lab.shell_project(":")
    with lab.running("-m", "x=range(6)", *QUICK, "cluster.gpus=0") as sweep:
        until(lab.pods, WAIT)
        sweep.kill()
        sweep.wait()
    again = lab.cvsweep("resume")
    assert again.returncode == 0, again.stderr
    assert ends(lab) == {(trial, Cause.COMPLETED): 1 for trial in range(6)}
    assert lab.pods() == []


def test_a_second_controller_is_refused(lab: Lab) -> None:
    """While one controller holds a sweep, another is told who does, and changes nothing."""
    lab.shell_project(lab.gate)
    with lab.running("x=1", *QUICK) as sweep:
        until(lab.at_gate, WAIT)
        second = lab.cvsweep("resume")
        assert second.returncode not in (0, 1)
        assert f"process {sweep.pid} on {os.uname().nodename}" in second.stderr
        assert len(lab.pods()) == 1
        lab.open_gate()
        assert sweep.wait(WAIT) == 0
    assert [row["attempts"] for row in lab.table()] == [1]


def test_a_preflight_that_was_killed_is_cleared_away_by_the_next_run(lab: Lab) -> None:
    """kill -9 leaves a probe: the next run removes its pod and its folder, and leaves none of its own."""
    lab.shell_project("true")

    def probes() -> list[str]:
        names = (pod["metadata"] for pod in lab.pods() if "deletionTimestamp" not in pod["metadata"])
        return [one["name"] for one in names if "-probe-" in one["name"]]

    with lab.running("x=0", "sweep.name=s", *TINY) as run:
        until(probes)
        run.kill()
        run.wait()
    killed = probes()
    assert len(killed) == len(list(lab.project.glob("sweeps/.probe-*"))) == 1
    assert lab.cvsweep("x=0", "sweep.name=s", *TINY).returncode == 0
    assert probes() == []
    assert list(lab.project.glob("sweeps/.*")) == []
