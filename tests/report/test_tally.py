"""What a sweep has cost."""

from __future__ import annotations

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned, Launching
from sweeper.report.tally import Tally
from tests.report.sweeps import ran


def test_sums_are_over_all_attempts_and_retries_have_their_causes():
    """What was tried again counts in every sum, and each cause of a retry is counted."""
    tally = Tally().take([
        *ran(0, Cause.PREEMPTED, at=10.0, again=True, gpus=0.5),
        *ran(1, at=11.0, seconds=4.0, gpus=2.0),
        *ran(0, number=2, at=20.0, ended_at=27.5, gpus=0.5),
        *ran(2, Cause.ERROR, at=12.0, gpus=0.0),
    ])  # fmt: skip
    assert (tally.began, tally.ended) == (10.0, 27.5)
    assert (tally.seconds, tally.gpu_seconds, tally.unknown) == (10.0, 10.0, 0)
    assert tally.retries == {Cause.PREEMPTED: 1}


def test_what_quota_was_held_for_is_summed_beside_what_ran():
    """What waited for a node and an image held its GPUs all the same."""
    tally = Tally(gpus=2.0).take([*ran(0, seconds=1.0, held=20.0), *ran(1, seconds=1.0)])
    assert (tally.gpu_seconds, tally.quota_gpu_seconds) == (4.0, 40.0)


def test_gpus_that_nobody_can_tell_are_counted_apart():
    """An attempt of which nobody can tell how many GPUs it held is in no sum of GPU-seconds."""
    assert (Tally().take(ran(0)).gpu_seconds, Tally().take(ran(0)).unknown) == (0.0, 1)
    assert Tally(gpus=4.0).take(ran(0)).gpu_seconds == 8.0


def test_an_end_counts_once_and_only_of_what_was_launched():
    """A second end of the same attempt, and one of an attempt that was abandoned, change nothing."""
    first = ran(0)
    abandoned = [Launching(Attempt(1, 1), 1.0), Abandoned(Attempt(1, 1)), ran(1)[-1]]
    assert Tally().take([*first, first[-1], *abandoned]).seconds == 2.0
