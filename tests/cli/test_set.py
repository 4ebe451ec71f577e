"""cvsweep set: change settings of a sweep, also while it runs."""

from __future__ import annotations

import pytest

from sweeper.cli.main import main
from sweeper.store.folder import SweepFolder
from tests.cli.tiny import GATED


def test_more_trials_run_at_once_as_soon_as_somebody_says_so(tiny, until):
    """Two until then, and all four afterwards."""
    tiny.program(GATED)
    process = tiny.start("-m", "x=range(4)", "sweep.name=x")
    until(lambda: tiny.running() == 2)
    result = tiny.run("set", "x", "cluster.max_parallel=4")
    assert (result.code, result.err) == (0, "x: from now on cluster.max_parallel=4\n")
    until(lambda: tiny.running() == 4)
    assert tiny.run("set", "x", "cluster.max_parallel=4").err == (
        "x: cluster.max_parallel=4: it is so already\n"
    )
    tiny.go()
    assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["cluster.max_parallel=0"], "cluster.max_parallel must be at least 1, or null, not 0"),
        (["cluster.max_parallel=many"], "cluster.max_parallel must be "),
        (["cluster.max_paralel=4"], "cluster.max_paralel: "),
        (["cluster.max_parallel=2,4"], "this holds for the whole sweep, so it takes one value"),
        (["~cluster.max_parallel=4"], "a setting cannot be left out; to go back to its default name that"),
        (["retry.budgets.eror=1"], "retry.budgets.eror: there is no such cause (did you mean error?)"),
        (["lr=0.1"], "lr: it is a parameter, and trials keep theirs"),
        (["sweep.name=tuesday"], "type: cvsweep rename SWEEP NEWNAME"),
        (["results.metric="], "results.metric must be "),
        (["cluster.max_parallel==4"], "one '=' is enough"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(sweep, capsys, words, answer):
    """Exit code 2."""
    made = sweep("monday")
    assert main(["set", "monday", *words]) == 2
    assert answer in capsys.readouterr().err
    assert SweepFolder(made.paths.folder).settings == made.folder.settings


def test_null_is_the_default_again(sweep, capsys):
    """Several settings at once."""
    made = sweep("monday")
    assert main(["set", "monday", "cluster.max_parallel=4", "retry.budgets.oom=2"]) == 0
    assert main(["set", "monday", "cluster.max_parallel=null"]) == 0
    kept = SweepFolder(made.paths.folder).settings
    assert (kept.cluster.data["max_parallel"], kept.retry.budgets["oom"]) == (None, 2)
