"""Rules for the value of a setting, and their sentences."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.setting_rules import (
    UMASK,
    Rule,
    at_least,
    filled,
    full_path,
    list_of_texts,
    matching,
    more_than,
    one_of,
    optional,
    own_path,
)

INFINITE = float("inf")


@pytest.mark.parametrize(
    ("rule", "sentence", "good", "bad"),
    [
        (at_least(1), "at least 1", [1, 2.5], [0, INFINITE, "1", None, []]),
        (at_least(0, "seconds"), "at least 0 seconds", [0], [-1]),
        (more_than(0, "seconds"), "more than 0 seconds", [0.1], [0, INFINITE]),
        (one_of("a", "b", "c"), "a, b or c", ["a", "c"], ["d", "", None]),
        (filled("a name"), "a name", ["x"], ["", None]),
        (full_path("a folder"), "a folder", ["/", "/x"], ["x", "", 3]),
        (matching("[ab]+", "some of a and b"), "some of a and b", ["ab"], ["", "abc", "ab\n", 7]),
        (list_of_texts("a list of words"), "a list of words", [[], ["a"]], [[1], 3]),
        (optional(at_least(1)), "at least 1, or null", [None, 1], [0]),
        (optional(one_of("a", "b")), "a, b or null", [None, "a"], ["c"]),
        (optional(filled("a name"), "for yours"), "a name, or null for yours", [None, "x"], [""]),
        (at_least(0).worded("a number of a user"), "a number of a user", [0], [-1]),
    ],
)
def test_a_rule_and_its_sentence(rule: Rule, sentence: str, good: list[Any], bad: list[Any]) -> None:
    """A value of a kind that cannot be compared breaks the rule like any other wrong value."""
    assert rule.sentence == sentence
    assert [value for value in good if not rule.accepts(value)] == []
    assert [value for value in bad if rule.accepts(value)] == []


def test_the_choices_of_a_rule_are_known_also_if_it_is_optional() -> None:
    """Completion offers them."""
    assert one_of("a", "b").choices == optional(one_of("a", "b")).choices == ("a", "b")
    assert at_least(1).choices == ()


def test_a_value_that_breaks_a_rule_is_refused_in_its_words() -> None:
    with pytest.raises(UsageError, match=r"^task\.cwd must be code or out, not 'home'$"):
        one_of("code", "out").read("task.cwd", "home", _not_called)
    assert one_of("code", "out").read("task.cwd", "out", _not_called) == "out"


@pytest.mark.parametrize(
    "make", [lambda rule: own_path(optional(rule)), lambda rule: optional(own_path(rule))]
)
def test_an_own_path_is_checked_as_a_shell_reads_it(make: Any) -> None:
    """`~/locks` is a full path; what is no text is not expanded."""
    rule = make(full_path("the full path of a folder"))
    found = rule.read("cluster.gpu_locks", "~/locks", lambda where, path: path.replace("~", "/home/ada"))
    assert found == "/home/ada/locks"
    assert rule.read("cluster.gpu_locks", None, _not_called) is None
    with pytest.raises(UsageError, match=r"must be the full path of a folder, or null, not 'locks'$"):
        rule.read("cluster.gpu_locks", "locks", lambda where, path: path)


@pytest.mark.parametrize(
    ("mask", "is_good"),
    [("007", True), ("0027", True), (None, True), ("27", False), (27, False), ("777", False), ("08", False)],
)
def test_a_umask_leaves_the_owner_all_rights(mask: object, is_good: bool) -> None:
    assert UMASK.accepts(mask) == is_good


def _not_called(where: str, path: str) -> str:
    raise AssertionError(f"{where}: {path} is no path of this machine")
