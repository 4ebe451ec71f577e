"""What a run says when it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sweeper.cli.final_summary import exit_code, show_ending
from sweeper.core.model import Cause
from sweeper.core.settings import ResultsSettings


def _end(made, capsys):
    show_ending(made.folder, made.state)
    return capsys.readouterr()


def test_all_well_is_a_table_the_counts_and_how_to_export_it(sweep, capsys):
    """A sweep that went well ends with its table, its counts, its folder and the export command."""
    made = sweep(trials=2).complete(0, acc=0.5).complete(1, acc=0.75)
    shown = _end(made, capsys)
    assert [line.split()[0] for line in shown.out.splitlines()] == ["trial", "1", "0"]
    assert shown.err.splitlines() == [
        "2 trials: 2 completed; everything is in sweeps/digits-x",
        "next: cvsweep results digits-x -o csv",
    ]
    assert exit_code(made.state) == 0


def test_warnings_are_reported_and_stand_in_the_table(sweep, capsys):
    """A warning is no failure: the exit code is 0, and the ending and the row have its words."""
    made = sweep(trials=2).complete(0, acc=0.5)
    made.start(1).end(1, warning="metrics.json is not JSON")
    shown = _end(made, capsys)
    assert shown.out.splitlines()[0].split()[-1] == "warning"
    assert "1 trial has a warning: trial 1: metrics.json is not JSON" in shown.err.splitlines()
    assert exit_code(made.state) == 0


def test_a_long_table_is_cut_and_says_how_to_see_the_rest(sweep, capsys):
    """A long table shows its best thirty rows and how to see the others."""
    made = sweep(trials=40)
    made.write(*(record for index in range(40) for record in made.completion(index, acc=index)))
    shown = _end(made, capsys)
    assert len(shown.out.splitlines()) == 31
    assert "and 10 more: cvsweep results digits-x" in shown.err


def test_equal_failures_are_shown_once_with_the_end_of_one_log(sweep, capsys):
    """Failures with the same error are shown once, with their trials and the end of one log."""
    log = b"Traceback\n  line\n" + b"10%\r50%\r99%\n" + b"ValueError: lr 0.1 \x07\n"
    made = sweep(trials=5).complete(0, acc=1.0)
    for index, lr in ((1, 0.1), (2, 0.2), (4, 0.4)):
        made.fail(index, f"ValueError: lr {lr} \x07", log)
    made.fail(3, "KeyError: 'x'", b"KeyError: 'x'\n")
    lines = _end(made, capsys).err.splitlines()
    assert lines == [
        "trials 1, 2, 4 failed (error): ValueError: lr 0.1 \\x07",
        "  the log of trial 1 ends:",
        "  | Traceback",
        "  |   line",
        "  | 99%",
        "  | ValueError: lr 0.1 \\x07",
        "trial 3 failed (error): KeyError: 'x'",
        "5 trials: 1 completed, 4 failed; everything is in sweeps/digits-x",
        "next: cvsweep logs digits-x 1, then cvsweep retry digits-x",
    ]
    assert exit_code(made.state) == 1


def test_many_different_failures_are_cut_short(sweep, capsys):
    """At most five different errors are shown, the most frequent first; the others are counted."""
    made = sweep(trials=8)
    for index in range(8):
        made.fail(index, "KeyError: 'z'" if index > 5 else f"KeyError: '{chr(97 + index)}'")
    err = _end(made, capsys).err
    assert err.startswith("trials 6, 7 failed (error): KeyError: 'z'\n")
    assert err.count("failed (error)") == 5
    assert "trials 4, 5 failed in other ways: cvsweep results digits-x\n" in err


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda made: made.complete(0).pause("5 trials failed alike"), "next: cvsweep resume digits-x"),
        (lambda made: made.complete(0), "next: cvsweep resume digits-x"),
        (
            lambda made: made.complete(0).cancel(),
            "next: cvsweep retry digits-x 1 2, to run what was cancelled after all",
        ),
    ],
)
def test_the_next_command_fits_the_ending(sweep, capsys, change, line):
    """A pause, an interruption and a cancellation each name their own next command."""
    made = change(sweep())
    shown = _end(made, capsys)
    assert shown.err.splitlines()[-1] == line
    assert exit_code(made.state) == 1


def test_a_pause_says_why(sweep, capsys):
    """A paused sweep says why."""
    made = sweep().pause("5 trials failed alike: \x1b[2J")
    assert "paused: 5 trials failed alike: \\x1b[2J\n" in _end(made, capsys).err


def test_nothing_ended_means_no_table(sweep, capsys):
    """Where no trial has ended there is no table to show."""
    assert _end(sweep(), capsys).out == ""


def test_a_sweep_elsewhere_is_named_by_its_path(sweep, capsys, monkeypatch):
    """A sweep that verbs would not find by its name is named by its path."""
    made = sweep(trials=1).complete(0)
    monkeypatch.chdir("/")
    assert f"next: cvsweep results {made.paths.folder} -o csv" in _end(made, capsys).err


def test_a_cause_without_a_log_is_still_told(sweep, capsys):
    """A trial that was lost without a log is told with its cause alone."""
    made = sweep(trials=1).start(0, log=None).end(0, cause=Cause.DELETED, error="it was ended from outside")
    assert "trial 0 failed (deleted): it was ended from outside\n1 trial: 1 failed" in _end(made, capsys).err


def test_a_metric_that_no_trial_reports_is_named(sweep, capsys):
    """A misspelt results.metric is said, with what the trials do report."""
    made = sweep(trials=1, metric="val_ac").complete(0, val_acc=1)
    assert (
        "results.metric: no trial has reported 'val_ac'; there are: val_acc (did you mean val_acc?)"
        in _end(made, capsys).err
    )


@pytest.mark.parametrize("metric", ["acc", None])
def test_how_metrics_may_be_found_is_reported(sweep, capsys, metric):
    """If no trial left any, the line says what one left, and the command that reads them from there."""
    made = sweep(trials=2, metric=metric).complete(0, b"acc: 0.25\n").complete(1, b"acc: 0.5\n")
    assert _end(made, capsys).err.splitlines() == [
        "no trial left any metrics; trial 1: it left no file in $CVSWEEP_OUT; its log has lines such as"
        " 'acc: 0.5', read with: cvsweep collect digits-x results.reader=log",
        "2 trials: 2 completed; everything is in sweeps/digits-x",
        "next: cvsweep results digits-x -o csv",
    ]


def test_trials_that_failed_for_want_of_metrics_are_told_the_same(sweep, capsys):
    """results.required makes them fail; what they left can be read all the same."""
    made = sweep(trials=1).start(0, log=b"acc=1\n").end(0, cause=Cause.NO_RESULT, error="no metrics")
    assert "read with: cvsweep collect digits-x results.reader=log\n" in _end(made, capsys).err


def test_where_no_metrics_are_meant_none_are_missed(sweep, capsys):
    """results.reader=none says so; and one trial that has some shows that they are read."""
    made = sweep(trials=2, metric="acc").complete(0, b"acc: 0.25\n")
    made.folder.change_settings(replace(made.folder.settings, results=ResultsSettings(reader="none")))
    assert "metrics" not in _end(made, capsys).err
    made.folder.change_settings(replace(made.folder.settings, results=ResultsSettings()))
    assert "no trial left any metrics" not in _end(made.complete(1, loss=1), capsys).err


def test_a_pause_with_nothing_left_to_run_names_retry(sweep, capsys):
    """Where every trial has failed for good, resuming would do nothing."""
    shown = _end(sweep(trials=1).fail(0, "KeyError").pause("alike"), capsys).err
    assert "then cvsweep retry" in shown
    assert "are frozen" in shown
    assert "paused" not in shown


def test_a_metric_that_some_trials_lack_is_reported(sweep, capsys):
    """Nobody is to take an empty cell for a bad result."""
    made = sweep(trials=4).complete(0, acc=0.5).complete(1, loss=1).complete(2).complete(3, acc=0.6)
    shown = "results.metric: 2 of 4 completed trials have not reported 'acc': trials 1, 2\n"
    assert shown in _end(made, capsys).err


def test_a_metric_that_is_written_as_text_is_reported(sweep, capsys):
    """Texts have no order that means anything: 9.5 would be more than 14.2."""
    made = sweep(trials=3).complete(0, acc="14.20").complete(1, acc=9.5).complete(2, acc=True)
    shown = "results.metric: 'acc' is no number in trials 0, 2, where it is '14.20'; they are not ranked\n"
    assert shown in _end(made, capsys).err


def test_a_step_of_the_curve_is_no_metric_to_be_reported(sweep, capsys):
    """How to ask for it is said."""
    made = sweep(trials=1, metric="acc:max").complete(0, acc=0.5)
    shown = "by what its curve holds you rank with: cvsweep results --metric acc:max\n"
    assert shown in _end(made, capsys).err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("val_loss", "best = lowest val_loss (assumed from its name; results.mode=max turns it round)\n"),
        ("mpjpe", "best = lowest mpjpe (assumed from its name; results.mode=max turns it round)\n"),
        ("acc", "best = highest acc (assumed from its name; results.mode=min turns it round)\n"),
        ("x", "best = highest x (assumed: its name says nothing; results.mode=min turns it round)\n"),
    ],
)
def test_a_direction_that_was_assumed_is_reported(sweep, capsys, name, message):
    """Both directions are, if results.mode does not give one and there is something to rank."""
    made = (
        sweep("one", trials=2, metric=name, mode=None).complete(0, **{name: 0.5}).complete(1, **{name: 0.25})
    )
    shown = _end(made, capsys)
    assert message in shown.err
    assert shown.out.splitlines()[1].split()[0] == ("1" if "lowest" in message else "0")
    given = sweep("two", trials=1, metric=name, mode="min").complete(0, **{name: 0.5})
    nothing = sweep("three", trials=1, metric=name, mode=None).complete(0)
    for other in (given, nothing):
        assert "best = " not in _end(other, capsys).err
