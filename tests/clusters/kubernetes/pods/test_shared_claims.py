"""A claim that a pod mounts under several names gets one: a kubelet waits for ever for the others."""

from __future__ import annotations

from typing import Any

from sweeper.clusters.kubernetes.pods.shared_claims import with_one_volume_each


def claim(name: str, of: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "persistentVolumeClaim": {"claimName": of, **more}}


def test_what_is_one_volume_each_stays_as_it_is() -> None:
    spec = {"volumes": [claim("a", "x"), claim("b", "y"), {"name": "c", "emptyDir": {}}, {"name": "d"}]}
    assert with_one_volume_each(spec) is spec


def test_a_claim_of_two_names_gets_the_first() -> None:
    """Mounts follow it in all containers, those that prepare included; who could only read still does."""
    spec = {
        "volumes": [claim("a", "x", readOnly=True), {"name": "c", "emptyDir": {}}, claim("b", "x")],
        "containers": [
            {
                "name": "trial",
                "volumeMounts": [
                    {"name": "a", "mountPath": "/a"},
                    {"name": "b", "mountPath": "/b", "subPath": "s"},
                    {"name": "c", "mountPath": "/c"},
                ],
            },
            {"name": "web"},
        ],
        "initContainers": [{"name": "prepare", "volumeMounts": [{"name": "b", "mountPath": "/b"}]}],
    }
    assert with_one_volume_each(spec) == {
        "volumes": [claim("a", "x"), {"name": "c", "emptyDir": {}}],
        "containers": [
            {
                "name": "trial",
                "volumeMounts": [
                    {"name": "a", "mountPath": "/a", "readOnly": True},
                    {"name": "a", "mountPath": "/b", "subPath": "s"},
                    {"name": "c", "mountPath": "/c"},
                ],
            },
            {"name": "web"},
        ],
        "initContainers": [{"name": "prepare", "volumeMounts": [{"name": "a", "mountPath": "/b"}]}],
    }
