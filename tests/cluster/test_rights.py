"""A member's rights: with the role that the documentation ships all works, without parts of it most does."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import yaml

from sweeper.clusters.kubernetes.checks.preflight import RIGHTS
from tests.cluster.lab import TINY, Json, Lab, until

SHIPPED = Path(__file__).parents[2] / "docs" / "cluster-role.yaml"
QUICK = [*TINY, "cluster.probe=false"]
OPTIONAL = {("resource.k8s.io", "resourceclaimtemplates", "list")}
"""Rights for a setting that few have: doctor does not ask for them."""


def shipped() -> dict[str, list[Json]]:
    """The rules of each role in the file."""
    return {role["metadata"]["name"]: role["rules"] for role in yaml.safe_load_all(SHIPPED.read_text())}


def granted(lab: Lab, *without: str) -> None:
    """The member has what the file grants, but nothing on these resources."""
    lab.revoke("member")
    lab.revoke("leases")
    for name, rules in shipped().items():
        kept = [
            rule | {"resources": [one for one in rule["resources"] if one not in without]} for rule in rules
        ]
        lab.grant(name, [rule for rule in kept if rule["resources"]], user="lis")


def test_the_role_grants_what_is_asked_for_and_nothing_else() -> None:
    """The checks before a run and the file name the same verbs of the same resources, but for OPTIONAL."""
    asked = {(right.group, right.resource, verb) for right in RIGHTS for verb in right.verbs}
    rules = [rule for rules in shipped().values() for rule in rules]
    given = [
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]
    assert set(given) == asked | OPTIONAL
    assert len(given) == len(asked | OPTIONAL)


def test_the_role_is_enough_for_everything(lab: Lab) -> None:
    """Doctor, run, logs, shell, quota, leaving, resuming, cancelling, trying again: to the table."""
    granted(lab)
    lab.shell_project(f'echo "trial $x"; [ "$x" = 1 ] || {{ {lab.gate}; }}')
    doctor = lab.cvsweep("doctor", "-o", "json", *TINY)
    assert doctor.returncode == 0, doctor.stdout
    assert {row["level"] for row in json.loads(doctor.stdout)} == {"ok"}

    with lab.running("-m", "x=range(2)", *QUICK) as sweep:
        until(lambda: lab.at_gate() and _runs(lab), what="a running trial")
        assert "trial 0" in lab.cvsweep("logs", "0").stdout
        inside = lab.cvsweep("shell", "0", "--", "sh", "-c", "echo in $CVSWEEP_TRIAL")
        assert (inside.returncode, inside.stdout.strip()) == (0, "in 0"), inside.stderr
        quota = lab.cvsweep("quota")
        assert quota.returncode == 0, quota.stderr
        assert "lis" in quota.stdout
        sweep.send_signal(signal.SIGTERM)
        assert sweep.wait(60) == 130

    with lab.running("resume") as again:
        until(lambda: "NO CONTROLLER" not in lab.cvsweep("status").stdout, what="the new controller")
        cancelled = lab.cvsweep("cancel")
        assert cancelled.returncode == 0, cancelled.stderr
        assert again.wait(90) == 1
    assert lab.pods() == []

    lab.open_gate()
    retried = lab.cvsweep("retry", "--cancelled")
    assert retried.returncode == 0, retried.stderr
    assert [row["state"] for row in lab.table()] == ["completed"] * 2
    assert (lab.pods(), _leases(lab)) == ([], [])


def test_without_leases_a_sweep_runs_and_one_line_tells_the_cost(lab: Lab) -> None:
    """As the member `rival`: nothing on the cluster keeps a second machine away."""
    lab.shell_project("true")
    done = lab.cvsweep("-m", "x=range(2)", *QUICK, user="rival")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert "you may not get, create, update, delete leases" in line
    assert "keeps a second machine from controlling the same sweep" in line
    assert [row["state"] for row in lab.table()] == ["completed"] * 2


def test_without_quotas_a_sweep_carries_on_with_a_few_pods(lab: Lab) -> None:
    """What is refused is asked for again, later; how many run at once is bounded, and both are said."""
    granted(lab, "resourcequotas")
    lab.set_quota({"requests.nvidia.com/gpu": "2"})
    lab.until_quota_counts()
    lab.shell_project("sleep 1")
    done = lab.cvsweep("-m", "x=range(6)", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "you may not list, watch resourcequotas" in done.stderr
    assert "so only a few pods run at once" in done.stderr
    assert "at most 8 pods run at once" in done.stderr
    assert [row["state"] for row in lab.table()] == ["completed"] * 6


def test_without_quotas_and_without_limits_it_is_still_a_few_pods(lab: Lab) -> None:
    """Nobody knows what the others may have: eight are enough."""
    granted(lab, "resourcequotas")
    lab.shell_project(lab.gate)
    with lab.running("-m", "x=range(12)", *QUICK, "cluster.gpus=0") as sweep:
        until(lambda: len(lab.at_gate()) == 8, 120, "eight trials that run")
        assert len(lab.pods()) == 8
        lab.open_gate()
        assert sweep.wait(180) == 0
    assert len(lab.ends()) == 12


def test_without_events_and_claims_and_limits_a_sweep_runs(lab: Lab) -> None:
    """What cannot be known beforehand is said, and then it is tried."""
    granted(lab, "events", "persistentvolumeclaims", "limitranges")
    lab.shell_project("true")
    done = lab.cvsweep("-m", "x=range(2)", *QUICK)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: rights: ")]
    assert len(warnings) == 3
    for shown in ("list events", "get persistentvolumeclaims", "list limitranges"):
        assert any(f"you may not {shown} in {lab.namespace}: " in line for line in warnings)
    assert [row["state"] for row in lab.table()] == ["completed"] * 2


def _runs(lab: Lab) -> bool:
    """Does the server know that trial 0 runs? Its node tells a few seconds late."""
    pods = lab.pods(labelSelector="cvsweep/trial=0")
    return any(pod["status"].get("phase") == "Running" for pod in pods)


def _leases(lab: Lab) -> list[Any]:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{lab.namespace}/leases"
    return list(lab.admin.get(path)["items"])
