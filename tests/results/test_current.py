"""The metric of a running attempt in a few words, at a small cost."""

from __future__ import annotations

import json

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.current import current
from sweeper.results.readers import listing

ROWS = '{"epoch": 1, "loss": 2.5, "acc": 0.25}\n{"epoch": 2, "loss": 1.5, "acc": 0.75}\n'
PLAIN = '{"n": 7, "loss": 0.123456789}\n{"n": 7, "loss": 0.5}\n{"n": 8, "lo'


def metric_of(tmp_path, name, content, metric=None, **settings):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return current(str(tmp_path), ResultsSettings(metric=metric, **settings))


@pytest.mark.parametrize(
    ("metric", "want"),
    [
        ("acc", "acc=0.75 (epoch 2)"),
        ("acc:max", "acc=0.75 (epoch 2)"),
        ("metric.acc", "acc=0.75 (epoch 2)"),
        ("acc:best@loss", "acc=0.75 (epoch 2)"),
        (None, "loss=1.5 (epoch 2)"),
        ("other", ""),
    ],
)
def test_it_is_the_last_value_of_the_metric_that_ranks(tmp_path, metric, want):
    """Also where the table takes the best one of the curve: the view says how it stands now."""
    assert metric_of(tmp_path, "metrics.jsonl", ROWS, metric) == want


def test_without_a_configured_metric_a_known_name_is_preferred(tmp_path):
    """A counter of the program's own is no news; a half-written line is not read."""
    assert metric_of(tmp_path, "metrics.jsonl", PLAIN) == "loss=0.5"


def test_a_name_that_nobody_knows_is_better_than_nothing(tmp_path):
    """And it cannot steer a terminal."""
    assert metric_of(tmp_path, "metrics.jsonl", '{"\\u001b[2J": 1}\n') == "\\x1b[2J=1"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.jsonl", ""),
        ("metrics.jsonl", "nonsense"),
        ("metrics.json", '{"acc": 1}'),
        ("metrics.csv", "acc\n"),
        ("metrics.csv", b"\xff\xfe"),
        ("other.txt", "acc=1"),
        ("log.txt", "acc=1\n"),
    ],
)
def test_what_tells_no_curve_shows_nothing(tmp_path, name, content):
    """Nothing yet, final values alone, damaged files, a log that no reader was asked to read."""
    assert metric_of(tmp_path, name, content) == ""


def test_the_reader_that_was_asked_for_is_asked(tmp_path):
    """A log is read with results.reader=log, and nothing at all with none."""
    assert metric_of(tmp_path, "log.txt", "epoch 3: acc=0.5\n", reader="log").startswith("acc=0.5")
    assert metric_of(tmp_path, "metrics.jsonl", ROWS, reader="none") == ""


LONG = 40_000
LARGE = {
    "metrics.jsonl": "".join(json.dumps({"i": i, "acc": i / 10}) + "\n" for i in range(LONG)),
    "metrics.csv": "i,acc\n" + "".join(f"{i},{i / 10}\n" for i in range(LONG)),
    "log.txt": "".join(f"step {i} acc={i / 10}\n" for i in range(LONG)),
}


@pytest.mark.parametrize("name", ["metrics.jsonl", "metrics.csv", "log.txt"])
def test_of_a_large_file_only_the_end_is_read(tmp_path, name, monkeypatch):
    """However long a program has run, a look at it reads no more than 128 KiB."""
    reads = []
    pread = listing.os.pread
    monkeypatch.setattr(listing.os, "pread", lambda *args: reads.append(args[1]) or pread(*args))
    reader = "log" if name == "log.txt" else None
    assert metric_of(tmp_path, name, LARGE[name], "acc", reader=reader).startswith("acc=3999.9")
    assert sum(reads) <= 2 * 64 * 1024 < (tmp_path / name).stat().st_size
    assert "step" not in metric_of(tmp_path, name, LARGE[name], "acc", reader=reader)


def test_a_log_of_one_endless_line_is_read_from_its_last_return(tmp_path):
    """A progress bar ends its lines with carriage returns."""
    bar = "".join(f"\r{i} acc={i}" for i in range(LONG))
    assert metric_of(tmp_path, "log.txt", bar, "acc", reader="log").startswith("acc=3999")


def test_a_large_file_that_must_be_read_as_a_whole_is_not_read(tmp_path):
    """Nothing is shown, and it does not stop the view."""
    assert metric_of(tmp_path, "metrics.json", json.dumps({"acc": [0.5] * 250_000}), "acc") == ""


def test_results_in_the_checkpoint_folder_are_found(tmp_path):
    """Some programs write there, to go on after a restart."""
    out = tmp_path / "trials" / "00000-ab" / "attempts" / "1"
    out.mkdir(parents=True)
    (out / "owner").write_text("uid\n")
    kept = tmp_path / "trials" / "00000-ab" / "checkpoints"
    kept.mkdir()
    (kept / "metrics.jsonl").write_text(ROWS)
    assert current(str(out), ResultsSettings(metric="acc")) == "acc=0.75 (epoch 2)"


def test_a_folder_that_is_not_there_shows_nothing(tmp_path):
    """The shim makes it a moment after the launch."""
    assert current(str(tmp_path / "none"), ResultsSettings()) == ""
