"""`cvsweep results`."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sweeper.cli.main import main
from sweeper.core.model import Attempt
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


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], ["best = lowest val_loss (assumed from its name; results.mode=max turns it round)"]),
        (
            ["--over", "lr"],
            ["best = lowest val_loss (assumed from its name; results.mode=max turns it round)"],
        ),
        (["--metric", "acc"], ["best = highest acc (assumed from its name; -r turns it round)"]),
        (["--metric", "acc:max"], []),
        (["-r"], []),
        (["--sort", "lr"], []),
        (
            ["--sort", "val_loss"],
            ["best = lowest val_loss (assumed from its name; results.mode=max turns it round)"],
        ),
        (["--pivot", "lr", "model", "acc"], []),
        (
            ["--pivot", "lr", "model", "acc:best@val_loss"],
            [
                "acc is taken where val_loss is lowest"
                " (assumed from its name; acc:best@val_loss:max turns it round)"
            ],
        ),
    ],
)
@pytest.mark.parametrize("form", ["table", "csv"])
def test_a_direction_that_was_assumed_is_reported_on_stderr(sweep, capsys, argv, message, form):
    """The table alone is on stdout; what ranks nothing, or is reversed on purpose, needs no word."""
    made = sweep(trials=2, metric="val_loss", mode=None)
    for index in range(2):
        made.complete(index, acc=0.9 - index, val_loss=float(2 - index))
        folder = made.folder.paths.trial(made.folder.state().trials[index].trial).attempt(Attempt(index, 1))
        Path(folder, "metrics.jsonl").write_text(
            json.dumps({"acc": 0.9 - index, "val_loss": 2.0 - index}) + "\n"
        )
    assert main(["results", "-o", form, *argv]) == 0
    shown = capsys.readouterr()
    assert shown.err.splitlines() == message
    assert "assumed" not in shown.out


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
    monkeypatch.setattr("sweeper.results.readers.tensorboard.find_spec", lambda name: None)
    result = tiny.run("-m", "x=1,2", "results.reader=tensorboard")
    assert (result.code, tiny.sweeps.exists()) == (2, False)
    assert result.err == (
        "cvsweep: results.reader=tensorboard takes a package that is not here:"
        " pip install 'cvsweep[tensorboard]'\n"
    )


# What may be asked.


@pytest.fixture
def seeded(sweep):
    """Two learning rates by three seeds, of which the last has failed, each trial with a curve."""
    made = sweep("seeds", params=[{"lr": lr, "seed": seed} for lr in (0.1, 0.01) for seed in range(3)])
    for index in range(5):
        made.complete(index, acc=index / 10, val_loss=1.0)
        curve = [
            {"step": 1, "acc": 0.9 - index / 10, "val_loss": 0.5},
            {"step": 2, "acc": 0.2, "val_loss": 0.7},
        ]
        made.log(index).with_name("metrics.jsonl").write_text(
            "".join(f"{json.dumps(row)}\n" for row in curve)
        )
    return made.fail(5, "boom")


def rows(capsys, *argv):
    """The rows that the command gives for programs."""
    assert main(["results", *argv, "-o", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_conditions_choose_rows(seeded, capsys):
    """--where keeps the rows for which its condition holds."""
    found = rows(capsys, "--where", "lr < 0.1 and state == 'completed'", "--sort", "trial")
    assert [one["trial"] for one in found] == [3, 4]


def test_columns_are_those_that_were_asked_for(seeded, capsys):
    """--columns names the columns and their order, for people and programs alike."""
    assert list(rows(capsys, "--columns", "seed, queue_seconds,trial")[0]) == [
        "seed",
        "queue_seconds",
        "trial",
    ]
    main(["results", "--columns", "trial,host"])
    assert capsys.readouterr().out.splitlines()[0].split() == ["trial", "host"]


def test_a_metric_of_the_curves_ranks(seeded, capsys):
    """--metric NAME:max reads the curves, adds a column and puts the best first; failed trials have none."""
    found = rows(capsys, "--metric", "acc:max")
    assert [one["trial"] for one in found] == [0, 1, 2, 3, 4, 5]
    assert [one["acc:max"] for one in found[:2]] == [0.9, 0.8]
    assert found[5]["acc:max"] is None


def test_the_best_step_is_that_of_another_metric(seeded, capsys):
    """NAME:best@LOSS is the value where the loss was smallest, and the other way round where that is said."""
    best, worst = "acc:best@val_loss", "acc:best@val_loss:max"
    found = rows(capsys, "--metric", best, "--metric", worst, "--where", "trial == 1")
    assert (found[0][best], found[0][worst]) == (0.8, 0.2)


def test_a_condition_may_ask_for_a_metric_of_the_curves(seeded, capsys):
    """What the curves gave can be compared like any column."""
    found = rows(capsys, "--metric", "acc:max", "--where", "`acc:max` > 0.65")
    assert [one["trial"] for one in found] == [0, 1, 2]


def test_a_final_metric_ranks_by_its_name(seeded, capsys):
    """A metric that is called a loss ranks the smallest first, without any setting."""
    assert rows(capsys, "--metric", "val_loss", "-r")[0]["trial"] == 0
    assert [one["trial"] for one in rows(capsys, "--metric", "acc", "--top", "2")] == [4, 3]


def test_a_metric_that_no_curve_has_is_one_line(seeded, capsys):
    """The line names the metric and those that there are."""
    assert main(["results", "--metric", "accc:max"]) == 2
    want = "cvsweep: --metric accc:max: no curve has 'accc'; there are: acc, step, val_loss\n"
    assert capsys.readouterr().err == want


def test_curves_need_not_have_the_same_metrics(seeded, capsys):
    """One that only some trials tell is no reason to stumble."""
    seeded.log(1).with_name("metrics.jsonl").write_text('{"step": 1, "acc": 0.95, "aug_loss": 1}\n')
    found = rows(capsys, "--metric", "acc:max")
    assert (found[0]["trial"], found[0]["acc:max"]) == (1, 0.95)
    assert [one["trial"] for one in rows(capsys, "--metric", "aug_loss:last", "--top", "1")] == [1]


def test_a_metric_that_the_table_had_to_rename_is_known_by_that_name(sweep, capsys):
    """It is called like a parameter, and the curves call it as the program did."""
    made = sweep(trials=1, params=[{"lr": 0.1}]).complete(0, lr=0.05)
    made.log(0).with_name("metrics.jsonl").write_text('{"step": 1, "lr": 0.1}\n{"step": 2, "lr": 0.05}\n')
    assert rows(capsys, "--metric", "metric.lr:max")[0]["metric.lr:max"] == 0.1
    assert rows(capsys, "--metric", "step:best@metric.lr")[0]["step:best@metric.lr"] == 1


def test_the_step_at_which_a_metric_was_best_can_be_asked_for(seeded, capsys):
    """As a column like any other, under the name by which the program counts."""
    found = rows(capsys, "--metric", "step:best@val_loss", "--where", "trial == 1")
    assert found[0]["step:best@val_loss"] == 1
    assert rows(capsys, "--metric", "step:max", "--where", "trial == 1")[0]["step:max"] == 2


def test_a_curve_that_cannot_be_used_is_reported(seeded, capsys):
    """The table is there all the same, and one line tells of what is missing in it."""
    seeded.log(0).with_name("metrics.jsonl").write_text("{\x1b[2J\nx\n")
    assert main(["results", "--metric", "acc:max"]) == 0
    err = capsys.readouterr().err
    assert err.startswith("the curve of trial 0 of seeds: ")
    assert "\x1b" not in err


def test_groups_over_seeds(seeded, capsys):
    """--over gives a row a group, best first, with what is missing and how many groups lack something."""
    assert main(["results", "--over", "seed"]) == 0
    shown = capsys.readouterr()
    assert [line.split() for line in shown.out.splitlines()] == [
        ["lr", "n", "missing", "acc", "val_loss"],
        ["0.01", "2", "of", "3", "seed=2", "0.35", "±", "0.071", "1", "±", "0"],
        ["0.1", "3", "of", "3", "0.1", "±", "0.1", "1", "±", "0"],
    ]
    assert shown.err == "1 of 2 groups are incomplete\n"


def test_groups_are_sorted_by_their_metric_best_first(seeded, capsys):
    """As rows are; and a column that only programs are given is given to people who name it."""
    assert [one["lr"] for one in rows(capsys, "--over", "seed", "--sort", "acc")] == [0.01, 0.1]
    assert [one["lr"] for one in rows(capsys, "--over", "seed", "--sort", "acc", "-r")] == [0.1, 0.01]
    main(["results", "--over", "seed", "--columns", "lr,acc.std"])
    assert capsys.readouterr().out.splitlines()[0].split() == ["lr", "acc.std"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--sort", "acc:max"],
            "there is no column 'acc:max'; what curves hold is one once it is asked for: --metric acc:max",
        ),
        (["--sort", "val_loss:mean"], "there is no column 'val_loss:mean'; did you mean 'val_loss'?"),
        (
            ["--metric", "acc:mean"],
            "--metric acc:mean: there is no 'mean'; behind a name stands :max, :min, :last or :best@OTHER",
        ),
    ],
)
def test_how_to_ask_for_what_curves_hold_is_reported(seeded, capsys, argv, message):
    """In the place where somebody has guessed."""
    assert main(["results", *argv]) == 2
    assert capsys.readouterr().err == f"cvsweep: {message}\n"


def test_a_condition_that_holds_nowhere_is_reported(seeded, capsys):
    """An empty table may be a mistyped word."""
    assert main(["results", "--where", "state == 'complete'"]) == 0
    shown = "--where \"state == 'complete'\" holds for none of 6 trials\n"
    assert capsys.readouterr().err == shown
    nowhere = ["--where", "state == 'complete'", "--columns", "trial,acc:max", "--sort", "acc:max"]
    assert main(["results", "--metric", "acc:max", *nowhere]) == 0
    assert capsys.readouterr().err == shown


def test_what_is_named_twice_is_there_once(seeded, capsys):
    """A column as well as a metric of the curves."""
    assert list(rows(capsys, "--columns", "lr,trial,lr")[0]) == ["lr", "trial"]
    main(["results", "--metric", "acc:max", "--metric", "acc:max"])
    assert capsys.readouterr().out.splitlines()[0].split().count("acc:max") == 1


def test_groups_for_programs_have_plain_numbers(seeded, capsys):
    """Means, deviations and counts are columns; --sort, --top and --columns know them."""
    found = rows(
        capsys, "--over", "seed", "--sort", "acc.std", "-r", "--columns", "lr,n,of,acc.std", "--top", "1"
    )
    assert found == [{"lr": 0.1, "n": 3, "of": 3, "acc.std": pytest.approx(0.1)}]


def test_a_pivot_is_a_metric_by_two_parameters(seeded, capsys):
    """--pivot has a row for each value of the one and a column for each of the other."""
    assert rows(capsys, "--pivot", "lr", "seed", "acc") == [
        {"lr": 0.01, "seed=0": 0.3, "seed=1": 0.4, "seed=2": None},
        {"lr": 0.1, "seed=0": 0.0, "seed=1": 0.1, "seed=2": 0.2},
    ]
    assert rows(capsys, "--pivot", "lr", "lr", "acc:max")[1] == {
        "lr": 0.1,
        "lr=0.01": None,
        "lr=0.1": pytest.approx(0.8),
    }
    main(["results", "--pivot", "lr", "lr", "acc"])
    assert capsys.readouterr().err == "a cell is the mean of up to 3 trials, which differ in seed\n"


def test_several_sweeps_are_one_table(seeded, sweep, capsys):
    """Each row says which sweep it is of; a sweep that is named twice counts once."""
    sweep("other", trials=1).complete(0, acc=0.45)
    found = rows(capsys, "seeds", "other", "seeds", "--top", "2")
    assert [(one["sweep"], one["trial"]) for one in found] == [("other", 0), ("seeds", 4)]
    assert {one["sweep"] for one in rows(capsys, "seeds", "other", "--metric", "acc:last")} == {
        "other",
        "seeds",
    }


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--where", "lr=1"], "write == to compare"),
        (["--where", "open('x')"], "more than a condition"),
        (["--columns", "lrr"], "there is no column 'lrr'"),
        (["--columns", ","], "name at least one column"),
        (["--over", "acc"], "'acc' is no parameter"),
        (["--pivot", "lr", "seed"], "--pivot: expected 3 arguments"),
        (["--pivot", "lr", "seed", "acc", "--over", "seed"], "no --over"),
        (["--metric", "accc"], "there is no column 'accc'; did you mean 'acc'?"),
        (["-o", "xml"], "invalid choice"),
    ],
)
def test_what_makes_no_sense_is_one_line(seeded, capsys, argv, says):
    """A wrong condition, column, group or form is one line on stderr and exit code 2."""
    assert main(["results", *argv]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


def test_parquet_is_not_for_terminals(seeded, capsys, monkeypatch):
    """A terminal is told to send it to a file."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert main(["results", "-o", "parquet"]) == 2
    assert capsys.readouterr().err.endswith("> table.parquet\n")


def test_the_forms_that_need_a_package(seeded, capfdbinary):
    """-o md is a Markdown table, -o parquet a Parquet file."""
    pytest.importorskip("tabulate")
    pytest.importorskip("pyarrow")
    main(["results", "-o", "md", "--columns", "trial,acc", "--top", "1"])
    assert capfdbinary.readouterr().out.splitlines()[-1].split() == b"|       4 |   0.4 |".split()
    main(["results", "-o", "parquet"])
    assert capfdbinary.readouterr().out[:4] == b"PAR1"


def test_the_help_teaches(capsys):
    """--help has an example of every kind of question."""
    with pytest.raises(SystemExit):
        main(["results", "--help"])
    out = capsys.readouterr().out
    for word in (
        "--where 'lr<0.01",
        "--over seed",
        "--pivot lr",
        "val_acc:best@val_loss",
        "load_curves",
        "backticks",
    ):
        assert word in out


def test_only_groups_and_pivots_need_pandas(seeded):
    """Rows that are chosen, ordered and cut, curves included, are a table, CSV or JSON without pandas."""
    code = (
        "import sys; from sweeper.cli.main import main\n"
        "heavy = lambda: [m for m in ('pandas', 'numpy', 'rich', 'hydra', 'pyarrow') if m in sys.modules]\n"
        "for words in ([], ['--all'], ['--metric', 'acc:max'], ['--where', 'lr<1'], ['--columns', 'lr,acc'],"
        " ['--sort', 'acc', '-r', '--top', '1']):\n"
        "    for form in ('table', 'csv', 'json'): assert main(['results', *words, '-o', form]) == 0\n"
        "print(heavy()); main(['results', '--over', 'seed']); print('pandas' in heavy())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "True"
