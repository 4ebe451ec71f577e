"""What the settings in a request may say."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.request_rules import are_results


@pytest.mark.parametrize("settings", [
    {},
    {"metric": "loss", "mode": "min", "required": True, "reader": "jsonl", "file": "out.jsonl"},
    {"metric": None, "mode": None, "reader": None, "pattern": None, "file": None},
    {"pattern": r"(?P<name>\w+) is (?P<value>\S+)"},
])  # fmt: skip
def test_what_a_controller_can_work_with_is_accepted(settings: Any) -> None:
    """Every key with a value of its own, or with none."""
    assert are_results(settings)


@pytest.mark.parametrize("settings", [
    ["reader"],
    {"grace": 1},
    {"grace": "1"},
    {"grace": None},
    {"required": "yes"},
    {"required": None},
    {"reader": 1},
    {"reader": "magic"},
    {"mode": "best"},
    {"file": "../metrics.json"},
    {"file": "a\0.json"},
    {"file": "metrics.txt"},
    {"pattern": "("},
    {"pattern": "(?P<name>x)"},
    {"pattern": "(" * 5000},
    {"pattern": "a{99999999999999999999}"},
])  # fmt: skip
def test_what_would_stop_a_controller_is_refused(settings: Any) -> None:
    """A reader that there is not, an expression that is none, a path."""
    assert not are_results(settings)
