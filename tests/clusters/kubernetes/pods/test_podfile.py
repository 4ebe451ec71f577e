"""Pod files as members have them lying around, as templates of a sweep's pods."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sweeper.clusters.kubernetes.pods import path_mapping, podfile, unfilled
from sweeper.clusters.kubernetes.pods.dropped import dropped
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.manifest import pod, probe_pod
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt

FILES = Path(__file__).parents[3] / "podfiles"
SWEEP = SweepLabel("0123abcd", "night")
SETTINGS = KubernetesSettings(namespace="lab", user="lis", uid=4321, gid=7, image="i", run_as=False)


def read(name: str) -> podfile.PodFile:
    return podfile.read(yaml.safe_load_all((FILES / f"{name}.yaml").read_text()), f"{name}.yaml")


def made(name: str, **more: Any) -> dict[str, Any]:
    found = read(name)
    settings = replace(SETTINGS, pod_template=found.template, run_as=found.as_user, **more)
    return pod(settings, SWEEP, Attempt(0, 1), "/shim.sh", "/trial")


@pytest.mark.parametrize("path", sorted(FILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_first_container_runs_the_trial(path: Path) -> None:
    """It has cvsweep's command and the file's image, and nothing of the file is left to be filled in."""
    found = made(path.stem)
    text = yaml.safe_dump(found)
    assert "username" not in text
    assert "123456" not in text
    assert found["metadata"]["name"] == "lis-0123abcd-00000-1"
    assert found["spec"]["restartPolicy"] == "Never"
    trial = found["spec"]["containers"][0]
    assert trial["name"] == "trial"
    assert trial["command"] == ["sh", "-c", "exec sh /shim.sh /trial 1"]
    assert "args" not in trial
    assert trial["image"] != "i"
    assert [one["name"] for one in trial["env"][:3]] == ["CVSWEEP_UID", "CVSWEEP_HOST", "CVSWEEP_TEE"]
    assert trial["env"][2]["value"] == "1"
    assert dropped(found, found) == []


def test_a_plain_pod_keeps_what_it_says() -> None:
    found = read("plain")
    assert found.remarks == (
        "plain.yaml: its container base-test runs the trials, with cluster.command; ignored: name, command of"
        " base-test",
        "plain.yaml: your name or number is filled in: metadata.labels.user, CLUSTER_USER, CLUSTER_USER_ID",
    )
    trial = made("plain")["spec"]["containers"][0]
    variables = {one["name"]: one.get("value") for one in trial["env"]}
    assert variables["CLUSTER_USER"] == "lis"
    assert variables["CLUSTER_USER_ID"] == "4321"
    assert variables["CLUSTER_GROUP_ID"] == "11166"
    assert made("plain")["metadata"]["labels"]["user"] == "lis"
    assert [one["mountPath"] for one in trial["volumeMounts"]] == ["/cvlabsrc1", "/cvlabdata1", "/cvlabdata2"]


def test_the_pod_of_a_job_is_taken_and_its_gpus_count() -> None:
    """A mount at the same place takes the place of ours."""
    found = made("gpu-job", gpus=3, shm="1Gi")
    trial = found["spec"]["containers"][0]
    assert trial["resources"]["limits"] == {"nvidia.com/gpu": 1}
    assert [one["name"] for one in trial["volumeMounts"] if one["mountPath"] == "/dev/shm"] == ["dshm"]
    assert found["metadata"]["labels"]["priority"] == "1"


def test_a_pod_that_runs_as_a_user_runs_as_the_member() -> None:
    """The number that is to be filled in is the member's; the file's groups stay."""
    assert read("run-as").as_user
    spec = made("run-as")["spec"]
    assert spec["securityContext"] == {"runAsUser": 4321, "runAsGroup": 11166, "fsGroup": 11166}
    mount = spec["containers"][0]["volumeMounts"][-1]
    assert mount == {"mountPath": "/data", "name": "data", "subPath": "home/lis"}


def test_what_runs_beside_the_trial_stays_but_not_in_the_probe() -> None:
    """A helper that never ends would keep the probe's pod for ever."""
    found = read("two-containers")
    assert found.remarks[1] == "two-containers.yaml: helper runs beside each trial"
    spec = made("two-containers")["spec"]
    assert [one["name"] for one in spec["containers"]] == ["trial", "helper"]
    assert [one["name"] for one in spec["initContainers"]] == ["prepare"]
    probe = probe_pod(replace(SETTINGS, pod_template=found.template), SWEEP, "true")["spec"]
    assert [one["name"] for one in probe["containers"]] == ["trial"]


def test_of_a_pod_that_a_server_shows_only_what_somebody_wrote_is_taken() -> None:
    """Neither its node nor its token; a probe would end the trial, and our own labels and variables stay."""
    found = read("pod-and-service")
    ignored = [
        "Service object", "name", "namespace (set cluster.namespace)", "label app.kubernetes.io/name",
        "annotation kubectl.kubernetes.io/last-applied-configuration", "command of web",
        "livenessProbe of web",
    ]  # fmt: skip
    first, second = found.remarks
    assert first.endswith(f"; ignored: {', '.join(ignored)}")
    assert "metadata.labels.user, spec.volumes.persistentVolumeClaim.claimName" in second
    assert found.template["metadata"] == {"labels": {"user": "{user}", "team": "vision"}}
    assert found.template["spec"].keys() == {"containers", "volumes"}
    (volume,) = made("pod-and-service")["spec"]["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == "runai-cvlab-lis-cvlabdata2"


def test_a_container_that_would_be_started_again_runs_once() -> None:
    """A container beside the trial keeps its own policy."""
    again = {"image": "i", "restartPolicy": "OnFailure", "restartPolicyRules": [{"action": "Restart"}]}
    found = podfile.read([{"spec": {"containers": [again | {"name": "a"}, again | {"name": "b"}]}}], "p.yaml")
    assert found.template["spec"]["containers"] == [{"name": "trial", "image": "i"}, again | {"name": "b"}]
    assert "restartPolicy of a, restartPolicyRules of a" in found.remarks[0]


def test_a_list_holds_its_objects() -> None:
    pods = [{"kind": "Pod", "spec": {"containers": [{"name": "a", "image": "i"}]}}]
    found = podfile.read([{"kind": "List", "apiVersion": "v1", "items": pods}, None], "x")
    assert found.template["spec"]["containers"] == [{"name": "trial", "image": "i"}]


@pytest.mark.parametrize("kind", ["List", "PodList", "JobList"])
def test_a_list_of_one_kind_holds_its_objects_too(kind: str) -> None:
    pods = [{"kind": "Pod", "spec": {"containers": [{"name": "a", "image": "i"}]}}]
    found = podfile.read([{"kind": kind, "apiVersion": "v1", "items": pods}], "x")
    assert found.template["spec"]["containers"] == [{"name": "trial", "image": "i"}]


def test_a_field_without_a_value_is_as_good_as_not_there() -> None:
    """kubectl reads it so; in a template, null takes away what cvsweep would ask for: its GPU here."""
    trial = {"name": "a", "image": "i", "resources": None, "env": None, "volumeMounts": None}
    found = podfile.read([{"spec": {"containers": [trial], "volumes": None}}], "x")
    assert found.template["spec"] == {"containers": [{"name": "trial", "image": "i"}]}


def test_names_are_texts() -> None:
    labels = {3: "b", True: "c"}
    found = podfile.read([{"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a"}]}}], "x")
    assert found.template["metadata"]["labels"] == {"3": "b", "true": "c"}


def test_what_the_object_around_a_pod_asks_for_is_mentioned() -> None:
    """Its time limit, its number of pods, its volumes and its queue do not hold for the trials."""
    job = {
        "kind": "Job",
        "metadata": {"labels": {"kueue.x-k8s.io/queue-name": "vision", "team": "x"}},
        "spec": {
            "completions": 5, "parallelism": 1, "backoffLimit": 0, "activeDeadlineSeconds": 60,
            "template": {"spec": {"containers": [{"name": "a"}]}},
        },
    }  # fmt: skip
    (remark,) = podfile.read([job], "x").remarks
    assert remark.endswith(
        "; ignored: completions of the Job, activeDeadlineSeconds of the Job (set cluster.time_limit),"
        " label kueue.x-k8s.io/queue-name of the Job (set cluster.queue)"
    )
    stateful = {"kind": "StatefulSet", "spec": job["spec"] | {"volumeClaimTemplates": [{}]}}
    (remark,) = podfile.read([stateful], "x").remarks
    assert "volumeClaimTemplates of the StatefulSet (set cluster.volumes)" in remark


def test_a_container_without_a_name_and_two_beside_it_are_named() -> None:
    given = {"spec": {"containers": [{"image": "i"}, {"name": "a"}, {"name": "b"}]}}
    first, second = podfile.read([given], "x").remarks
    assert first == "x: its first container runs the trials, with cluster.command"
    assert second == "x: a and b run beside each trial"


def test_a_container_that_is_called_trial_runs_the_trial() -> None:
    """Wherever it stands; two containers that are called nothing are no reason to stumble."""
    given = {"kind": "Pod", "spec": {"containers": [{"name": "a"}, {"name": "trial", "image": "j"}]}}
    found = podfile.read([given], "x").template["spec"]["containers"]
    assert found == [{"name": "trial", "image": "j"}, {"name": "a"}]


@pytest.mark.parametrize(("documents", "message"), [
    ([], "x: it holds no pod"),
    ([None], "x: it holds no pod"),
    ([{"kind": "Service", "apiVersion": "v1"}], r"x: it holds no pod \(Service only\)"),
    ([{"spec": {"containers": [{}]}}, {"spec": {"containers": [{}]}}], "x: it holds 2 pods: keep the one"),
    (["words"], "x: it must hold a pod as keys and values, not 'words'"),
    ([{"kind": "Pod"}], "x: its pod has no container"),
    ([{"kind": "Pod", "spec": {"containers": []}}], "x: its pod has no container"),
    ([{"kind": "Pod", "spec": {"containers": "a"}}], "x: its pod has no container"),
    ([{"kind": "Pod", "spec": {"containers": [{"name": "a"}, "b"]}}], "x: each container must hold keys"),
    ([{"kind": "Job", "spec": None}], "x: its pod has no container"),
    ([{"kind": "List", "items": 5}], "x: the items of its List must be a list"),
    ([{"kind": "List", "items": {"a": 1}}], "x: the items of its List must be a list"),
    ([{"spec": {"containers": [{"name": "a", "env": b"x"}]}}], "x: b'x' is neither text nor a number"),
    ([{"spec": {"containers": [{"name": "a", "image": "{{ .Values.image }}"}]}}], "x: it is a template"),
])  # fmt: skip
def test_a_file_without_one_whole_pod_is_refused(documents: list[Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        podfile.read(documents, "x")


def test_a_pod_that_holds_itself_is_refused() -> None:
    spec: dict[str, Any] = {"containers": [{"name": "a"}]}
    spec["more"] = spec
    with pytest.raises(UsageError, match="x: it refers to itself, or is nested too deep"):
        podfile.read([{"spec": spec}], "x")


@pytest.mark.parametrize(("template", "expected"), [
    ({}, False),
    ({"spec": {"hostIPC": True}}, False),
    ({"metadata": {"labels": {"a": "b"}}}, False),
    ({"metadata": {"name": "x"}}, True),
    ({"kind": "Pod"}, True),
    ({"apiVersion": "v1"}, True),
])  # fmt: skip
def test_what_is_a_whole_pod(template: dict[str, Any], expected: bool) -> None:
    """A template that only adds to the pod is none."""
    assert podfile.is_pod(template) is expected


@pytest.mark.parametrize("name", [
    "username", "user-name", "set-your-username", "your_username", "YOUR_USERNAME", "<username>", "yourname",
    "<your user name>", "set-your-name", "your-gaspar",
])  # fmt: skip
def test_a_name_that_is_to_be_filled_in_is_known(name: str) -> None:
    assert unfilled.is_unfilled(name)


@pytest.mark.parametrize(
    "name", ["ada", "lis", "user", "users", "john-username-doe", "", None, 3, "usernames"]
)
def test_a_name_of_somebody_is_none(name: object) -> None:
    assert not unfilled.is_unfilled(name)


def test_only_what_names_the_member_is_filled_in() -> None:
    """The value of another variable, a command, a number that is somebody's, stay."""
    given = {
        "spec": {
            "securityContext": {"runAsUser": 123456},
            "containers": [
                {
                    "name": "a",
                    "command": ["/home/username/run"],
                    "env": [
                        {"name": "DB_LOGIN", "value": "username"},
                        {"name": "NB_UID", "value": "1000"},
                        {"name": "OUT", "value": "/home/username"},
                        {"name": "LIMIT", "value": 123456},
                        {"name": "NB_USER", "valueFrom": {"fieldRef": {"fieldPath": "x"}}},
                    ],
                }
            ],
        }
    }
    found, places_ = unfilled.filled(given)
    env = given["spec"]["containers"][0]["env"]
    assert found["spec"]["securityContext"] == given["spec"]["securityContext"]
    assert found["spec"]["containers"][0]["command"] == ["/home/username/run"]
    assert found["spec"]["containers"][0]["env"] == [
        *env[:2], {"name": "OUT", "value": "/home/{user}"}, *env[3:],
    ]  # fmt: skip
    assert places_ == ["OUT"]


def test_a_pod_sees_what_its_template_mounts() -> None:
    """Where the settings name no volume, the file's whole claims are where the sweep may lie."""
    settings = replace(SETTINGS, pod_template=read("plain").template)
    assert path_mapping.in_pod(settings, "/cvlabdata2/home/lis/sweeps") == "/cvlabdata2/home/lis/sweeps"
    named = replace(settings, volumes={"d": VolumeSettings("c", "/cvlabdata2", "/mnt/d")})
    assert path_mapping.in_pod(named, "/mnt/d/sweeps") == "/cvlabdata2/sweeps"
    with pytest.raises(UsageError, match="lies on none of the volumes"):
        path_mapping.in_pod(replace(SETTINGS, pod_template=read("plain").template), "/data/sweeps")
    with pytest.raises(UsageError, match="pods see no volume that they can write"):
        path_mapping.in_pod(replace(SETTINGS, pod_template=read("run-as").template), "/data/sweeps")
