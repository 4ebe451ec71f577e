"""Trials as pods on a real control plane with pretended nodes, beside a Kubernetes Job of the same work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.base import REPOSITORY, Bench, Row, take_turns

if TYPE_CHECKING:
    from tests.bench.pods_cluster import Cluster
    from tests.bench.pods_legs import Played

NAME = "pods"
SCRIPT = "CVSWEEP_KUBE"
QUOTA = 16
MANY_QUOTA = 48

_numbers = count()


def run(bench: Bench) -> list[Row]:
    """One control plane for all, one after the other: the Job, cvsweep, and again."""
    if not os.environ.get(SCRIPT):
        return [Row(NAME, "trials as pods", [], "%", note=f"skipped: {SCRIPT} names no script for a cluster")]
    from tests.bench.pods_cluster import cluster  # only now: it imports the Kubernetes client

    with cluster(bench.new_folder(), QUOTA) as there:
        return [*_short(bench, there), *_many(bench, there)]


def _short(bench: Bench, there: Cluster) -> list[Row]:
    """Trials of one second, with the shim; a Job's pods have none."""
    number = bench.choose(320, 24)
    variants = {
        "job": partial(_job, there, number),
        "cvsweep": partial(_sweep, there, number, "1", trace=True),
    }
    found = take_turns(variants, bench.choose(3, 1))
    jobs, sweeps = found["job"], found["cvsweep"]
    share = [100 * one.utilisation for one in sweeps]
    beside = [100 * one.utilisation for one in jobs]
    more = [one - other for one, other in zip(share, beside, strict=True)]
    refused = [len(one.times("full")) / number for one in sweeps]
    what = f"{number} trials of 1 s, quota {QUOTA}"
    return [
        Row(NAME, "a Job: GPU-seconds used", beside, "%", note=what),
        Row(NAME, "cvsweep: GPU-seconds used", share, "%", least=85.0, note=what),
        Row(NAME, "cvsweep − Job", more, "points", least=5.0),
        Row(NAME, "this machine's processors busy", [100 * one.load for one in (*jobs, *sweeps)], "%"),
        Row(NAME, "refused creates a trial", refused, "creates", most=0.1),
        *_answers(sweeps),
        *_costs(sweeps, number),
        *_legs(sweeps),
    ]


def _many(bench: Bench, there: Cluster) -> list[Row]:
    number = bench.choose(5_000, 40)
    there.set_quota(MANY_QUOTA)
    played = _sweep(there, number, "0", quota=MANY_QUOTA)
    there.set_quota(QUOTA)
    return _costs([played], number)


def _answers(sweeps: Sequence[Played]) -> list[Row]:
    from tests.bench.pods_legs import percentile

    waits = [[1e3 * one for one in played.answers()] for played in sweeps]
    what = "quota's release to successor's request"
    return [
        Row(NAME, f"{what}, median", [percentile(one, 50) for one in waits], "ms", most=50.0),
        Row(NAME, f"{what}, 99th percentile", [percentile(one, 99) for one in waits], "ms", most=250.0),
    ]


def _costs(sweeps: Sequence[Played], number: int) -> list[Row]:
    reports = [one.report or {} for one in sweeps]
    sent = [one["sent"][-1] for one in reports]
    each = [sum(calls for verb, calls in one.items() if verb != "WATCH") / number for one in sent]
    verbs = ", ".join(f"{verb} {calls}" for verb, calls in sorted(sent[-1].items()))
    before = sum(sum(door.values()) for door in reports[-1]["sent"][:-1])
    seconds = [
        max(one["finished"] for one in run.lives) - min(one["started"] for one in run.lives) for run in sweeps
    ]
    return [
        Row(
            NAME,
            f"{number:,} trials: requests a trial",
            each,
            "",
            most=2.2,
            note=f"{verbs}; {before} before them",
        ),
        Row(NAME, f"{number:,} trials: the controller's CPU", [one["cpu"] for one in reports], "s CPU"),
        Row(
            NAME, f"{number:,} trials: its memory at most", [one["memory"] / 2**20 for one in reports], "MiB"
        ),
        Row(NAME, f"{number:,} trials: first start to last end", seconds, "s"),
    ]


def _legs(sweeps: Sequence[Played]) -> list[Row]:
    from tests.bench.pods_legs import legs

    runs = [legs(one) for one in sweeps]
    return [
        Row(NAME, f"leg: {name}", [1e3 * median(one[name]) for one in runs], "ms", note="medians")
        for name in runs[0]
        if all(one.get(name) for one in runs)
    ]


def _job(there: Cluster, number: int) -> Played:
    name = f"job-{next(_numbers)}"
    return _watched(there, name, QUOTA, lambda: there.job(name, ["sh", "-c", "sleep 1"], number, QUOTA))


def _sweep(there: Cluster, number: int, seconds: str, *, quota: int = QUOTA, trace: bool = False) -> Played:
    from tests.bench.pods_cluster import configuration
    from tests.bench.pods_legs import read_lines

    name = f"sweep-{next(_numbers)}"
    project = there.folder / name
    (project / "configs").mkdir(parents=True)
    (project / "configs" / "config.yaml").write_text(json.dumps(configuration(there, ["sleep", seconds])))
    report = project / "report.json"

    def work() -> None:
        words = ["--trace"] if trace else []
        words += ["-m", f"x=range({number})", f"sweep.name={name}"]
        _run(project, [sys.executable, "-P", "-m", "tests.bench.pods_controller", str(report), *words])

    played = _watched(there, name, quota, work)
    log = read_lines(project / "sweeps" / name / "cluster.log")
    return replace(played, log=log, report=json.loads(report.read_text()))


def _run(project: Path, command: Sequence[str]) -> None:
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(REPOSITORY)]))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CVSWEEP_")}
    shown = project / "said"
    with shown.open("wb") as out:
        code = subprocess.run(
            command,
            cwd=project,
            env={**environment, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        ).returncode
    if code:
        raise RuntimeError(f"cvsweep ended with {code}:\n{shown.read_text()[-3000:]}")


def _watched(there: Cluster, name: str, quota: int, work: Callable[[], object]) -> Played:
    """`name` is what the run's files are called."""
    from tests.bench.pods_cluster import started
    from tests.bench.pods_legs import Played, read_lines

    seen = there.folder / f"{name}.events"
    before = len(there.lives())
    words = ["-m", "tests.bench.pods_observer", str(there.kubeconfig), there.namespace, str(seen)]
    with started(words, there.folder / "observer.out"):
        there.wait_for(seen.exists, "the bystander")
        ticks = _ticks()
        work()
        busy, every = (after - first for after, first in zip(_ticks(), ticks, strict=True))
        there.wait_until_empty()
    return Played(quota, there.lives()[before:], read_lines(seen), busy / every)


def _ticks() -> tuple[int, int]:
    """What this machine's processors have spent busy, and in all."""
    _, *ticks = Path("/proc/stat").read_text().splitlines()[0].split()
    spent = [int(one) for one in ticks]
    return sum(spent) - spent[3] - spent[4], sum(spent)
