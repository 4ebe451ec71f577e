"""Which settings of a sweep may change once it is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sweeper.core.cluster import ClusterSettings
from sweeper.core.errors import UsageError
from sweeper.core.setting import Setting
from sweeper.core.setting_changes import changeable, changed
from sweeper.core.setting_rules import at_least, optional
from sweeper.core.settings import ResultsSettings, RetrySettings, Settings

LIVE = {"max_parallel": Setting("", optional(at_least(1)), ("int", "None"), None)}
NOW = Settings(
    cluster=ClusterSettings("local", {"max_parallel": 2, "grace": 30.0}),
    retry=RetrySettings(budgets={"error": 1, "oom": 2}),
    results=ResultsSettings(metric="acc", reader="json"),
)


def test_nothing_changes_but_what_is_named():
    """In every section at once."""
    after = changed(
        NOW,
        {
            "cluster.max_parallel": 8,
            "retry.wait_max": 60,
            "retry.budgets.oom": 5,
            "sweep.pause_after": 0,
            "results.mode": "min",
        },
        LIVE,
    )
    assert after.cluster.data == {"max_parallel": 8, "grace": 30.0}
    assert after.retry == replace(NOW.retry, wait_max=60, budgets={"error": 1, "oom": 5})
    assert after.sweep == replace(NOW.sweep, pause_after=0)
    assert after.results == replace(NOW.results, mode="min")
    assert after.code == NOW.code
    assert changed(NOW, {}, LIVE) == NOW


def test_what_can_change_is_listed_with_what_its_value_may_be():
    """Those of the sweep's cluster, and our own."""
    known = changeable(LIVE)
    assert [name for name in known if name.startswith("cluster.")] == [f"cluster.{name}" for name in LIVE]
    assert known["results.mode"].choices == ("max", "min")
    for name in known:
        with pytest.raises(UsageError, match="must be"):
            changed(NOW, {name: [[]]}, LIVE)


def test_budgets_are_added_to_those_that_there_are():
    """Whole, or one at a time."""
    after = changed(NOW, {"retry.budgets": {"evicted": 9}, "retry.budgets.error": 0}, LIVE)
    assert after.retry.budgets == {"error": 0, "oom": 2, "evicted": 9}


def test_null_is_a_value_where_it_may_be_one():
    """The default again."""
    after = changed(NOW, {"cluster.max_parallel": None, "results.metric": None}, LIVE)
    assert (after.cluster.data["max_parallel"], after.results.metric) == (None, None)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("cluster.max_parallel", 0, "cluster.max_parallel must be at least 1, or null, not 0"),
        ("cluster.max_parallel", "many", "cluster.max_parallel must be at least 1, or null, not 'many'"),
        ("cluster.max_parallel", True, "cluster.max_parallel must be at least 1, or null, not True"),
        ("cluster.max_parallel", [4], "cluster.max_parallel must be at least 1"),
        ("retry.wait_max", -1, "retry.wait_max must be at least 0 seconds, not -1"),
        ("retry.wait_max", float("nan"), "retry.wait_max must be at least 0 seconds"),
        ("retry.budgets.eror", 1, "retry.budgets.eror: there is no such cause .did you mean error"),
        ("retry.budgets.error", -1, "retry.budgets.error must be at least 0, not -1"),
        ("retry.budgets.error", "2", "retry.budgets.error must be a whole number, not '2'"),
        ("retry.budgets.error", True, "retry.budgets.error must be a whole number, not True"),
        ("retry.budgets.error.x", 1, "retry.budgets.error.x: there is no such cause"),
        ("retry.budgets", {"error": None}, "retry.budgets.error must be a whole number, not None"),
        ("retry.budgets", 3, "retry.budgets must be keys and values, not 3"),
        ("sweep.pause_after", 1.5, "sweep.pause_after must be a whole number"),
        ("results.mode", "best", "results.mode must be max, min or null, not 'best'"),
        ("results.required", "yes", "results.required must be true or false"),
    ],
)
def test_a_value_is_checked_by_the_rule_that_it_has_in_a_configuration(name: str, value: Any, words: str):
    """With the same words."""
    with pytest.raises(UsageError, match=words):
        changed(NOW, {name: value}, LIVE)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cluster.grace", r"it holds for every attempt.*What can change: cluster.max_parallel, retry\.\*"),
        ("cluster.max_gpus", "it holds for every attempt of the sweep"),
        ("cluster", "there is no such setting; what can change"),
        ("retry.wait_maxx", "there is no such setting .did you mean wait_max"),
        ("retry", "there is no such setting"),
        ("sweep.nam", "there is no such setting .did you mean name"),
        ("sweep.name", "it cannot change any more; type: cvsweep rename SWEEP NEWNAME"),
        ("sweep.root", "move the sweep's folder"),
        ("sweep.zip", "it has shaped the grid: run the grid again under another sweep.name"),
        ("results.reader", "type: cvsweep collect SWEEP results.reader=..."),
        ("results.file", "type: cvsweep collect SWEEP results.file=..."),
        ("task.command", "the commands of trials are frozen"),
        ("code.mode", "cvsweep resume --code DIR"),
        ("hydra.run.dir", "it is Hydra's"),
        ("lr", "it is a parameter, and trials keep theirs; for more points run the grid"),
        ("max_parallel", "it is a parameter"),
    ],
)
def test_what_cannot_change_is_refused_by_name_with_what_to_do_instead(name: str, words: str):
    """Nothing of the others changes either."""
    with pytest.raises(UsageError, match=f"^{name}: .*{words}"):
        changed(NOW, {"retry.wait_max": 60, name: 1}, LIVE)
