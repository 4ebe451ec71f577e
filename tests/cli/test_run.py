"""Runs through the real command: from the grid on the command line to the table."""

from __future__ import annotations

import getpass
import json
import os

import pytest

from sweeper.app import create
from sweeper.core.model import Status
from sweeper.store.folder import SweepFolder
from tests.cli.tiny import QUICK

SIX = ("-m", "x=1,2,3", "y=0,1", "sweep.name=x")


def test_a_run_ends_with_its_table_on_stdout_and_words_on_stderr(tiny):
    """A run ends with the table alone on stdout, words on stderr, results.csv, and exit code 0."""
    result = tiny.run("-m", "x=1,2", "sweep.name=x")
    assert result.code == 0
    assert [line.split()[:3] for line in result.out.splitlines()] == [
        ["trial", "x", "v"],
        ["1", "2", "2"],
        ["0", "1", "1"],
    ]
    assert result.err.startswith("x: 2 trials in sweeps/x\n")
    assert result.err.endswith(
        "2 trials: 2 completed; everything is in sweeps/x\nnext: cvsweep results x -o csv\n"
    )
    assert (tiny.sweeps / "x" / "results.csv").read_text().startswith("trial,x,")


def test_nothing_but_the_sweep_appears(tiny):
    """No folder of Hydra's own appears beside the sweep."""
    before = set(os.listdir())
    tiny.run("-m", "x=1,2", "sweep.name=x")
    assert set(os.listdir()) - before == {"sweeps"}
    assert os.listdir("sweeps") == ["x"]


def test_without_m_it_is_one_trial(tiny):
    """Without -m a run is a single trial."""
    result = tiny.run("x=7", "sweep.name=x")
    assert result.code == 0
    assert [row["x"] for row in tiny.rows()] == [7]


def test_a_failed_trial_is_exit_1_and_shows_the_end_of_its_log(tiny):
    """A failed trial makes the exit code 1, and the last lines of its log and what to type are shown."""
    tiny.program(f'[ "$x" != 2 ] || {{ echo loading; echo "no such file: data" >&2; exit 3; }}\n{QUICK}')
    result = tiny.run("-m", "x=1,2", "sweep.name=x")
    assert result.code == 1
    assert "trial 1 failed (error): no such file: data\n  its log ends:\n  | loading\n" in result.err
    assert result.err.endswith("next: cvsweep logs x 1, then cvsweep retry x\n")
    assert [row["state"] for row in tiny.rows()] == ["completed", "failed"]


def test_a_failed_attempt_is_tried_again_within_its_budget(tiny):
    """A trial that fails once is tried again, and only its last attempt counts."""
    tiny.program(f'[ "$CVSWEEP_ATTEMPT" = 2 ] || exit 1\n{QUICK}')
    result = tiny.run("x=5", "sweep.name=x", "retry.budgets.error=1")
    assert result.code == 0
    assert "trial 0 started, attempt 2" in result.err
    assert [(row["v"], row["attempts"]) for row in tiny.rows()] == [(5, 2)]


def test_a_dry_run_touches_nothing(tiny):
    """--dry-run says how many trials, which commands and where, and changes nothing at all."""
    before = tiny.tree()
    result = tiny.run("-m", "x=range(7)", "sweep.name=x", "--dry-run")
    assert tiny.tree() == before
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].startswith("7 trials would run on ")
    assert lines[0].endswith(f", 2 at a time, into {tiny.sweeps}/x")
    assert lines[1] == "  0: x=0: export x='0'; export y='0'; sh program.sh"
    assert lines[6:] == ["  and 2 more; --dry-run --all shows them"]
    whole = tiny.run("-m", "x=range(7)", "sweep.name=x", "--dry-run", "--all").out.splitlines()
    assert whole[:6] == lines[:6]
    assert whole[7] == "  6: x=6: export x='6'; export y='0'; sh program.sh"
    assert len(whole) == 8


def test_a_dry_run_over_a_sweep_shows_only_what_is_new(tiny):
    """--dry-run on a sweep that is there shows the new points alone, and changes nothing either."""
    tiny.run("-m", "x=1,2", "sweep.name=x")
    before = tiny.tree()
    result = tiny.run("-n", "-m", "x=1,2,3", "sweep.name=x")
    assert tiny.tree() == before
    assert "x: 2 of 3 are already there\n" in result.err
    shown = "  2: x=3: export x='3'; export y='0'; sh program.sh"  # x varies in the sweep, not among the new
    assert result.out.splitlines()[1:] == [shown]


def test_a_dry_run_shows_each_command_in_one_line(tiny):
    """A value with a line end does not break the line of its command."""
    result = tiny.run("x='a\nb'", "--dry-run")
    assert result.out.splitlines()[1:] == ["  0: export x='a\\nb'; export y='0'; sh program.sh"]


def test_the_same_again_runs_nothing(tiny):
    """The same grid under the same name a second time runs nothing, says so and shows the table."""
    tiny.run(*SIX)
    before = tiny.rows()
    result = tiny.run(*SIX)
    assert result.code == 0
    assert result.err.startswith("x: 6 of 6 are already there; nothing new to run\n")
    assert len(result.out.splitlines()) == 7
    assert tiny.rows() == before


def test_without_a_name_every_run_is_a_new_sweep(tiny):
    """Two runs without a name are two sweeps, even within one second."""
    tiny.run("-m", "x=1,2")
    tiny.run("-m", "x=1,2")
    first, second = sorted(os.listdir("sweeps"))
    assert first.startswith("tiny-")
    assert second.startswith("tiny-")


def test_a_name_taken_this_very_moment_is_chosen_anew(tiny, monkeypatch):
    """Where another run takes the chosen name first, the next free one is taken."""
    tiny.run("sweep.name=tiny-taken")
    names = iter(["tiny-taken", "tiny-free"])
    monkeypatch.setattr(create, "_free_name", lambda *_: next(names))
    assert tiny.run().code == 0
    assert sorted(os.listdir("sweeps")) == ["tiny-free", "tiny-taken"]


def test_adding_points_runs_only_these(tiny):
    """More points under the same name run alone; what was there stays as it was."""
    tiny.run("-m", "x=1,2", "sweep.name=x")
    before = tiny.rows()
    result = tiny.run("-m", "x=1,2,3", "sweep.name=x")
    assert result.code == 0
    assert result.err.startswith("x: 2 of 3 are already there\nx: adding 1 trial\n")
    rows = tiny.rows()
    assert rows[:2] == before
    assert (rows[2]["x"], rows[2]["trial"]) == (3, 2)


def test_what_is_over_is_ranked_as_is_said_later(tiny):
    """Settings of results that come with the same grid hold, though there is nothing new to run."""
    tiny.program('echo "{\\"v\\": $x, \\"w\\": -$x}" > "$CVSWEEP_OUT/metrics.json"')
    tiny.run("-m", "x=1,2", "sweep.name=x", "results.metric=v")
    assert _best_first(tiny) == [2, 1]
    result = tiny.run("-m", "x=1,2", "sweep.name=x", "results.metric=w")
    assert (result.code, result.err.splitlines()[0]) == (0, "x: 2 of 2 are already there; nothing new to run")
    assert result.err.splitlines()[1] == "x: from now on results.metric=w"
    assert _best_first(tiny) == [1, 2]
    assert "Trial 0: **w = -1**" in (tiny.sweeps / "x" / "summary.md").read_text()
    before = tiny.tree()
    assert "from now on" not in tiny.run("-m", "x=1,2", "sweep.name=x", "results.metric=w").err
    changed = {os.path.basename(name) for name, facts in tiny.tree().items() if facts != before.get(name)}
    assert changed <= {"x", "results.csv"}
    result = tiny.run(
        "-m", "x=1,2", "sweep.name=x", "results.metric=w", "results.mode=min", "results.required=true"
    )
    assert result.err.splitlines()[1] == "x: from now on results.mode=min, results.required=true"
    assert _best_first(tiny) == [2, 1]
    assert "from now on" not in tiny.run("-m", "x=1,2", "sweep.name=x", "results.metric=w").err
    assert _best_first(tiny) == [2, 1]


def _best_first(tiny):
    return [row["x"] for row in json.loads(tiny.run("results", "x", "-o", "json").out)]


def test_editing_a_value_in_the_configuration_makes_new_trials(tiny):
    """A trial is its values: after an edit of the experiment's file nothing is already there."""
    tiny.run("-m", "x=1,2", "sweep.name=x")
    path = tiny.folder / "configs" / "experiment" / "tiny.yaml"
    path.write_text(path.read_text().replace("y: 0", "y: 5"))
    result = tiny.run("-m", "x=1,2", "sweep.name=x")
    assert result.err.startswith("x: adding 2 trials\n")
    assert [(row["x"], row["y"]) for row in tiny.rows()] == [(1, 0), (2, 0), (1, 5), (2, 5)]


def test_another_experiment_under_the_same_name_is_refused(tiny):
    """A name stands for one experiment."""
    (tiny.folder / "configs" / "experiment" / "other.yaml").write_text(
        (tiny.folder / "configs" / "experiment" / "tiny.yaml").read_text()
    )
    tiny.run("x=1", "sweep.name=x")
    before = tiny.tree()
    result = tiny.run("experiment=other", "x=1", "sweep.name=x")
    assert (result.code, result.out) == (2, "")
    assert result.err == "cvsweep: sweep x holds tiny, not other; choose another sweep.name\n"
    assert tiny.tree() == before


def test_another_project_under_the_same_name_is_refused(tiny, monkeypatch):
    """Two projects that keep their sweeps in one place do not mix them up."""
    tiny.run("x=1", "sweep.name=x")
    (tiny.folder / "elsewhere").mkdir()
    os.symlink(tiny.folder / "configs", tiny.folder / "elsewhere" / "configs")
    monkeypatch.chdir(tiny.folder / "elsewhere")
    result = tiny.run("x=1", "sweep.name=x", "sweep.root=../sweeps")
    assert result.code == 2
    assert result.err == (
        f"cvsweep: sweep x belongs to the project {tiny.folder}; choose another sweep.name\n"
    )


def test_equal_points_are_one_trial(tiny):
    """Points with equal values are one trial, and the run says so; 1 and 1.0 are different values."""
    result = tiny.run("-m", "x=1e-3,0.001,1,1.0", "sweep.name=x")
    assert "1 point is equal to an earlier one: each distinct point runs once\n" in result.err
    assert [row["x"] for row in tiny.rows()] == [0.001, 1, 1.0]


def test_excluded_points_are_counted(tiny):
    """sweep.exclude leaves points out, and the run says how many."""
    result = tiny.run("-m", "x=1,2", "y=0,1", "sweep.exclude=[{x: 2}]", "sweep.name=x")
    assert result.err.startswith("2 points are left out by sweep.exclude\n")
    assert [row["x"] for row in tiny.rows()] == [1, 1]


def test_at_most_max_parallel_run_at_once(tiny):
    """cluster.max_parallel is how many trials run at once, and no more."""
    tiny.program(
        'cd "$CVSWEEP_CODE"; mkdir -p "begun/$x" "now/$x"\n'
        "while [ $(ls begun | wc -l) -lt 3 ]; do sleep 0.01; done\n"
        'n=$(ls now | wc -l); echo "{\\"v\\": $n}" > "$CVSWEEP_OUT/metrics.json"; rmdir "now/$x"\n'
    )
    tiny.run("-m", "x=range(6)", "cluster.max_parallel=3", "sweep.name=x")
    assert max(row["v"] for row in tiny.rows()) == 3


def test_a_time_limit_ends_a_trial_and_nothing_else(tiny, until):
    """A trial over its limit is ended with all that it started; the others complete."""
    tiny.program(f'[ "$x" != 1 ] || {{ sleep 60 & sleep 60; }}\n{QUICK}')
    result = tiny.run("-m", "x=0,1,2", "task.time_limit=1", "sweep.name=x")
    assert result.code == 1
    assert "trial 1 has run for 1.0s, its limit: ending it" in result.err
    assert [(row["state"], row["cause"]) for row in tiny.rows()] == [
        ("completed", "completed"),
        ("failed", "deadline"),
        ("completed", "completed"),
    ]
    until(lambda: not tiny.alive(), 2)


def test_a_sweep_pauses_when_its_first_trials_all_fail_alike(tiny):
    """After five equal failures the sweep pauses and shows the error once; resume runs the rest."""
    tiny.program(
        f'[ -e "$CVSWEEP_CODE/go" ] || {{ echo "File x.py, line $x"; echo "KeyError: $x"; exit 1; }}\n{QUICK}'
    )
    result = tiny.run("-m", "x=range(10)", "cluster.max_parallel=2", "sweep.name=x")
    assert result.code == 1
    assert result.err.count("| KeyError") == 1
    assert "\npaused: the first " in result.err
    assert result.err.endswith("next: cvsweep resume x\n")
    queued = tiny.count(Status.QUEUED)
    assert queued >= 2
    tiny.go()
    again = tiny.run("resume", "x")
    assert again.code == 1
    assert tiny.count(Status.COMPLETED) == queued
    assert again.err.endswith("then cvsweep retry x\n")
    assert tiny.run("retry", "x").code == 0


@pytest.mark.parametrize("detached", [[], ["--detach"]])
def test_settings_given_later_hold_from_then_on(tiny, until, detached):
    """Running an unfinished or larger sweep with other settings runs it with these, in the background too."""
    tiny.run("-m", "x=1,2", "sweep.name=x")
    result = tiny.run("-m", "x=1,2,3", "sweep.name=x", "cluster.max_parallel=7", *detached)
    assert result.code == 0
    until(lambda: tiny.count(Status.COMPLETED) == 3)
    assert SweepFolder(tiny.sweeps / "x").settings.cluster.data["max_parallel"] == 7


def test_a_user_without_a_name_is_a_number(tiny, monkeypatch):
    """In a container a user may have no name; the sweep is made all the same."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert tiny.run("sweep.name=x").code == 0
    manifest = json.loads((tiny.sweeps / "x" / "sweep.json").read_text())
    assert manifest["user"] == str(os.getuid())


def test_a_removed_folder_is_one_line(tiny, monkeypatch):
    """Whoever stands in a folder that is gone is told so."""
    gone = tiny.folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = tiny.run("x=1")
    assert result.code == 2
    assert result.err == "cvsweep: the folder that you are in has been removed; go to your project's\n"
