"""Composing the grid: all points at once, against Hydra's own composing of one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.bench.base import Bench, Row, ratios, take_turns

NAME = "compose"

# What the rows of the table call each kind, and at most how many seconds it should take.
KINDS = {
    "one axis": ("on one axis", None),
    "live": ("with a live interpolation", None),
    "new keys": ("of a new key", 2.0),
    "dicts": ("of dicts as values", 2.0),
    "dicts and their keys": ("of dicts, and fixed keys in them", 2.5),
    "references": ("whose values refer to another key", None),
    "dropped keys": ("without a key of the configuration", 2.0),
}


def run(bench: Bench) -> list[Row]:
    """Plain values, and each kind of grid that takes more than setting them."""
    few, many = bench.choose((1_000, 10_000), (100, 200))
    sample = bench.choose(40, 10)
    variants: dict[str, Callable[[], float]] = {
        "few": partial(bench.ask, "compose_points", "cvsweep", few),
        "many": partial(bench.ask, "compose_points", "cvsweep", many),
        "few live": partial(bench.ask, "compose_points", "cvsweep", few, "live"),
        **{kind: partial(bench.ask, "compose_points", "cvsweep", many, kind) for kind in KINDS},
        "hydra": lambda: bench.ask("compose_points", "hydra", sample) * many / sample,
    }
    found = take_turns(variants, bench.choose(5, 1))
    hydra = found["hydra"]
    return [
        Row(NAME, f"{few:,} points", found["few"], "s CPU"),
        Row(NAME, f"{many:,} points", found["many"], "s CPU", most=2.0),
        Row(NAME, f"{few:,} points with a live interpolation", found["few live"], "s CPU"),
        *(
            Row(NAME, f"{many:,} points {words}", found[kind], "s CPU", most=most)
            for kind, (words, most) in KINDS.items()
        ),
        Row(NAME, f"{many:,} points by Hydra's compose", hydra, "s CPU", note=f"{sample} points, scaled up"),
        Row(NAME, "Hydra / cvsweep", ratios(hydra, found["many"]), "×"),
    ]
