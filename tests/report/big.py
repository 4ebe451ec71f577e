"""A sweep of two hundred trials with curves, some of them with names that are meant badly."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path

from sweeper.core.model import Cause
from sweeper.core.records import Record
from sweeper.report.gather import gather
from sweeper.report.page import make_page
from tests.report import sweeps

EVIL = "<img src=x onerror=window.bad=1>"
STEPS = 50
PARAMS = [
    {"lr": lr, "batch": batch, "opt": opt, EVIL: 1, "seed": seed}
    for lr, batch, opt, seed in product(
        (1e-4, 1e-3, 1e-2, 1e-1), (16, 64), ("adam", "</script>b", EVIL, "a&lt;b", "sgd"), range(5)
    )
]


FAILED = [index for index in range(len(PARAMS)) if index % 12 == 7]
DRAWN = [index for index in range(len(PARAMS)) if index not in (*FAILED, 20, 21)]
"""The trials that have a number to be drawn."""


def accuracy(index: int) -> float:
    """What the trial reports at its end; one has NaN, one an infinity."""
    if index in (20, 21):
        return math.nan if index == 20 else math.inf
    params = PARAMS[index]
    return round(0.9 - 0.1 * (math.log10(params["lr"]) + 2) ** 2 - 0.001 * params["seed"], 6)


def report(root: Path) -> Path:
    """Make the sweep and its report; the report's path."""
    made = sweeps.folder(root, PARAMS, *map(_ran, range(len(PARAMS))))
    for index in range(len(PARAMS)):
        lines = [
            json.dumps({"epoch": step, "acc": 0.9 - 1 / step, "loss": 1 / step, "<b>x": index * step})
            for step in range(1, STEPS + 1)
        ]
        (sweeps.out(made, index, PARAMS[index]) / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    path = Path(made.paths.report)
    path.write_text(make_page(gather(made, now=1e6)))
    return path


def _ran(index: int) -> list[Record]:
    at = 100.0 * (index // 8)
    if index in FAILED:
        return sweeps.ran(
            index, Cause.ERROR, at=at, seconds=50.0, ended_at=at + 50, error=f"ValueError: {EVIL}"
        )
    metrics = {"acc": accuracy(index), "loss": 0.02, "<b>x": index, "large": 10 ** (10 + index % 11) + index}
    return sweeps.ran(index, at=at, seconds=90.0, ended_at=at + 95, gpus=1.0, metrics=metrics)
