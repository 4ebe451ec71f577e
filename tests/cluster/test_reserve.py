"""The GPUs that stay free for others: beside another sweep, for a member's first, and under a LimitRange."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from sweeper.core.model import Cause
from tests.cluster.lab import TINY, Json, Lab, until

QUICK = [*TINY, "cluster.probe=false", "cluster.grace=1"]
GPU = "requests.nvidia.com/gpu"


@contextmanager
def both(lab: Lab, *commands: list[str]) -> Iterator[list[subprocess.Popen[str]]]:
    with ExitStack() as stack:
        yield [stack.enter_context(lab.running(*one)) for one in commands]


def stays(pod: Json) -> bool:
    """Does it hold a GPU, and is it to keep it?"""
    return not pod["metadata"].get("deletionTimestamp") and pod["status"]["phase"] in ("Pending", "Running")


def taken(lab: Lab, hard: int, running: list[subprocess.Popen[str]], limit: float) -> float:
    """For how many seconds at a stretch, at most, every GPU was held by a pod that was to stay.

    Unless a member held a single one: a first GPU may be the last one.
    """
    began = last = time.monotonic()
    longest = stretch = 0.0
    while any(one.poll() is None for one in running) and time.monotonic() < began + limit:
        held = Counter(pod["metadata"]["labels"]["user"] for pod in lab.pods() if stays(pod))
        full, now = held.total() >= hard and min(held.values()) > 1, time.monotonic()
        stretch = stretch + now - last if full else 0.0
        longest, last = max(longest, stretch), now
        time.sleep(0.05)
    return longest


@pytest.mark.parametrize("second", ["lis", "ada"], ids=["of one member", "of two members"])
def test_two_sweeps_leave_the_reserve_free(lab: Lab, second: str) -> None:
    """Of two pods into the last room that both controllers saw one goes back before it runs, at no cost."""
    lab.set_quota({GPU: "6"})
    lab.until_quota_counts()
    lab.shell_project('[ "$x" = 0 ] && sleep 25 || sleep 3')
    sweeps = [
        ["-m", *QUICK, f"sweep.name={name}", "x=range(12)", "cluster.reserve=1", f"cluster.user={user}"]
        for name, user in (("one", "lis"), ("two", second))
    ]
    with both(lab, *sweeps) as running:
        longest = taken(lab, 6, running, 240.0)
        assert [one.wait(30.0) for one in running] == [0, 0], [one.communicate()[1] for one in running]
    ends = [end.outcome.cause for one in lab.sweeps() for end in lab.ends(one)]
    assert ends.count(Cause.COMPLETED) == 24
    assert set(ends) <= {Cause.COMPLETED, Cause.RETURNED}
    assert longest < 2.0


def test_a_member_who_holds_nothing_gets_the_last_gpu(lab: Lab) -> None:
    """Everyone can use at least one GPU: the reserve binds only beyond a member's first."""
    lab.set_quota({GPU: "3"})
    lab.until_quota_counts()
    lab.shell_project(lab.gate)
    first = ["-m", *QUICK, "sweep.name=one", "x=range(4)", "cluster.reserve=1"]
    with lab.running(*first):
        until(lambda: lab.used() == 2, seconds=60.0)
        lab.shell_project("true")
        done = lab.cvsweep(
            "-m", *QUICK, "sweep.name=two", "x=range(2)", "cluster.reserve=1", "cluster.user=ada"
        )
        assert done.returncode == 0, done.stderr
        lab.open_gate()


def test_a_limit_range_fills_in_what_a_quota_asks_for(lab: Lab) -> None:
    """A quota on limits.cpu does not fail the preflight, and as many run as fit with the default."""
    lab.apply("limitranges", {
        "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "defaults"},
        "spec": {"limits": [
            {"type": "Container", "default": {"cpu": "200m"}, "defaultRequest": {"cpu": "10m"}}]},
    })  # fmt: skip
    lab.set_quota({GPU: "8", "limits.cpu": "500m"})
    lab.until_quota_counts()
    lab.shell_project("sleep 1")
    done = lab.cvsweep("-m", *QUICK, "x=range(5)", "cluster.reserve=0")
    assert done.returncode == 0, done.stderr
    shown = lab.log_records()
    assert not [one for one in shown if one["did"] in ("full", "refused")]
    bounds = [one["bounds"]["quota lab-quota limits.cpu"] for one in shown if one["did"] == "create"]
    assert bounds[0] == 2
    assert [row["state"] for row in lab.table()] == ["completed"] * 5
