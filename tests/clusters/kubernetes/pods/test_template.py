"""What a user's pod_template may change, and how it merges."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.manifest import pod
from sweeper.clusters.kubernetes.pods.template import merge
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt

_KEYS = st.sampled_from(["a", "b", "env", "tolerations", "volumeMounts"])
_PLAIN = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["x", "y"])
_NAMED = st.builds(
    lambda name, more: {"name": name, "mountPath": name, "key": name} | more,
    st.sampled_from(["n", "m"]),
    st.dictionaries(st.sampled_from(["value", "other"]), _PLAIN),
)
_JSON = st.recursive(
    _PLAIN, lambda inner: st.lists(inner | _NAMED, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3)
)
_MAPS = st.dictionaries(_KEYS, _JSON, max_size=3)


@given(_MAPS)
def test_an_empty_template_changes_nothing(base: dict[str, Any]) -> None:
    merged = merge(base, {})
    assert merged == base
    assert merged is not base


@given(_MAPS, _MAPS)
def test_merging_again_changes_nothing_more(base: dict[str, Any], over: dict[str, Any]) -> None:
    once = merge(base, over)
    assert merge(once, over) == once


@given(_MAPS, _MAPS)
def test_what_goes_in_stays_as_it_is(base: dict[str, Any], over: dict[str, Any]) -> None:
    before = copy.deepcopy((base, over))
    merged = merge(base, over)
    _spoil(merged)
    assert (base, over) == before


def _spoil(value: Any) -> None:
    """Change everything in it: nothing may be shared."""
    if isinstance(value, dict):
        for inner in value.values():
            _spoil(inner)
        value["spoiled"] = True
    elif isinstance(value, list):
        for inner in value:
            _spoil(inner)
        value.append("spoiled")


@pytest.mark.parametrize(
    ("base", "over", "want"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        ({"args": ["x", "y"]}, {"args": ["z"]}, {"args": ["z"]}),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": []}, {"env": []}),
        (
            {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"env": [{"name": "C", "value": "3"}, {"name": "A", "value": "4"}]},
            {
                "env": [
                    {"name": "A", "value": "4"},
                    {"name": "B", "value": "2"},
                    {"name": "C", "value": "3"},
                ]
            },
        ),
        (
            {"volumeMounts": [{"name": "v", "mountPath": "/a"}]},
            {"volumeMounts": [{"name": "v", "mountPath": "/b"}, {"mountPath": "/a", "readOnly": True}]},
            {
                "volumeMounts": [
                    {"name": "v", "mountPath": "/a", "readOnly": True},
                    {"name": "v", "mountPath": "/b"},
                ]
            },
        ),
        (
            {"tolerations": [{"key": "gpu", "effect": "NoSchedule"}]},
            {
                "tolerations": [
                    {"key": "gpu", "effect": "NoExecute"},
                    {"key": "gpu", "effect": "NoSchedule", "value": "1"},
                ]
            },
            {
                "tolerations": [
                    {"key": "gpu", "effect": "NoSchedule", "value": "1"},
                    {"key": "gpu", "effect": "NoExecute"},
                ]
            },
        ),
        (
            {"ports": [{"containerPort": 1, "name": "a"}]},
            {"ports": [{"containerPort": 1, "name": "b"}]},
            {"ports": [{"containerPort": 1, "name": "b"}]},
        ),
    ],
)
def test_how_things_merge(base: dict[str, Any], over: dict[str, Any], want: dict[str, Any]) -> None:
    assert merge(base, over) == want


def _made(template: dict[str, Any]) -> dict[str, Any]:
    settings = KubernetesSettings(
        user="lis", uid=1, gid=2, namespace="cvlab", image="image", env={"A": "1"},
        volumes={"data": VolumeSettings("claim", "/data")}, pod_template=template,
    )  # fmt: skip
    return pod(settings, SweepLabel("0a1b2c3d", "mine"), Attempt(3, 1), "/data/shim.sh", "/data/trial")


def test_any_field_of_a_pod_can_be_reached() -> None:
    made = _made(
        {
            "metadata": {"labels": {"team": "vision"}},
            "spec": {
                "hostIPC": True,
                "automountServiceAccountToken": None,
                "enableServiceLinks": True,
                "terminationGracePeriodSeconds": 90,
                "containers": [
                    {"name": "trial", "env": [{"name": "A", "value": "2"}], "tty": True},
                    {"name": "side", "image": "busybox"},
                ],
                "volumes": [{"name": "scratch", "emptyDir": {}}],
            },
        }
    )
    spec = made["spec"]
    trial, side = spec["containers"]
    assert made["metadata"]["labels"]["team"] == "vision"
    assert made["metadata"]["labels"]["cvsweep/trial"] == "3"
    assert (spec["hostIPC"], spec["enableServiceLinks"], spec["terminationGracePeriodSeconds"]) == (
        True,
        True,
        90,
    )
    assert "automountServiceAccountToken" not in spec
    assert (trial["tty"], trial["env"][-1]) == (True, {"name": "A", "value": "2"})
    assert trial["command"][-1] == "exec sh /data/shim.sh /data/trial 1"
    assert side == {"name": "side", "image": "busybox"}
    assert [volume["name"] for volume in spec["volumes"]] == ["data", "scratch"]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({"kind": "Job"}, r"kind cannot be changed"),
        ({"metadata": {"name": "x"}}, r"metadata\.name cannot be changed: cvsweep knows its pods by it"),
        ({"metadata": {"generateName": "x-"}}, r"metadata\.generateName cannot be changed"),
        ({"metadata": {"namespace": "x"}}, r"metadata\.namespace cannot be changed: set cluster\.namespace"),
        ({"metadata": {"labels": {"cvsweep/trial": "4"}}}, r"metadata\.labels\.cvsweep/trial cannot"),
        ({"metadata": {"labels": None}}, r"metadata\.labels\.app\.kubernetes\.io/name cannot"),
        ({"metadata": {"annotations": None}}, r"metadata\.annotations\.cvsweep/sweep-name cannot"),
        ({"metadata": None}, r"metadata\.name cannot"),
        ({"spec": None}, r"spec\.restartPolicy cannot"),
        (
            {"spec": {"restartPolicy": "Always"}},
            r"spec\.restartPolicy cannot be changed: a pod is one attempt",
        ),
        (
            {"spec": {"containers": [{"name": "trial", "restartPolicy": "OnFailure"}]}},
            r"\.restartPolicy cannot be changed: a pod is one attempt",
        ),
        (
            {"spec": {"containers": [{"name": "trial", "restartPolicyRules": [{"action": "Restart"}]}]}},
            r"\.restartPolicyRules cannot be changed: a pod is one attempt",
        ),
        ({"spec": {"containers": None}}, r"spec\.containers cannot be changed: the container called trial"),
        ({"spec": {"containers": []}}, r"spec\.containers cannot be changed: the container called trial"),
        (
            {"spec": {"containers": [{"name": "trial", "command": ["sh"]}]}},
            r"\.command cannot .*: set cluster\.command",
        ),
        ({"spec": {"containers": [{"name": "trial", "args": ["x"]}]}}, r"containers\[trial\]\.args cannot"),
        (
            {"spec": {"containers": [{"name": "trial", "env": [{"name": "CVSWEEP_UID", "value": "x"}]}]}},
            r"env\[CVSWEEP_UID\] cannot be changed: variables that begin with CVSWEEP_ are cvsweep's own",
        ),
        ({"spec": {"containers": "trial"}}, r"spec\.containers must be a list, not 'trial'"),
        ({"spec": {"containers": ["trial"]}}, r"spec\.containers\[0\] must be keys and values with its name"),
        (
            {"spec": {"containers": [{"tty": True}]}},
            r"containers\[0\] .* the container of the trial is called trial",
        ),
        (
            {"spec": {"containers": [{"name": "trial", "env": ["A=1"]}]}},
            r"env\[0\] must be keys and values with its name",
        ),
        (
            {"spec": {"containers": [{"name": "trial", "image": []}]}},
            r"containers\[0\]\.image must be a plain value",
        ),
        (
            {"spec": {"containers": [{"name": "trial", "volumeMounts": [{"name": "x"}]}]}},
            r"\[0\] .* its mountPath",
        ),
        (
            {"spec": {"tolerations": ["gpu"]}},
            r"tolerations\[0\] must be keys and values with its key and effect",
        ),
        ({"spec": {"nodeSelector": ["gpu"]}}, r"spec\.nodeSelector must be keys and values, not \['gpu'\]"),
        ({"spec": {"affinity": "x" * 80}}, r"spec\.affinity must be keys and values, not 'x+\.\.\.$"),
        ({"spec": [1]}, r"spec must be keys and values"),
        ({"metadata": {"labels": "x"}}, r"metadata\.labels must be keys and values"),
    ],
)
def test_what_cvsweep_needs_cannot_be_changed(template: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=r"^cluster\.pod_template\.") as caught:
        _made(template)
    assert caught.match(message)
    assert "\n" not in str(caught.value)
