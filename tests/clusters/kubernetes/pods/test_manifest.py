"""The attempt's pod, whole and field by field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sweeper import clusters
from sweeper.clusters.kubernetes.pods.identity import SweepLabel, spec_hash_of
from sweeper.clusters.kubernetes.pods.manifest import pod, probe_pod
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.compose import compose
from sweeper.compose.project import packaged_configs
from tests.clusters.kubernetes.builders import ATTEMPT, PLAIN

SWEEP = SweepLabel("0a1b2c3d", "digits, once more")
PRE_STOP = (
    '{ read -r pid < /tmp/cvsweep.pid; } 2> /dev/null && kill -TERM "$pid" 2> /dev/null'
    ' && while kill -0 "$pid" 2> /dev/null; do sleep 1; done; exit 0'
)


def packaged(*overrides: str) -> KubernetesSettings:
    """A packaged cluster's settings, the member filled in."""
    found = clusters.of(
        compose(
            overrides,
            config_dir=packaged_configs(),
            config_name=None,
            multirun=False,
            project=packaged_configs().parent,
        ).settings.cluster
    ).settings
    assert isinstance(found, KubernetesSettings)
    return replace(found, user="lis", uid=12345, gid=11166, namespace="cvlab")


def made(settings: KubernetesSettings = PLAIN, **how: Any) -> dict[str, Any]:
    """The pod of one attempt."""
    return pod(settings, SWEEP, ATTEMPT, "/data/shim.sh", "/data/trials/00012-abc", **how)


def own(annotation: str, **labels: str) -> dict[str, Any]:
    """The metadata that every pod of the sweep has."""
    return {
        "name": "lis-0a1b2c3d-00012-3",
        "namespace": "cvlab",
        "labels": {
            **labels,
            "app.kubernetes.io/name": "cvsweep",
            "app.kubernetes.io/managed-by": "cvsweep",
            "app.kubernetes.io/instance": "0a1b2c3d",
            "cvsweep/sweep": "0a1b2c3d",
            "cvsweep/trial": "12",
            "cvsweep/attempt": "3",
        },
        "annotations": {"cvsweep/sweep-name": "digits, once more", "cvsweep/spec-hash": annotation},
    }


ENV = [
    {"name": "CVSWEEP_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
    {"name": "CVSWEEP_HOST", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    {"name": "CVSWEEP_TEE", "value": "1"},
]


def test_a_queue_is_named_beside_our_own_labels() -> None:
    settings = replace(PLAIN, labels={"team": "x"}, queue="night", queue_kind="kai")
    pods = made(settings), made(replace(settings, queue_kind="volcano"))
    assert [one["spec"]["schedulerName"] for one in pods] == ["kai-scheduler", "volcano"]
    assert pods[0]["metadata"]["labels"] == own("", team="x", **{"kai.scheduler/queue": "night"})["labels"]
    assert pods[1]["metadata"]["annotations"]["scheduling.volcano.sh/queue-name"] == "night"
    assert "schedulerName" not in made(replace(settings, queue_kind=None))["spec"]


def test_the_labs_pod() -> None:
    made_ = made(packaged("cluster=cvlab", "cluster.priority=-5"))
    assert made_ == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": own(spec_hash_of(made_), user="lis", priority="0-5"),
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 30,
            "containers": [
                {
                    "name": "trial",
                    "image": "ic-registry.epfl.ch/cvlab/lis/lab-python-ml:cuda10",
                    "imagePullPolicy": "IfNotPresent",
                    "command": [
                        "/opt/lab/setup_and_run_command.sh",
                        "exec sh /data/shim.sh /data/trials/00012-abc 3",
                    ],
                    "env": [
                        *ENV,
                        {"name": "CLUSTER_USER", "value": "lis"},
                        {"name": "CLUSTER_USER_ID", "value": "12345"},
                        {"name": "CLUSTER_GROUP_NAME", "value": "CVLAB-unit"},
                        {"name": "CLUSTER_GROUP_ID", "value": "11166"},
                    ],
                    "resources": {"limits": {"nvidia.com/gpu": "1"}},
                    "volumeMounts": [
                        {"name": "cvlabsrc1", "mountPath": "/cvlabsrc1"},
                        {"name": "cvlabdata1", "mountPath": "/cvlabdata1"},
                        {"name": "cvlabdata2", "mountPath": "/cvlabdata2"},
                        {"name": "dev-shm", "mountPath": "/dev/shm"},
                    ],
                    "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", PRE_STOP]}}},
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                }
            ],
            "volumes": [
                {"name": "cvlabsrc1", "persistentVolumeClaim": {"claimName": "pv-cvlabsrc1"}},
                {"name": "cvlabdata1", "persistentVolumeClaim": {"claimName": "pv-cvlabdata1"}},
                {"name": "cvlabdata2", "persistentVolumeClaim": {"claimName": "pv-cvlabdata2"}},
                {"name": "dev-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "4Gi"}},
            ],
        },
    }


def test_a_pod_of_any_cluster() -> None:
    made_ = made(
        packaged(
            "cluster=kubernetes", "cluster.volumes.data.claim=mine", "cluster.memory=2Gi", "cluster.cpu=4"
        )
    )
    assert made_ == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": own(spec_hash_of(made_), user="lis"),
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 30,
            "securityContext": {
                "runAsUser": 12345,
                "runAsGroup": 11166,
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "trial",
                    "image": "python:3.11-slim",
                    "command": ["sh", "-c", "exec sh /data/shim.sh /data/trials/00012-abc 3"],
                    "env": [*ENV, {"name": "USER", "value": "lis"}, {"name": "HOME", "value": "/tmp"}],
                    "resources": {
                        "requests": {"cpu": "4", "memory": "2Gi"},
                        "limits": {"nvidia.com/gpu": "1", "memory": "2Gi"},
                    },
                    "volumeMounts": [
                        {"name": "data", "mountPath": "/data"},
                        {"name": "dev-shm", "mountPath": "/dev/shm"},
                    ],
                    # The whole of what the Pod Security level "restricted" asks for, with the pod's own.
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", PRE_STOP]}}},
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                }
            ],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "mine"}},
                {"name": "dev-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
            ],
        },
    }


def test_runai_has_its_own_scheduler_and_claims() -> None:
    spec = made(packaged("cluster=runai"))["spec"]
    assert spec["schedulerName"] == "runai-scheduler"
    claims = [volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"][:3]]
    assert claims == [f"runai-cvlab-lis-{name}" for name in ("cvlabsrc1", "cvlabdata1", "cvlabdata2")]


def test_every_short_key_reaches_its_field() -> None:
    spec = made(
        replace(
            PLAIN,
            grace=0.5, time_limit=60, service_account="runner", scheduler="other", priority_class="urgent",
            node_selector={"gpu": "a100"}, tolerations=[{"key": "gpu"}], image_pull_secrets=["registry"],
            security_context={"fsGroup": 7, "runAsUser": 8, "capabilities": {"drop": ["ALL"]}},
            image="image:{user}", gpus=0, gpu_resource="amd.com/gpu", limits={"cpu": "2"},
            requests={"x/y": "1"}, env={"WHO": "{user} {uid} {gid} {priority} {command} $(HOME)"},
            env_from=[{"secretRef": {"name": "s"}}], secrets={"KEY": "wandb/api-key"},
            volumes={"data": VolumeSettings("{user}-data", "/data", read_only=True)},
        )
    )["spec"]  # fmt: skip
    container = spec.pop("containers")[0]
    assert spec == {
        "restartPolicy": "Never", "automountServiceAccountToken": False, "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1, "activeDeadlineSeconds": 60, "serviceAccountName": "runner",
        "schedulerName": "other", "priorityClassName": "urgent", "nodeSelector": {"gpu": "a100"},
        "tolerations": [{"key": "gpu"}], "imagePullSecrets": [{"name": "registry"}],
        "securityContext": {"runAsUser": 8, "runAsGroup": 11166, "fsGroup": 7},
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "lis-data"}}],
    }  # fmt: skip
    assert container["image"] == "image:lis"
    assert container["resources"] == {"requests": {"x/y": "1"}, "limits": {"cpu": "2"}}
    assert container["env"][3:] == [
        {"name": "WHO", "value": "lis 12345 11166 0 {command} $(HOME)"},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "wandb", "key": "api-key"}}},
    ]
    assert container["envFrom"] == [{"secretRef": {"name": "s"}}]
    assert container["volumeMounts"] == [{"name": "data", "mountPath": "/data", "readOnly": True}]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_devices_are_claimed_by_a_short_key():
    """A claim of each pod's own comes from a template, `claim/` names one that all of them share."""
    found = made(replace(PLAIN, gpus=0, resource_claims={"gpu": "one-gpu", "cache": "claim/shared.fast"}))
    assert found["spec"]["resourceClaims"] == [
        {"name": "gpu", "resourceClaimTemplateName": "one-gpu"},
        {"name": "cache", "resourceClaimName": "shared.fast"},
    ]
    assert found["spec"]["containers"][0]["resources"] == {"claims": [{"name": "gpu"}, {"name": "cache"}]}
    assert (
        "resourceClaims" not in probe_pod(replace(PLAIN, resource_claims={"gpu": "one"}), SWEEP, "x")["spec"]
    )
