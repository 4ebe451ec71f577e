"""Composing the grid: all points at once, against Hydra's own composing of one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.bench.base import Bench, Row, ratios, take_turns

NAME = "compose"
LIVE = "+tag='run-${seed}-${lr}'"
"""A parameter that is another at every point, though nobody sweeps it."""


def run(bench: Bench) -> list[Row]:
    """Plain values, and with an interpolation that has to be read anew for each point."""
    few, many = bench.choose((1_000, 10_000), (100, 200))
    sample = bench.choose(40, 10)
    variants: dict[str, Callable[[], float]] = {
        "few": partial(bench.ask, "compose_points", "cvsweep", few),
        "many": partial(bench.ask, "compose_points", "cvsweep", many),
        "few live": partial(bench.ask, "compose_points", "cvsweep", few, LIVE),
        "many live": partial(bench.ask, "compose_points", "cvsweep", many, LIVE),
        "hydra": lambda: bench.ask("compose_points", "hydra", sample) * many / sample,
    }
    found = take_turns(variants, bench.choose(5, 1))
    hydra = found["hydra"]
    return [
        Row(NAME, f"{few:,} points", found["few"], "s CPU"),
        Row(NAME, f"{many:,} points", found["many"], "s CPU", most=2.0),
        Row(NAME, f"{few:,} points with a live interpolation", found["few live"], "s CPU"),
        Row(NAME, f"{many:,} points with a live interpolation", found["many live"], "s CPU"),
        Row(NAME, f"{many:,} points by Hydra's compose", hydra, "s CPU", note=f"{sample} points, scaled up"),
        Row(NAME, "Hydra / cvsweep", ratios(hydra, found["many"]), "×"),
    ]
