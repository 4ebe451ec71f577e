"""results.file: a file under a name of the program's own."""

from __future__ import annotations

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.readers import read_curve, read_metrics, read_recent
from tests.results.readers.conftest import put

ROWS = '{"step": 1, "acc": 0.25}\n{"step": 2, "acc": 0.5}\n'
TABLE = "step,acc\n1,0.25\n2,0.5\n"
WHOLE = '{"acc": [0.25, 0.5]}'


@pytest.mark.parametrize(
    ("name", "text", "last", "steps"),
    [
        ("final_results.json", '{"acc": 0.5}', {"acc": 0.5}, 0),
        ("final_results.json", WHOLE, {"acc": 0.5}, 2),
        ("final_results.json", ROWS, {"step": 2, "acc": 0.5}, 2),
        ("results.jsonl", ROWS, {"step": 2, "acc": 0.5}, 2),
        ("progress.csv", TABLE, {"step": 2, "acc": 0.5}, 2),
        ("my results.CSV", TABLE, {"step": 2, "acc": 0.5}, 2),
        ("run1/progress.csv", TABLE, {"step": 2, "acc": 0.5}, 2),
    ],
)
def test_its_ending_says_how_it_is_read(tmp_path, name, text, last, steps):
    """Final values, the whole curve and its end alike; a file of the usual name is not looked at."""
    put(tmp_path, {name: text, "metrics.json": '{"acc": [9, 9, 9]}'})
    out, settings = str(tmp_path), ResultsSettings(file=name.rpartition("/")[2])
    assert dict(read_metrics(out, settings).metrics) == last
    curve, problem = read_curve(out, settings)
    assert (len(curve.steps), problem) == (steps, "")
    assert len(read_recent(out, settings).steps) == steps


def test_what_cannot_be_read_is_named_as_the_program_calls_it(tmp_path):
    """A file that was not left gives nothing, whatever else lies there."""
    put(tmp_path, {"progress.csv": "step,acc\n", "metrics.json": '{"acc": 1}'})
    found = read_metrics(str(tmp_path), ResultsSettings(file="progress.csv"))
    assert (found.metrics, found.problem) == ({}, "progress.csv has a header and no row")
    found = read_metrics(str(tmp_path), ResultsSettings(file="other.json"))
    assert (found.metrics, found.problem, found.seen) == ({}, "", ("metrics.json", "progress.csv"))
    found = read_metrics(str(tmp_path), ResultsSettings(file="other.parquet"))
    assert found.problem == "results.file: this version of cvsweep cannot use 'other.parquet'"
