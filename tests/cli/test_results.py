"""`cvsweep results`."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

from sweeper.cli.main import main
from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve
from sweeper.store.folder import SweepFolder


@pytest.fixture
def mixed(sweep):
    """Four trials: two completed, one failed, one that has not started."""
    made = sweep(trials=4).complete(0, acc=0.5, loss=2.0).complete(1, acc=0.75, loss=1.0)
    return made.fail(2, "ValueError: \x1b[2Jbad " + "x" * 100)


def test_the_table_is_best_first_and_leaves_out_what_tells_nothing(mixed, capsys):
    """The table is best first, without constant columns, and cannot steer the terminal."""
    assert main(["results"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["trial", "lr", "acc", "loss", "state", "cause", "attempts", "seconds", "error"]
    assert [row.split()[0] for row in rows] == ["1", "0", "2", "3"]
    assert "\\x1b[2Jbad x" in rows[2]
    assert rows[2].endswith("…")


def test_bookkeeping_is_left_out_where_all_went_well(sweep, capsys):
    """Where every trial completed at once, nothing is said of attempts, causes and errors."""
    sweep(trials=2).complete(0, acc=0.5).complete(1, acc=0.75)
    main(["results"])
    assert capsys.readouterr().out.splitlines()[0].split() == ["trial", "lr", "acc", "state", "seconds"]


def test_all_shows_constant_columns_too(mixed, capsys):
    """--all shows the columns that are the same everywhere."""
    main(["results", "--all"])
    assert {"model", "host"} <= set(capsys.readouterr().out.splitlines()[0].split())


def test_csv_has_every_column_and_every_digit(sweep, capsys):
    """-o csv has every column and every digit."""
    sweep(trials=1).complete(0, acc=0.1234567890123)
    main(["results", "-o", "csv"])
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["acc"] == "0.1234567890123"
    assert row["model"] == "mlp"


def test_json_keeps_types(mixed, capsys):
    """-o json is a list of objects with their types kept and null for what is missing."""
    main(["results", "-o", "json"])
    found = json.loads(capsys.readouterr().out)
    assert [one["trial"] for one in found] == [1, 0, 2, 3]
    assert found[0]["acc"] == 0.75
    assert found[3]["acc"] is None


@pytest.mark.parametrize(
    ("argv", "order"),
    [
        (["--sort", "trial"], [0, 1, 2, 3]),
        (["--sort", "trial", "-r"], [3, 2, 1, 0]),
        (["--sort", "lr"], [3, 2, 1, 0]),
        (["--sort", "acc"], [1, 0, 2, 3]),
        (["--reverse"], [0, 1, 2, 3]),
        (["--sort", "loss", "--top", "1"], [1]),
        (["--top", "0"], []),
        (["digits-x", "--top", "2"], [1, 0]),
    ],
)
def test_rows_are_ordered_and_cut_as_asked(mixed, capsys, argv, order):
    """--sort, --reverse and --top order and cut the rows; what is missing comes last."""
    main(["results", "-o", "json", *argv])
    assert [one["trial"] for one in json.loads(capsys.readouterr().out)] == order


def test_less_is_better_where_the_mode_is_min(sweep, capsys):
    """The smallest value comes first where results.mode is min."""
    sweep(trials=2, mode="min").complete(0, acc=0.9).complete(1, acc=0.1)
    main(["results", "-o", "json"])
    assert [one["trial"] for one in json.loads(capsys.readouterr().out)] == [1, 0]


def test_a_wrong_column_is_one_line(mixed, capsys):
    """A column that is not there is one line with a hint, and exit code 2."""
    assert main(["results", "--sort", "ac"]) == 2
    assert capsys.readouterr().err == "cvsweep: there is no column 'ac'; did you mean 'acc'?\n"


def test_a_wrong_count_is_usage(mixed, capsys):
    """--top takes a whole number; anything else is one line that names the option."""
    assert main(["results", "--top", "-1"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("cvsweep: results: argument --top: '-1' is not a number of rows")
    assert err.count("\n") == 1


def test_a_terminal_gets_a_drawn_table_without_markup(sweep, capsys, monkeypatch):
    """In a terminal the table is drawn, and square brackets are nothing special."""
    sweep(trials=1).complete(0, acc=0.5, note="[red]plain[/red]")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    main(["results"])
    out = capsys.readouterr().out
    assert "─" in out
    assert "[red]plain[/red]" in out


def test_a_narrow_terminal_gets_the_columns_that_tell_most(mixed, capsys, monkeypatch):
    """A narrow terminal gets fewer columns, says which are missing, and --all brings them back."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("TERM", "dumb")
    main(["results"])
    shown = capsys.readouterr()
    assert shown.out.split("─")[0].split() == ["trial", "lr", "acc", "state", "error"]
    assert shown.err.startswith("no room here for attempts, cause, seconds, loss: ")
    main(["results", "--all"])
    assert "seconds" in capsys.readouterr().out


def test_results_does_not_import_pandas(mixed):
    """The table needs neither pandas nor, without a terminal, rich."""
    code = (
        "import sys; from sweeper.cli.main import main; main(['results', '-o', 'csv']); "
        "print([m for m in ('pandas', 'numpy', 'rich', 'hydra', 'kubernetes') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_a_program_prints_is_tabled_where_the_configuration_says_so(tiny):
    """results.reader=log, and the curve is there as well; without it the log is not looked at."""
    tiny.program('echo "epoch=1 v=0"; echo "epoch=2 v=$x"\n')
    assert tiny.run("-m", "x=1,2", "sweep.name=unread").code == 0
    assert [row.get("v") for row in tiny.rows("unread")] == [None, None]
    assert tiny.run("-m", "x=1,2", "sweep.name=read", "results.reader=log").code == 0
    assert [(row["v"], row["epoch"]) for row in tiny.rows("read")] == [(1, 2), (2, 2)]
    settings = SweepFolder(tiny.sweeps / "read").settings.results
    (out,) = (tiny.sweeps / "read" / "trials").glob("00001-*/attempts/1")
    curve, _ = read_curve(str(out), settings)
    assert curve == Curve((1, 2), {"v": (0, 2)}, "epoch")


def test_a_reader_whose_package_is_missing_is_refused_before_anything_runs(tiny, monkeypatch):
    """One line says what to install, and nothing is made."""
    monkeypatch.setattr("sweeper.results.readers.find_spec", lambda name: None)
    said = tiny.run("-m", "x=1,2", "results.reader=tensorboard")
    assert (said.code, tiny.sweeps.exists()) == (2, False)
    assert said.err == (
        "cvsweep: results.reader=tensorboard takes a package that is not here:"
        " pip install 'cvsweep[tensorboard]'\n"
    )
