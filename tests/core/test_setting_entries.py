"""Settings that hold texts by name."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.setting_entries import entries
from sweeper.core.setting_rules import Rule, filled, matching

VARIABLES = entries(
    matching("[A-Z]+", "a variable's name"),
    Rule(lambda text: text != "bad", "a good text"),
    lambda name: name == "OURS",
)


def _expanded(where: str, path: str) -> str:
    raise AssertionError(f"{where}: {path} is no path")


def test_values_become_texts_and_null_takes_an_entry_back() -> None:
    """As a person writes them in YAML: `true` stays a word of YAML."""
    given = {"A": 1, "B": "x", "C": None, "D": True, "E": 0.5}
    assert VARIABLES.read("cluster.env", given, _expanded) == {"A": "1", "B": "x", "D": "true", "E": "0.5"}
    assert VARIABLES.read("cluster.env", None, _expanded) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, r"^cluster\.env must hold names and values, not 3$"),
        ({"a": 1}, r"^cluster\.env: 'a' is not a variable's name$"),
        ({3: 1}, r"^cluster\.env: 3 is not a variable's name$"),
        ({"OURS": 1}, r"^cluster\.env\.OURS: this name is cvsweep's own; choose another$"),
        ({"A": "bad"}, r"^cluster\.env\.A must be a good text, not 'bad'$"),
        ({"A": [1]}, r"^cluster\.env\.A must be a good text, not \[1\]$"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_name(given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        VARIABLES.read("cluster.env", given, _expanded)


def test_a_schema_checks_texts_alone_only_if_all_entries_are() -> None:
    """Else it would make the text "True" of `true`, and refuse null."""
    name, value = filled("a name"), filled("a text")
    assert entries(name, value).written == dict[str, Any]
    assert entries(name, value, texts_only=True).written is None
    assert entries(name, value).read("x", {"cvsweep": "1"}, _expanded) == {"cvsweep": "1"}
