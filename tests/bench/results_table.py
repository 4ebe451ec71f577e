"""Results of a large sweep: its table and all of its curves, beside a plain loop and other tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.base import Bench, Row, ratios, take_turns

NAME = "results"
WAYS = ("loop", "curves", "table")
NAIVE = ("naive-table", "naive-curves")
TOOLS = {"mlflow": "MLflow's search_runs", "optuna": "Optuna's trials_dataframe"}


def run(bench: Bench) -> list[Row]:
    """Seconds of CPU beyond imports, in one process each; and the highest memory of that process."""
    trials, steps = bench.choose((10_000, 50), (100, 10))
    root = bench.new_folder()
    bench.program("curved_sweep", root, "big", trials, steps)
    reads: dict[str, Callable[[], Mapping[str, float]]] = {
        way: partial(_read, bench, root / "big", way) for way in WAYS
    }
    found = take_turns(reads, bench.choose(5, 1))
    found |= take_turns({way: partial(_read, bench, root / "big", way) for way in NAIVE}, 1)

    def cpu(way: str) -> list[float]:
        return [one["cpu"] for one in found[way]]

    def memory(way: str) -> list[float]:
        return [one["peak"] for one in found[way]]

    table, curves = f"table of {trials:,} trials", f"curves of {trials:,} trials, {steps} steps each"
    return [
        Row(NAME, table, cpu("table"), "s CPU", most=0.5, note="load_results, beyond import pandas"),
        Row(NAME, f"{table}, a frame a trial", cpu("naive-table"), "s CPU", note="json and pandas.concat"),
        *(_other(bench, root, tool, trials) for tool in TOOLS),
        Row(NAME, curves, cpu("curves"), "s CPU", note="load_curves, the journal included"),
        Row(NAME, f"{curves}, plain loop", cpu("loop"), "s CPU", note="open, json.loads of each line"),
        Row(
            NAME, f"{curves}, a frame a trial", cpu("naive-curves"), "s CPU", note="pandas.read_json, concat"
        ),
        Row(NAME, "curves / plain loop", ratios(cpu("curves"), cpu("loop")), "×", most=2.0),
        Row(NAME, "peak memory: table", memory("table"), "MiB", note=_idle(found["table"])),
        Row(NAME, "peak memory: curves", memory("curves"), "MiB", note=_idle(found["curves"])),
        Row(NAME, "peak memory: curves, a frame a trial", memory("naive-curves"), "MiB"),
    ]


def _read(bench: Bench, folder: Path, way: str) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = bench.program("read_results", way, folder).answer
    return answer


def _idle(samples: list[Mapping[str, float]]) -> str:
    return f"{min(one['before'] for one in samples):.0f} MiB of it before anything is read"


def _other(bench: Bench, root: Path, tool: str, trials: int) -> Row:
    """As many rows of another tool: its store is made once, and read a few times."""
    what = f"table of {trials:,} trials, {TOOLS[tool]}"
    samples = [bench.program("others_table", tool, root, trials).answer for _ in range(bench.choose(2, 1))]
    if None in samples:
        return Row(NAME, what, [], "s CPU", note=f"skipped: {tool} is not installed")
    return Row(NAME, what, samples, "s CPU", note="its own store, in SQLite")
