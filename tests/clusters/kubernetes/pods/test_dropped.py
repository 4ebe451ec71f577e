"""Fields that a server left out without a word."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sweeper.clusters.kubernetes.pods.dropped import dropped

SENT: dict[str, Any] = {
    "metadata": {"name": "x", "labels": {"a": "b"}},
    "spec": {
        "hostIPC": False,
        "priority": 0,
        "affinity": {},
        "containers": [
            {"name": "side", "image": "i"},
            {"name": "trial", "env": [{"name": "A", "value": ""}], "command": ["sh"]},
        ],
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "imagePullSecrets": [{"name": "s"}],
        "envFrom": [{"secretRef": {"name": "s"}}],
    },
}


def _returned() -> dict[str, Any]:
    """The same as a server returns it: in another order, with defaults, and without what is empty."""
    got = copy.deepcopy(SENT)
    spec = got["spec"]
    for key in ("hostIPC", "priority", "affinity"):
        del spec[key]
    spec["containers"].reverse()
    del spec["containers"][0]["env"][0]["value"]
    spec["containers"][0]["resources"] = {}
    spec["tolerations"].append({"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"})
    return got | {"status": {}}


def test_a_server_that_knows_every_field_drops_nothing() -> None:
    assert dropped(SENT, _returned()) == []


@pytest.mark.parametrize(
    ("path", "extra", "want"),
    [
        ((), {"speck": 1}, "speck (did you mean spec?)"),
        (("spec",), {"hostIpc": True}, "spec.hostIpc"),
        (
            ("spec", "containers", 1),
            {"resorces": {"limits": {}}},
            "spec.containers[trial].resorces (did you mean resources?)",
        ),
        (("spec", "containers", 1, "env", 0), {"valu": "x"}, "spec.containers[trial].env[A].valu"),
        (
            ("spec", "tolerations", 0),
            {"operatr": "x"},
            "spec.tolerations[a].operatr (did you mean operator?)",
        ),
        (("spec", "envFrom", 0), {"prefx": "x"}, "spec.envFrom[0].prefx"),
        (("metadata", "labels"), {"c": "d"}, "metadata.labels.c"),
    ],
)
def test_a_field_that_did_not_come_back_is_named(
    path: tuple[Any, ...], extra: dict[str, Any], want: str
) -> None:
    sent = copy.deepcopy(SENT)
    at = sent
    for part in path:
        at = at[part]
    at.update(extra)
    assert dropped(sent, _returned()) == [want]


def test_items_that_did_not_come_back_are_named() -> None:
    got = _returned()
    got["spec"]["containers"].pop()
    got["spec"]["envFrom"] = []
    assert dropped(SENT, got) == ["spec.containers[side]", "spec.envFrom[0]"]


def test_another_shape_is_as_good_as_nothing() -> None:
    assert dropped({"spec": {"a": {"b": 1}, "c": [{"d": 1}]}}, {"spec": {"a": 1, "c": "x"}}) == [
        "spec.a.b",
        "spec.c[0]",
    ]
