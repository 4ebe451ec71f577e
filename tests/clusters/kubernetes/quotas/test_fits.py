"""What could never be created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from sweeper.clusters.kubernetes.quotas.fits import never_fits
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Quota, Scope
from tests.clusters.kubernetes.quotas.builders import GPU, pod, quota

ONE = Policy(GPU, reserve=1)


@pytest.mark.parametrize(
    ("quotas", "one", "policy", "want"),
    [
        pytest.param([], pod(), ONE, "", id="nothing limits"),
        pytest.param([quota(8, 8)], pod(8), ONE, "", id="full is not for ever"),
        pytest.param([quota(1)], pod(), ONE, "", id="the reserve never forbids"),
        pytest.param(
            [quota(2)], pod(4), ONE, f"quota lab allows 2 {GPU} and one trial asks for 4", id="too large"
        ),
        pytest.param(
            [quota(0)], pod(), ONE, f"quota lab allows 0 {GPU} and one trial asks for 1", id="nothing allowed"
        ),
        pytest.param([quota(0, scopes=(Scope("Terminating"),))], pod(), ONE, "", id="a quota for other pods"),
        pytest.param([quota(0)], pod(0), ONE, "", id="no GPU is asked for"),
        pytest.param(
            [quota(2**36, key="requests.memory")],
            pod(memory="65Gi"),
            ONE,
            "quota lab allows 64Gi requests.memory and one trial asks for 65Gi",
            id="memory",
        ),
        pytest.param(
            [quota(9, key="limits.memory")],
            pod(memory="1"),
            ONE,
            "quota lab needs limits.memory of every container: set cluster.memory",
            id="memory is mandatory",
        ),
        pytest.param(
            [quota(9, key="limits.cpu")],
            pod(cpu="1"),
            ONE,
            "quota lab needs limits.cpu of every container: set cluster.limits.cpu",
            id="cpu sets a request alone",
        ),
        pytest.param(
            [Quota("lab", {"cpu": Fraction(9), "requests.cpu": Fraction(9), "memory": Fraction(9)}, {})],
            pod(),
            ONE,
            "quota lab needs cpu, memory, requests.cpu of every container: set cluster.cpu, cluster.memory",
            id="several",
        ),
        pytest.param([], pod(2), replace(ONE, max_gpus=2), "", id="max_gpus takes one"),
        pytest.param(
            [],
            pod(2),
            replace(ONE, max_gpus=1),
            f"cluster.max_gpus=1: one trial asks for 2 {GPU}",
            id="max_gpus",
        ),
        pytest.param([], pod(0), replace(ONE, max_gpus=0), "", id="max_gpus is about GPUs"),
        pytest.param([], pod(), replace(ONE, max_parallel=1), "", id="one at a time"),
        pytest.param(
            [],
            pod(),
            replace(ONE, max_parallel=0),
            "cluster.max_parallel=0: nothing could ever run; give at least 1",
            id="none at a time",
        ),
    ],
)
def test_what_never_fits(quotas: Sequence[Quota], one: dict[str, Any], policy: Policy, want: str) -> None:
    """What could not be created in an empty namespace is said before anybody waits for it."""
    assert never_fits(quotas, one, policy) == want
