"""As whom pods run, and what their namespace demands of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sweeper.clusters.check import Level
from sweeper.clusters.kubernetes.checks import security
from sweeper.clusters.kubernetes.checks.preflight import example
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from tests.builders import make_pods

ENFORCE = "pod-security.kubernetes.io/enforce"
SWEEP = SweepLabel("abcd1234", "s")
SETTINGS = make_pods(uid=0, gid=0)


@pytest.mark.parametrize(("namespace", "message"), [
    ({"metadata": {"labels": {ENFORCE: "restricted"}}}, ["lab enforces the Pod Security level restricted"]),
    ({"metadata": {"labels": {"team": "vision"}}}, []),
    ({"metadata": {}}, []),
    (
        None,
        ["which Pod Security level lab enforces is not known: you may not read the namespace"],
    ),
])  # fmt: skip
def test_the_level_that_a_namespace_enforces_is_reported(
    namespace: dict[str, Any] | None, message: list[str]
) -> None:
    """A member who may not read the namespace is told so."""
    found = list(security.level(namespace, "lab"))
    assert [(one.level, one.message) for one in found] == [(Level.OK, line) for line in message]


@pytest.mark.parametrize(("change", "expected"), [
    ({"uid": 7}, []),
    ({}, [Level.WARNING]),
    ({"run_as": False}, [Level.WARNING]),
    ({"security_context": {"runAsNonRoot": True}}, [Level.FAILURE]),
    ({"security_context": {"runAsNonRoot": True, "runAsUser": 7}}, [Level.WARNING]),
])  # fmt: skip
def test_trials_that_run_as_root_are_mentioned(change: dict[str, Any], expected: list[Level]) -> None:
    """Where the pods' own settings forbid it no pod would start, which is known before the first."""
    settings = replace(SETTINGS, **change)
    assert [one.level for one in security.as_root(settings, example(settings, SWEEP))] == expected
