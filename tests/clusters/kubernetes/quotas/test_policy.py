"""The limits that a sweep keeps of its own accord."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.quotas.claims import DEVICES
from sweeper.clusters.kubernetes.quotas.policy import Policy, kept_for_others
from tests.clusters.kubernetes.quotas.builders import GPU


@pytest.mark.parametrize(
    ("hard", "each", "reserve", "kept"),
    [
        (8, 1, 0, 0),
        (8, 1, 1, 1),
        (8, 1, 9, 7),  # one pod of ours can run
        (5, 4, 3, 1),
        (1, 1, 1, 0),
        (1, 2, 1, 0),  # ours does not fit at all
    ],
)
def test_the_reserve_leaves_place_for_one_pod(hard: int, each: int, reserve: int, kept: int) -> None:
    """Else nothing of ours could ever run in a small quota."""
    assert kept_for_others(hard, each, reserve) == kept


def test_devices_of_every_class_are_gpus() -> None:
    """A quota counts GPUs under their resource, or as devices of ResourceClaims."""
    policy = Policy(GPU)
    assert policy.gpus({GPU: 2, f"a100{DEVICES}": 1, f"h100{DEVICES}": 3, "pods": 1}) == 6
    assert not policy.is_gpu("requests.amd.com/gpu")
