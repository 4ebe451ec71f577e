"""Points to be drawn."""

from __future__ import annotations

from itertools import product
from typing import Any

from sweeper.report.grid import Points, make_points
from tests.report import sweeps


def points(rows: list[tuple[dict[str, Any], Any]]) -> Points:
    made = make_points(sweeps.results(rows))
    assert made
    return made


def grid() -> Points:
    """lr and an optimiser over two seeds; the metric is best at lr 0.01, and adam is better by 1."""
    best = {0.001: 0.0, 0.01: 2.0, 0.1: 1.0}
    return points([
        ({"lr": lr, "opt": opt, "seed": seed}, best[lr] + (opt == "adam") + seed / 10)
        for lr, opt, seed in product(best, ("adam", "<sgd>"), (0, 1))
    ])  # fmt: skip
