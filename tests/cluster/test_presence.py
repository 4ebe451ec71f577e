"""Who controls a sweep, on a real cluster: its lease, as hosts see it that see nothing else of each other."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.cluster.chaos import QUICK, TRIAL, Workplace, audit, terms
from tests.cluster.lab import Lab, until

CPU = [*QUICK, "cluster.gpus=0"]


@pytest.fixture
def work(lab: Lab) -> Iterator[Workplace]:
    """Trials that wait for the gate."""
    lab.shell_project(f"{lab.gate}\n{TRIAL}")
    with Workplace(lab) as work:
        yield work


def all_is_well(lab: Lab, trials: int) -> None:
    findings = audit(lab.sweep())
    assert (findings.trials, findings.wrongs) == (trials, ())
    assert [end.attempt.number for end in lab.ends()] == [1] * trials
    assert (lab.pods(), lab.leases()) == ([], [])


def holders(lab: Lab) -> list[str]:
    return [one["spec"]["holderIdentity"] for one in lab.leases()]


def test_a_lease_outlives_a_takeover_and_a_deletion_by_hand(lab: Lab, work: Workplace) -> None:
    """The former controller leaves the new one's lease alone, and one that is deleted is made again."""
    first = work.start("-m", "x=range(2)", *CPU)
    until(lambda: len(lab.at_gate()) == 2, what="two trials that run")
    first.freeze()
    before, former = terms(lab.sweep()), holders(lab)
    second = work.start("resume", "--take-over")
    until(lambda: terms(lab.sweep()) > before and holders(lab) != former, what="the second controller")
    first.wake()
    assert first.wait(30) == 3, first.output()
    (mine,) = holders(lab)
    assert mine.endswith(f":{second.pid}")
    lab.delete_lease()
    until(lambda: holders(lab) == [mine], what="the lease again")
    lab.open_gate()
    assert second.wait() == 0, second.output()
    all_is_well(lab, 2)


def test_resume_waits_for_the_end_of_a_dead_controllers_lease(lab: Lab, work: Workplace) -> None:
    """Its host cannot be asked: after a minute at most the sweep goes on, and this was said."""
    first = work.start("-m", "x=range(2)", *CPU, at="another-host", isolated=True)
    until(lambda: len(lab.at_gate()) == 2, what="two trials that run")
    first.kill()
    began, before = time.monotonic(), terms(lab.sweep())
    second = work.start("resume")
    until(lambda: terms(lab.sweep()) > before, 80, what="the second controller")
    assert 25 < time.monotonic() - began < 75
    assert "still controls the sweep, as its lease on the cluster says" in second.output()
    lab.open_gate()
    assert second.wait() == 0, second.output()
    all_is_well(lab, 2)
