"""A sweep on a real cluster, from the command line to the table."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from sweeper.core.model import Cause
from sweeper.core.records import Ended
from sweeper.store.folder import SweepFolder
from tests.cluster.lab import TINY, Lab, until

QUICK = [*TINY, "cluster.probe=false"]
WAIT = 240.0
GPUS = "requests.nvidia.com/gpu"


def causes(lab: Lab) -> list[str]:
    """How the attempts of the newest sweep ended, in the order of their ends."""
    records = SweepFolder(lab.sweep()).read().records
    return [one.outcome.cause for one in records if isinstance(one, Ended)]


def log(lab: Lab, did: str) -> list[dict[str, Any]]:
    """What the controller did on the cluster, from its own log."""
    lines = (lab.sweep() / "cluster.log").read_text().splitlines()
    return [one for one in map(json.loads, lines) if one["did"] == did]


def most_at_once(spans: list[tuple[float, float]]) -> int:
    return max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)


def test_a_grid_becomes_a_table(lab: Lab) -> None:
    """Every point runs once in a pod of the member's own number, and nothing is left on the cluster."""
    lab.shell_project('echo "{\\"y\\": $((x * 2)), \\"uid\\": $(id -u)}" > "$CVSWEEP_OUT/metrics.json"')
    done = lab.cvsweep("-m", "x=range(6)", *TINY)
    assert done.returncode == 0, done.stderr
    rows = sorted(lab.table(), key=lambda row: row["x"])
    assert [(row["x"], row["y"], row["uid"]) for row in rows] == [(x, 2 * x, 12345) for x in range(6)]
    assert (lab.pods(), lab.used()) == ([], 0)


def test_the_lab_trains_the_example(lab: Lab) -> None:
    """In a fresh project, what `init` writes is trained in the lab and ends in a table."""
    made = lab.cvsweep("init")
    assert made.returncode == 0, made.stderr
    done = lab.cvsweep("-m", "cluster=cvlab", f"cluster.namespace={lab.namespace}", "lr=1e-3,1e-4")
    assert done.returncode == 0, done.stderr
    rows = lab.table()
    assert sorted(row["lr"] for row in rows) == [1e-4, 1e-3]
    assert all(0.1 < row["val_acc"] <= 1.0 for row in rows)
    assert "val_acc" in done.stdout
    assert (lab.pods(), lab.used()) == ([], 0)


def test_the_quota_and_the_reserve_are_kept(lab: Lab) -> None:
    """Of a quota of four, one of them left for others, never more than three are used at once."""
    lab.shell_project(
        "read a _ < /proc/uptime; sleep 1.5; read b _ < /proc/uptime\n"
        'echo "{\\"from\\": $a, \\"to\\": $b}" > "$CVSWEEP_OUT/metrics.json"'
    )
    done = lab.cvsweep("-m", "x=range(7)", *QUICK)
    assert done.returncode == 0, done.stderr
    assert most_at_once([(row["from"], row["to"]) for row in lab.table()]) <= 3
    created = log(lab, "create")
    assert len(created) == 7
    assert log(lab, "full") == log(lab, "refused") == []
    for one in created:
        used, _, hard = one["view"]["lab-quota"][GPUS].partition("/")
        assert int(used) + 2 <= int(hard) == 4
        assert one["room"] >= 1
    assert max(one["room"] for one in created) == 3
    assert (lab.pods(), lab.used()) == ([], 0)


def test_new_capacity_is_used_at_once(lab: Lab) -> None:
    """A quota that is raised while a sweep waits for room lets its next pods start right then."""
    lab.set_quota({GPUS: "2"})
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(4)", *QUICK) as sweep:
        until(lab.at_gate, WAIT)
        assert len(lab.pods()) == 1
        lab.set_quota({GPUS: "4"})
        until(lambda: lab.quota()["status"]["hard"] == {GPUS: "4"})
        raised = time.time()
        until(lambda: len(lab.pods()) == 3)
        assert max(one["at"] for one in log(lab, "create")) - raised < 2.0
        lab.open_gate()
        assert sweep.wait(WAIT) == 0
    assert (lab.pods(), lab.used()) == ([], 0)


def test_a_program_has_time_to_save_its_work(lab: Lab) -> None:
    """A program whose pod is deleted has six seconds under the lab's su, and goes on from what it saved."""
    lab.shell_project(
        "state=$CVSWEEP_CHECKPOINT_DIR/state\n"
        'if [ -e "$state" ]; then\n'
        '  echo "{\\"saved\\": \\"$(cat "$state")\\"}" > "$CVSWEEP_OUT/metrics.json"; exit 0\n'
        "fi\n"
        'trap \'sleep 6; echo step 41 > "$state"; touch "$CVSWEEP_OUT/saved"; exit 0\' TERM\n'
        'touch "$CVSWEEP_OUT/ready"; while :; do sleep 0.1; done'
    )
    words = ["cluster.probe=false", "cluster.grace=20", "retry.budgets.error=0"]
    with lab.running("x=1", *words) as sweep:
        until(lab.at_gate, WAIT)
        (pod,) = lab.pods()
        lab.delete(pod)
        assert sweep.wait(WAIT) == 0
    assert causes(lab) == [Cause.DELETED, Cause.COMPLETED]
    (row,) = lab.table()
    assert (row["attempts"], row["saved"]) == (2, "step 41")
    assert list(lab.sweep().glob("trials/*/attempts/1/saved"))
    assert lab.pods() == []


@pytest.mark.parametrize(("keep", "kept"), [("never", []), ("failed", ["1"]), ("always", ["0", "1"])])
def test_only_the_wanted_pods_stay(lab: Lab, keep: str, kept: list[str]) -> None:
    """Ended pods go, or stay to be looked at, as cluster.keep_pods says; none of them holds a GPU."""
    lab.shell_project('exit "$x"')
    done = lab.cvsweep("-m", "x=0,1", *QUICK, f"cluster.keep_pods={keep}", "retry.budgets.error=0")
    assert done.returncode == 1, done.stderr
    pods = lab.pods()
    assert sorted(pod["metadata"]["labels"]["cvsweep/trial"] for pod in pods) == kept
    assert all(pod["status"]["phase"] in ("Succeeded", "Failed") for pod in pods)
    until(lambda: lab.used() == 0)


def test_out_of_memory_is_reported_and_answered_with_more(lab: Lab) -> None:
    """A trial that is killed at its limit is tried again with more memory, where the settings say so."""
    lab.shell_project("dd if=/dev/zero of=/dev/null bs=64M count=1")
    done = lab.cvsweep(
        "x=1", *QUICK, "cluster.memory=32Mi", "retry.memory_factor=4", "cluster.keep_pods=always"
    )
    assert done.returncode == 0, done.stderr
    assert "trial 0 failed (oom): out of memory" in done.stderr
    assert causes(lab) == [Cause.OOM, Cause.COMPLETED]
    limits = {
        pod["metadata"]["labels"]["cvsweep/attempt"]: pod["spec"]["containers"][0]["resources"]["limits"][
            "memory"
        ]
        for pod in lab.pods()
    }
    assert limits == {"1": "32Mi", "2": "128Mi"}


@pytest.mark.parametrize("limit", ["task.time_limit=3", "cluster.time_limit=3"])
def test_a_time_limit_ends_a_trial(lab: Lab, limit: str) -> None:
    """A trial that runs longer than it may is ended, by us or by the cluster, and is not tried again."""
    lab.shell_project("exec sleep 300")
    done = lab.cvsweep("x=1", *QUICK, limit)
    assert done.returncode == 1, done.stderr
    assert causes(lab) == [Cause.DEADLINE]
    assert (lab.pods(), lab.used()) == ([], 0)
