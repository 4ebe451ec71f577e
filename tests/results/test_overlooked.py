"""What is said of an attempt that gave no metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.overlooked import overlooked

LOOKING = ResultsSettings()
PATTERN = r"(?P<name>\w+) is (?P<value>\S+)"


def said(out: Path, files: dict[str, str], settings: ResultsSettings = LOOKING) -> str:
    for name, text in {"owner": "u\n", "exit.json": "{}\n", **files}.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(text)
    return overlooked(str(out), settings, "cvsweep collect x")


@pytest.mark.parametrize(
    ("files", "settings", "want"),
    [
        (
            {"log.txt": "acc: 0.4\nacc: 0.5\n\nbye\n", "model.pt": ""},
            LOOKING,
            "it left model.pt in $CVSWEEP_OUT, where no metrics were found; its log has lines such as"
            " 'acc: 0.5', read with: cvsweep collect x results.reader=log",
        ),
        (
            {"log.txt": "acc=1\n"},
            LOOKING,
            "it left no file in $CVSWEEP_OUT; its log has lines such as 'acc=1', read with: cvsweep collect x"
            " results.reader=log",
        ),
        (
            {"log.txt": "acc=1\n", "run1/metrics.json": '{"acc": 1}'},
            LOOKING,
            "it left run1/metrics.json in $CVSWEEP_OUT, where no metrics were found; there are acc, read"
            " with: cvsweep collect x results.reader=json",
        ),
        (
            {"log.txt": "hello\n"},
            LOOKING,
            "it left no file in $CVSWEEP_OUT; nothing in its log looks like name=value; results.reader=none"
            " if no metrics are meant",
        ),
        (
            {"log.txt": "acc=1\n", "metrics.json": '{"acc": 1}'},
            ResultsSettings(reader="csv"),
            "it left metrics.json in $CVSWEEP_OUT, where no metrics were found; there are acc, read with:"
            " cvsweep collect x results.reader=null",
        ),
        (
            {"log.txt": "acc=1\n"},
            ResultsSettings(pattern=PATTERN),
            "it left no file in $CVSWEEP_OUT; its log has lines such as 'acc=1', read with: cvsweep collect x"
            " results.reader=log results.pattern=null",
        ),
    ],
)
def test_what_lies_there_and_what_would_read_it_is_said(tmp_path, files, settings, want):
    """The files that it left, and the first other settings that find metrics there."""
    assert said(tmp_path, files, settings) == want


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """The problem of the file that was meant to hold metrics comes first."""
    assert said(tmp_path, {"metrics.json": "{", "log.txt": ""}).startswith("metrics.json ")


def test_many_files_are_cut_short(tmp_path):
    """Five of them are named."""
    files = {f"model{number}.pt": "" for number in range(9)}
    assert said(tmp_path, files).startswith(
        "it left model0.pt, model1.pt, model2.pt, model3.pt, model4.pt, … in"
    )


def test_a_log_is_shown_as_a_terminal_may_have_it(tmp_path):
    """Control characters of the log are spelled, and a long line is cut."""
    line = said(tmp_path, {"log.txt": f"acc: 0.5 \x1b[2J{'x' * 500}\n"})
    assert "\x1b" not in line
    assert len(line) < 300
