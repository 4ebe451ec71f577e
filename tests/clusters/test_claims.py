"""Which kind of attempt a claim is of, and what is said of one that does not fit."""

from __future__ import annotations

import pytest

from sweeper.clusters import claims
from sweeper.core.errors import BackendError, DamagedTrialError
from sweeper.core.model import Attempt

PROCESS = "lab:0f6c1d5e-0000-4000-8000-00000000000a:77:12"
POD = "0f6c1d5e-0000-4000-8000-00000000000a"


@pytest.mark.parametrize(
    ("claim", "process", "pod"),
    [
        (PROCESS, True, False),
        ("lab-3.x:0f-1a:77:12", True, False),
        (POD, False, True),
        ("void 3", False, False),
        ("", False, False),
        ("a:b:c:d", False, False),
        (f"{POD}\n{POD}", False, False),
        (f"{PROCESS} {PROCESS}", False, False),
        ("a - b - c - d - e", False, False),
    ],
)
def test_a_claim_tells_its_kind(claim: str, process: bool, pod: bool) -> None:
    """A process has claimed with its host, boot, number and start, a pod with its UID."""
    assert (claims.is_process(claim), claims.is_pod(claim)) == (process, pod)


def test_a_claim_of_the_other_kind_belongs_to_another_backend() -> None:
    """It may be alive, so the whole sweep waits for whoever can see it; any other text is damage."""
    assert isinstance(claims.unfit(Attempt(0, 1), POD, "a process"), BackendError)
    assert isinstance(claims.unfit(Attempt(0, 1), PROCESS, "a pod"), BackendError)
    damaged = claims.unfit(Attempt(3, 2), "loss: 0.5\n" * 99, "a pod")
    assert isinstance(damaged, DamagedTrialError)
    assert str(damaged).startswith("the file owner of attempt 2 of trial 3 was overwritten, and now begins")
    assert len(str(damaged)) < 300
