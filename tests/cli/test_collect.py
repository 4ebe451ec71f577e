"""`cvsweep collect`: what ended trials have left is read again, and nothing runs."""

from __future__ import annotations

import csv
import json
import shutil
import signal
from pathlib import Path

import pytest

from sweeper import collecting
from sweeper.core.model import Attempt, Status
from sweeper.core.records import Collected
from sweeper.store.folder import SweepFolder
from tests.cli.tiny import QUICK

PRINTS = 'echo "v: $x.5"\n'


@pytest.fixture
def printed(tiny):
    """A sweep of three trials that only print what they found."""
    tiny.program(PRINTS)
    assert tiny.run("-m", "x=0,1,2", "sweep.name=x").code == 0
    return tiny


def out(tiny, index, number=1):
    folder = SweepFolder(tiny.sweeps / "x")
    trial = folder.state().trials[index].trial
    return Path(folder.paths.trial(trial).attempt(Attempt(index, number)))


def values(tiny):
    return [row.get("v") for row in tiny.rows()]


def records(tiny):
    return [one for one in SweepFolder(tiny.sweeps / "x").read().records if isinstance(one, Collected)]


def test_a_forgotten_reader_is_named_and_everything_shows_what_it_read(printed):
    """The table, the files in the folder, `ls` and the trials to come have it; the attempts are as before."""
    result = printed.run("collect", "x", "results.reader=log")
    assert (result.code, result.out) == (0, "")
    assert result.err == "x: read 3 ended trials again: 3 have metrics (3 new); see cvsweep results x\n"
    assert values(printed) == [0.5, 1.5, 2.5]
    assert [(row["attempts"], row["state"]) for row in printed.rows()] == [(1, "completed")] * 3
    with open(printed.sweeps / "x" / "results.csv", newline="") as file:
        assert [row["v"] for row in csv.DictReader(file)] == ["2.5", "1.5", "0.5"]
    assert "2.5" in (printed.sweeps / "x" / "summary.md").read_text()
    (sweep,) = json.loads(printed.run("ls", "-o", "json").out)
    assert (sweep["best"], sweep["best_trial"]) == (2.5, 2)
    assert SweepFolder(printed.sweeps / "x").settings.results.reader == "log"
    assert not list((printed.sweeps / "x" / "requests").iterdir())


def test_trials_that_join_later_are_read_the_same_way(printed):
    """What a later run does not say of results stays as it was said when they were read again."""
    printed.run("collect", "x", "results.reader=log")
    assert "(v=3.5)" in printed.run("-m", "x=3", "sweep.name=x").err
    assert values(printed) == [0.5, 1.5, 2.5, 3.5]


def test_a_mended_file_is_read_and_the_last_reading_counts(tiny):
    """What is changed once more and read again replaces what was read before; the rest is untouched."""
    tiny.run("-m", "x=0,1", "sweep.name=x")
    (out(tiny, 0) / "metrics.json").write_text('{"v": 7}')
    assert "2 have metrics (1 changed);" in tiny.run("collect", "x").err
    (out(tiny, 0) / "metrics.json").write_text('{"v": 8}')
    tiny.run("collect", "x", "0")
    assert values(tiny) == [8, 1]
    assert "2 have metrics;" in tiny.run("collect", "x").err
    assert [one.metrics for one in records(tiny)] == [{"v": 7}, {"v": 8}]


def test_trials_that_failed_for_want_of_metrics_complete_by_it(tiny):
    """With results.required they had failed; once their metrics can be read, nothing has."""
    tiny.program(PRINTS)
    assert tiny.run("-m", "x=0,1", "sweep.name=x", "results.required=true").code == 1
    result = tiny.run("collect", "x", "results.reader=log")
    assert result.code == 0
    assert tiny.count(Status.COMPLETED) == 2
    assert not tiny.state().failures


def test_completed_trials_fail_if_metrics_are_required_and_are_not_run(printed):
    """It says so, and the way to run them; the exit code is that of a sweep with failures."""
    result = printed.run("collect", "x", "1-2", "results.required=true")
    assert result.code == 1
    assert "trials 1, 2 failed by it; to run what failed again: cvsweep retry x\n" in result.err
    assert [one.status for one in printed.state().trials] == ["completed", "failed", "failed"]
    assert [one.number for one in printed.state().trials] == [1, 1, 1]


def gone(folder: Path) -> None:
    shutil.rmtree(folder)


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def damaged(folder: Path) -> None:
    (folder / "metrics.json").write_text('{"v": ')


def replaced(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


@pytest.mark.parametrize("harm", [gone, emptied, damaged, replaced])
def test_metrics_that_were_recorded_survive_whatever_became_of_the_folder(tiny, harm):
    """A folder that is gone, emptied or no folder, or a damaged file: the row stays, and that is said."""
    tiny.run("-m", "x=3,4", "sweep.name=x")
    harm(out(tiny, 0))
    (out(tiny, 1) / "metrics.json").write_text('{"v": 9}')
    result = tiny.run("collect", "x", "results.required=true")
    assert result.code == 0
    assert result.err.startswith("kept what was recorded of trial 0: ")
    assert "read 2 ended trials again: 2 have metrics (1 changed);" in result.err
    assert values(tiny) == [3, 9]


def test_a_file_that_was_removed_on_purpose_is_no_longer_a_result(tiny):
    """With the attempt's folder whole, what is not there is not there."""
    tiny.run("-m", "x=3,4", "sweep.name=x")
    (out(tiny, 0) / "metrics.json").unlink()
    assert "read 2 ended trials again: 1 has metrics, 1 no longer;" in tiny.run("collect", "x").err
    assert values(tiny) == [None, 4]


def test_only_programs_that_ended_well_are_read(tiny):
    """A failed trial stays failed, whatever lies in its folder."""
    tiny.program('echo "{\\"v\\": 1}" > "$CVSWEEP_OUT/metrics.json"; exit $x\n')
    tiny.run("-m", "x=0,1", "sweep.name=x")
    result = tiny.run("collect", "x")
    assert result.code == 1
    assert result.err == "x: read 1 ended trial again: 1 has metrics; see cvsweep results x\n"
    before = tiny.tree()
    result = tiny.run("collect", "x", "1")
    assert (result.code, result.err) == (
        1,
        "x: none of trial 1 has ended well; there is nothing to read again\n",
    )
    assert tiny.tree() == before


def test_a_live_controller_does_it_and_uses_the_settings_from_then_on(tiny, until):
    """The request carries the settings; what ended is read anew, what ends later with the new reader."""
    tiny.program(f'[ "$x" = 0 ] || while [ ! -e "$CVSWEEP_CODE/go" ]; do sleep 0.02; done\n{PRINTS}')
    process = tiny.start("-m", "x=0,1", "sweep.name=x")
    until(lambda: tiny.count(Status.COMPLETED) == 1 and tiny.running() == 1)
    result = tiny.run("collect", "x", "results.reader=log", "results.required=true")
    assert result.code == 0
    assert result.err == "x: read 1 ended trial again: 1 has metrics (1 new); see cvsweep results x\n"
    assert values(tiny) == [0.5, None]
    tiny.go()
    assert process.wait(10) == 0
    assert values(tiny) == [0.5, 1.5]
    assert "trial 0 was read again: completed (v=0.5)\n" in tiny.err


def test_what_still_runs_without_a_controller_is_left_alone(tiny, until):
    """Reading takes no trial over, and starts none."""
    tiny.program(f'[ "$x" = 0 ] || while [ ! -e "$CVSWEEP_CODE/go" ]; do sleep 0.02; done\n{PRINTS}')
    process = tiny.start("-m", "x=0,1,2", "sweep.name=x", "cluster.max_parallel=1")
    until(lambda: tiny.running() == 1 and tiny.count(Status.COMPLETED) == 1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 130
    assert tiny.run("collect", "x", "results.reader=log").code == 0
    assert [str(one.status) for one in tiny.state().trials] == ["completed", "running", "queued"]
    tiny.go()
    assert tiny.run("resume", "x").code == 0
    assert values(tiny) == [0.5, 1.5, 2.5]
    assert [row["attempts"] for row in tiny.rows()] == [1, 1, 1]


def test_a_command_that_is_killed_in_the_middle_is_made_good(printed, monkeypatch):
    """What it had read counts, its request is worked off before the next, and the last settings hold."""
    monkeypatch.setattr(collecting, "_AT_ONCE", 1)
    before = collecting.Collector.part

    def killed(self, *given):
        if self.is_busy:
            raise KeyboardInterrupt
        return before(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(collecting.Collector, "part", killed)
        assert printed.run("collect", "x", "results.reader=log").code == 130
    assert values(printed) == [0.5, None, None]
    result = printed.run("collect", "x", "0", "results.metric=null")
    assert result.code == 0
    assert values(printed) == [0.5, 1.5, 2.5]
    results = SweepFolder(printed.sweeps / "x").settings.results
    assert (results.reader, results.metric) == ("log", None)
    assert not list((printed.sweeps / "x" / "requests").iterdir())


def test_a_paused_sweep_stays_paused(tiny):
    """The command that goes on with it is named."""
    tiny.program(PRINTS)
    tiny.run(
        "-m", "x=range(4)", "sweep.name=x", "results.required=true", "sweep.pause_after=1",
        "cluster.max_parallel=1", "retry.budgets.no_result=0",
    )  # fmt: skip
    result = tiny.run("collect", "x", "results.reader=log")
    assert "the sweep is still paused; go on with: cvsweep resume x\n" in result.err
    assert tiny.state().paused
    assert tiny.run("resume", "x").code == 0
    assert values(tiny) == [0.5, 1.5, 2.5, 3.5]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["lr=1"], "lr=1: only settings of results can be given here"),
        (["results.reader=jsno"], "results.reader must be "),
        (["results.reader=json", "results.pattern='x'"], "results.pattern is for results.reader=log"),
        (["9"], "there is no trial '9'"),
        (["2-0"], "the first trial of a span"),
        (["--frob"], "unrecognized arguments: --frob"),
    ],
)
def test_bad_words_are_one_clear_line_and_change_nothing(printed, words, why):
    """The exit code is 2."""
    before = printed.tree()
    result = printed.run("collect", "x", *words)
    assert result.code == 2
    assert result.err.startswith("cvsweep: ")
    assert why in result.err
    assert result.err.count("\n") == 1
    assert printed.tree() == before


def test_settings_that_find_nothing_are_not_kept(printed):
    """They would hold for later trials; what would be found otherwise is named, and nothing is changed."""
    before = printed.tree()
    result = printed.run("collect", "x", "results.reader=trainer")
    assert (result.code, result.err) == (
        2,
        "cvsweep: results.reader=trainer: no metrics are found in any of the 3 trials that have ended, so"
        " the sweep's settings are left as they were; trial 2: it left no file in $CVSWEEP_OUT; its log has"
        " lines such as 'v: 2.5', read with: cvsweep collect x results.reader=log\n",
    )
    assert printed.tree() == before
    assert printed.run("collect", "x", "2", "results.file=v.json").code == 2
    assert printed.run("collect", "x", "results.reader=none").code == 0
    assert printed.run("collect", "x", "results.reader=null").code == 0


def test_a_metric_that_no_trial_has_reported_is_not_kept(printed):
    """Nothing would be ranked by it; one that is there with the same settings is kept."""
    before = printed.tree()
    line = (
        "cvsweep: results.metric: no trial has reported 'vv'; there are: v (did you mean v?); so the sweep's"
        " settings are left as they were\n"
    )
    for words in (["0", "results.reader=log"], ["results.reader=log"]):
        result = printed.run("collect", "x", *words, "results.metric=vv")
        assert (result.code, result.err) == (2, line)
    assert printed.tree() == before
    assert printed.run("collect", "x", "results.reader=log").code == 0
    for folder in (out(printed, index) for index in range(3)):
        shutil.rmtree(folder)  # what is recorded counts, too
    assert printed.run("collect", "x", "results.metric=vv").code == 2
    assert printed.run("collect", "x", "results.metric=v:max").code == 2
    assert printed.run("collect", "x", "results.metric=metric.v").code == 0
    assert printed.run("collect", "x", "results.metric=null").code == 0


def test_a_reader_that_loses_the_metric_that_ranks_says_so(tiny):
    """What it reads instead is named."""
    tiny.program(f'{QUICK}echo "w=$x"\n')
    tiny.run("-m", "x=0,1", "sweep.name=x")
    result = tiny.run("collect", "x", "results.reader=log")
    assert (result.code, "results.metric: no trial has reported 'v'; there are: w" in result.err) == (0, True)
    result = tiny.run("collect", "x", "results.pattern='(?P<name>x) is (?P<value>.)'")
    assert "results.metric: no trial has reported 'v'; there are: x" in result.err
    result = tiny.run("collect", "x", "results.reader=none", "results.pattern=null")
    assert "'v'; no trial left any metrics" in result.err


def test_a_file_of_the_programs_own_name_is_found_and_read(tiny):
    """The line for metrics that were not found says how, and the command that it names reads them."""
    tiny.program('echo "{\\"v\\": $x}" > "$CVSWEEP_OUT/final_results.json"\n')
    result = tiny.run("-m", "x=0,1", "sweep.name=x")
    assert "read with: cvsweep collect x results.file=final_results.json\n" in result.err
    assert tiny.run("collect", "x", "results.file=final_results.json").code == 0
    assert values(tiny) == [0, 1]


def test_its_help_teaches(tiny):
    """The help has examples, and says what is kept and that nothing runs."""
    shown = tiny.run("collect", "--help").out
    assert "cvsweep collect NAME results.reader=log" in shown
    assert "Nothing runs" in shown
    assert "collect [TRIAL ...]" in tiny.run("--help").out
