"""What is said of an attempt that gave no metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.overlooked import overlooked

LOOKING = ResultsSettings()
PATTERN = r"(?P<name>\w+) is (?P<value>\S+)"


def hint(out: Path, files: dict[str, str], settings: ResultsSettings = LOOKING) -> str:
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
        (
            {"log.txt": "acc=1\n", "final_results.json": '{"acc": 1}', "args.json": '{"lr": 1}'},
            LOOKING,
            "it left args.json, final_results.json in $CVSWEEP_OUT, where no metrics were found; there are"
            " acc, read with: cvsweep collect x results.file=final_results.json",
        ),
        (
            {"log.txt": "acc=1\n", "a.csv": "acc\n1\n"},
            LOOKING,
            "it left a.csv in $CVSWEEP_OUT, where no metrics were found; there are acc, read with: cvsweep"
            " collect x results.file=a.csv",
        ),
        (
            {"log.txt": "done\n", "a.csv": "acc\n1\n", "names.json": '{"best": "a"}'},
            ResultsSettings(reader="csv"),
            "it left a.csv, names.json in $CVSWEEP_OUT, where no metrics were found; there are acc, read"
            " with: cvsweep collect x results.file=a.csv results.reader=null",
        ),
        (
            {"log.txt": "acc=1\n"},
            ResultsSettings(file="results.json"),
            "it left no file in $CVSWEEP_OUT; its log has lines such as 'acc=1', read with: cvsweep collect x"
            " results.reader=log results.file=null",
        ),
        (
            {"metrics.json": '{"acc": 1}'},
            ResultsSettings(file="results.json", reader="json"),
            "it left metrics.json in $CVSWEEP_OUT, where no metrics were found; there are acc, read with:"
            " cvsweep collect x results.reader=null results.file=null",
        ),
    ],
)
def test_what_lies_there_and_what_would_read_it_is_reported(tmp_path, files, settings, want):
    """The files that it left, and the first other settings that find metrics there."""
    assert hint(tmp_path, files, settings) == want


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """The problem of the file that was meant to hold metrics comes first."""
    assert hint(tmp_path, {"metrics.json": "{", "log.txt": ""}).startswith("metrics.json ")


def test_many_files_are_cut_short(tmp_path):
    """Five of them are named."""
    files = {f"model{number}.pt": "" for number in range(9)}
    assert hint(tmp_path, files).startswith(
        "it left model0.pt, model1.pt, model2.pt, model3.pt, model4.pt, … in"
    )


def test_a_log_is_shown_as_a_terminal_may_have_it(tmp_path):
    """Control characters of the log are spelled, and a long line is cut."""
    line = hint(tmp_path, {"log.txt": f"acc: 0.5 \x1b[2J{'x' * 500}\n"})
    assert "\x1b" not in line
    assert len(line) < 300


def test_a_file_that_repeats_the_parameters_is_no_result(tmp_path):
    """Many programs leave their configuration, whatever they call it."""
    (tmp_path / "params.json").write_text('{"lr": 0.1, "opt": {"momentum": 0.9}}')
    (tmp_path / "attempts").mkdir()
    (tmp_path / "attempts" / "1").mkdir()
    left = {"log.txt": "", "summary.json": '{"lr": 0.1, "opt": {"momentum": 0.9}, "name": "a"}'}
    assert "results.file" not in hint(tmp_path / "attempts" / "1", left)
    assert "results.file=summary.json" in hint(tmp_path / "attempts" / "1", {"summary.json": '{"top1": 0.1}'})


EPOCHS = "epoch 4 loss 0.5\nepoch 5 loss 0.4\n"


@pytest.mark.parametrize(
    ("files", "want"),
    [
        (
            {"final.json": '{"final": 0.5, "epoch": 3}', "run_exp.log": "x"},
            "there are final, epoch, read with: ",
        ),
        ({"final.json": '{"test": {"top1": 1}, "lr": 0.1}'}, "results.file=final.json"),
        ({"b.json": '{"a": 1}', "my_results.csv": "a\n2\n"}, "results.file=my_results.csv"),
        ({"progress.json": '{"epoch": 3}'}, "'epoch 5 loss 0.4'"),
        ({"final.json": '{"name": "a", "ok": true}'}, "'epoch 5 loss 0.4'"),
        (
            {"run.json": '{"opt": {"lr": 0.1, "beta": 1}, "seed": 3, "bs": 8}'},
            "'epoch 5 loss 0.4'",
        ),
        ({"run.json": '{"lr": 0.1, "seed": 3, "batch_size": 8, "val_acc": 1}'}, "results.file=run.json"),
        (
            {},
            "only epoch in its log looks like name=value, but results.pattern can read lines such as 'epoch",
        ),
    ],
)
def test_a_file_with_numbers_comes_before_the_log_unless_they_are_settings(tmp_path, files, want):
    """Whatever it is called; the log is only named for more than a counter."""
    text = hint(tmp_path, {"log.txt": EPOCHS, **files})
    assert want in text
    assert "results.reader=log" not in text


def test_the_line_of_the_log_that_is_shown_has_more_than_a_counter(tmp_path):
    """As the setting would read it."""
    text = hint(tmp_path, {"log.txt": "Epoch 3 acc: 0.5\nEpoch 4\n"})
    assert (
        "its log has lines such as 'Epoch 3 acc: 0.5', read with: cvsweep collect x results.reader=log"
        in text
    )


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("hello\ntest acc 0.79\nbye 3\n", "test acc 0.79"),
        ("[0] loss 0.2000  acc 0.20\n[1] loss 0.1000  acc 0.40\n", "[1] loss 0.1000  acc 0.40"),
        ("a value of foo 1.5\na value of foo 2.5\n", "a value of foo 2.5"),
        ("Python 3.11\nfoo 1.5\nacc 1.2.3\n", ""),
    ],
)
def test_names_and_numbers_side_by_side_are_for_a_pattern(tmp_path, log, line):
    """The clause names results.pattern and where it is explained."""
    text = hint(tmp_path, {"log.txt": log})
    clause = f", but results.pattern can read lines such as {line!r} (see docs/results.md)" if line else ""
    assert f"; nothing in its log looks like name=value{clause}; results.reader=none if " in text
