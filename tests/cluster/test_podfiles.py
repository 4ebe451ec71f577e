"""Pod files as members have them lying around, each the template of a sweep in two lines of YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.lab import BUSYBOX, GID, UID, Lab

FILES = sorted((Path(__file__).parents[1] / "podfiles").glob("*.yaml"))
SCRIPT = 'id -u > "$CVSWEEP_OUT/uid"; echo "{\\"v\\": $x}" > "$CVSWEEP_OUT/metrics.json"'


@pytest.mark.parametrize(
    "path", [one for one in FILES if one.stem != "pod-and-service"], ids=lambda one: one.stem
)
def test_a_pod_file_runs_a_trial(lab: Lab, path: Path) -> None:
    """As it is, with nothing filled in: the trial runs as the member, and its pod is the member's."""
    lab.shell_project(SCRIPT)
    lab.write("pod.yaml", path.read_text())
    lab.write("configs/cluster/mine.yaml", "defaults: [cvlab, _self_]\npod_template: pod.yaml\n")
    done = lab.cvsweep("cluster=mine", "x=7")
    assert done.returncode == 0, done.stderr[-3000:]
    (row,) = lab.table()
    assert (row["state"], row["v"]) == ("completed", 7)
    (uid,) = lab.sweep().glob("trials/*/attempts/1/uid")
    assert uid.read_text() == f"{UID}\n"
    assert (uid.stat().st_uid, uid.stat().st_gid) == (UID, GID)
    assert "runs the trials, with cluster.command" in done.stderr
    assert not lab.pods()


def test_the_packaged_cluster_file_runs_under_the_strictest_rules(lab: Lab) -> None:
    """Not as root and without any capability. Its pod, which is kept, can be diagnosed afterwards."""
    lab.shell_project(f"{SCRIPT}; grep -E 'CapBnd|NoNewPrivs|Seccomp:' /proc/self/status")
    volume = "cluster.volumes.data={claim: pv-cvlabdata2, path: /cvlabdata2}"
    words = ["cluster=kubernetes", f"cluster.image={BUSYBOX}", "cluster.gpus=0", volume, "x=7"]
    words.append("cluster.keep_pods=always")
    done = lab.cvsweep(*words)
    assert done.returncode == 0, done.stderr[-3000:]
    (log,) = lab.sweep().glob("trials/*/attempts/1/log.txt")
    seen = dict(line.split(":") for line in log.read_text().splitlines())
    assert int(seen["CapBnd"], 16) == 0
    assert int(seen.get("NoNewPrivs", "1")) == 1
    found = lab.cvsweep("diagnose", "0", "--file", "-")
    assert found.returncode == 0, found.stderr
    for expected in (
        "phase Succeeded",
        "runAsNonRoot: true",
        "Normal Started",
        "lab-quota: 0 of 4",
        "CapBnd",
    ):
        assert expected in found.stdout
