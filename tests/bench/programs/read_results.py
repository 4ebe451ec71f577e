"""Read a sweep's results in one of several ways; print the CPU seconds of it, the peak memory and the rows.

python -m tests.bench.programs.read_results table|curves|loop|naive-table|naive-curves FOLDER

`loop` opens the files of the curves and parses their lines, nothing else; the naive ways make a pandas
frame of every trial and put them together. Importing pandas is not in the figure, nor is finding out,
for the last three, where the files are.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from glob import glob

import pandas

from sweeper import load_curves, load_results


def loop(files: list[str]) -> int:
    rows = 0
    for path in files:
        with open(path, "rb") as file:
            for line in file:
                json.loads(line)
                rows += 1
    return rows


def naive_curves(files: list[str]) -> int:
    frames = [pandas.read_json(path, lines=True).assign(trial=place) for place, path in enumerate(files)]
    return len(pandas.concat(frames, ignore_index=True))


def naive_table(files: list[str]) -> int:
    """Of the last row of each: as a notebook does without us."""
    frames = []
    for path in files:
        with open(path, "rb") as file:
            frames.append(pandas.DataFrame([json.loads(file.readlines()[-1])]))
    return len(pandas.concat(frames, ignore_index=True))


def main(way: str, folder: str) -> None:
    files = sorted(glob(f"{folder}/trials/*/attempts/1/metrics.jsonl"))
    ways: dict[str, Callable[[], int]] = {
        "table": lambda: len(load_results(folder)),
        "curves": lambda: len(load_curves(folder)),
        "loop": lambda: loop(files),
        "naive-table": lambda: naive_table(files),
        "naive-curves": lambda: naive_curves(files),
    }
    before = _peak()
    start = time.process_time()
    rows = ways[way]()
    cpu = time.process_time() - start
    print(json.dumps({"cpu": cpu, "peak": _peak(), "before": before, "rows": rows}))


def _peak() -> float:
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
