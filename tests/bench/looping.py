"""The engine alone: what the controller spends on a trial, and whether the size of the sweep matters."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.base import Bench, Row, ratios, take_turns
from tests.bench.project import SLOTS

NAME = "engine"


def run(bench: Bench) -> list[Row]:
    """The real journal and folders, in a scratch folder; no processes."""
    few, many = bench.choose((1_000, 10_000), (50, 100))
    wide = 64

    def play(number: int, slots: int) -> Callable[[], float]:
        return lambda: bench.ask("play_engine", bench.new_folder(), number, slots)

    variants = {"few": play(few, SLOTS), "many": play(many, SLOTS), "wide": play(many, wide)}
    found = take_turns(variants, bench.choose(5, 1))
    each = {"few": [s / few for s in found["few"]], "many": [s / many for s in found["many"]]}
    return [
        Row(NAME, f"{many:,} trials that end at once", found["many"], "s CPU", most=5.0),
        Row(NAME, f"{many:,} trials, {wide} slots", found["wide"], "s CPU"),
        Row(NAME, f"per trial of {few:,}", [1e3 * one for one in each["few"]], "ms CPU"),
        Row(NAME, f"per trial of {many:,}", [1e3 * one for one in each["many"]], "ms CPU"),
        Row(
            NAME,
            f"per trial, {many:,} / {few:,}",
            ratios(each["many"], each["few"]),
            "×",
            note="1: O(launched)",
        ),
    ]
