"""Parts of the cluster go and come back in the middle of a sweep: nothing is lost, nothing runs twice.

These tests disturb everybody on the cluster: they run alone, one after the other.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from sweeper.clusters.kubernetes.server.api import ApiError, Unreachable
from tests.cluster.lab import TINY, Lab, until

pytestmark = pytest.mark.disruptive

QUICK = [*TINY, "cluster.probe=false"]
NODE = "/api/v1/nodes/node-0"


class Parts:
    """The cluster's parts, in our hands."""

    def __init__(self, script: str, run: Path, lab: Lab) -> None:
        self._script, self._lab = script, lab
        self._tokens = run / "tokens.csv"
        self._gpus = lab.admin.get(NODE)["status"]["capacity"].get("nvidia.com/gpu")

    def do(self, verb: str, part: str) -> None:
        subprocess.run([self._script, verb, part], check=True, capture_output=True, timeout=120)

    def until_it_answers(self) -> None:
        until(self._answers, 120, "the API server")

    def restart_server(self) -> None:
        self.do("restart", "apiserver")
        self.until_it_answers()

    @contextmanager
    def revoked(self, user: str) -> Iterator[None]:
        """The API server does not know the member's token until the end of the block."""
        before = self._tokens.read_text()
        kept = [line for line in before.splitlines() if line.split(",")[1] != user]
        assert len(kept) == len(before.splitlines()) - 1
        try:
            self._tokens.write_text("\n".join(kept) + "\n")
            self.restart_server()
            yield
        finally:
            self._tokens.write_text(before)
            self.restart_server()

    @contextmanager
    def stopped(self, part: str) -> Iterator[None]:
        self.do("stop", part)
        try:
            yield
        finally:
            self.do("start", part)
            self.until_it_answers()

    def keep_gpus(self) -> None:
        """A kubelet that starts anew may forget what was advertised by hand."""
        if self._lab.admin.get(NODE)["status"]["capacity"].get("nvidia.com/gpu") != self._gpus:
            node = self._lab.admin.get(NODE)
            node["status"]["capacity"]["nvidia.com/gpu"] = self._gpus
            self._lab.admin.put(f"{NODE}/status", node)

    def _answers(self) -> bool:
        try:
            self._lab.admin.get(self._lab.admin.pods())
        except (ApiError, Unreachable):
            return False
        return True


def test_a_token_that_is_revoked_and_given_back(lab: Lab, parts: Parts) -> None:
    """The controller says that it is not let in, waits, and goes on; no trial is any the worse for it."""
    lab.shell_project(f'cat "$CVSWEEP_OUT/owner" >> "$CVSWEEP_CHECKPOINT_DIR/ran"; {lab.gate}')
    with lab.running("-m", "x=range(6)", *QUICK) as sweep:
        until(lambda: len(lab.at_gate()) == 3, what="three trials that run")
        with parts.revoked("lis"):
            until(lambda: "Unauthorized" in lab.cvsweep("status").stdout, 60, "a word of it in the status")
            lab.open_gate()  # what runs ends while nobody is let in
            time.sleep(5)
            assert sweep.poll() is None
            assert lab.ends() == []
        assert sweep.wait(180) == 0
    _all_ran_once(lab, 6)


def test_a_server_that_is_away_for_ten_seconds(lab: Lab, parts: Parts) -> None:
    """Pods go on without it; the controller waits for it, and asks for no pod twice."""
    lab.shell_project('cat "$CVSWEEP_OUT/owner" >> "$CVSWEEP_CHECKPOINT_DIR/ran"; sleep 2')
    with lab.running("-m", "x=range(12)", *QUICK) as sweep:
        until(lambda: lab.sweeps() and len(lab.ends()) >= 2, what="the first ends")
        with parts.stopped("apiserver"):
            time.sleep(10)
            assert sweep.poll() is None
        assert sweep.wait(240) == 0
    _all_ran_once(lab, 12)


def test_a_kubelet_and_a_scheduler_that_start_anew(lab: Lab, parts: Parts) -> None:
    """No trial is lost and none runs twice at once, whatever the new kubelet makes of its pods."""
    lab.shell_project(
        """
        read -r began _ < /proc/uptime; sleep 2; read -r ended _ < /proc/uptime
        echo "$began $ended" >> "$CVSWEEP_CHECKPOINT_DIR/ran"
        """
    )
    with lab.running("-m", "x=range(12)", *QUICK) as sweep:
        until(lambda: lab.sweeps() and len(lab.ends()) >= 2, what="the first ends")
        parts.do("restart", "scheduler")
        parts.do("restart", "kubelet")
        parts.keep_gpus()
        assert sweep.wait(240) == 0
    assert [row["state"] for row in lab.table()] == ["completed"] * 12
    for one in lab.sweep().glob("trials/*/checkpoints/ran"):
        spans = sorted(tuple(map(float, line.split())) for line in one.read_text().splitlines())
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def _all_ran_once(lab: Lab, trials: int) -> None:
    ends = lab.ends()
    assert Counter(end.attempt.trial for end in ends) == Counter(range(trials))
    assert {(str(end.outcome.cause), end.attempt.number) for end in ends} == {("completed", 1)}
    ran = [one.read_text().splitlines() for one in lab.sweep().glob("trials/*/checkpoints/ran")]
    assert [len(lines) for lines in ran] == [1] * trials
    assert json.dumps(lab.pods()) == "[]"
