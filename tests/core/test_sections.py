"""Sections of settings out of plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.sections import fits, own_section, read, sentence, stored
from sweeper.core.setting import setting, settings_of
from sweeper.core.setting_rules import at_least, filled, own_path


@dataclass(frozen=True)
class _Inner:
    depth: int = setting(1, "how deep", at_least(1))


@dataclass(frozen=True)
class _Outer:
    nodes: int = setting(2, "how many", at_least(1))
    partition: str = setting("any", "which", filled("a partition's name"))
    folder: str = setting("here", "where", own_path(filled("a folder")))
    note: str | None = setting(None, "what for")
    fast: bool = setting(False, "whether")
    weight: float = setting(1.0, "how much")
    labels: dict[str, str] = setting({}, "names")
    hosts: list[str] = setting([], "names")
    inner: _Inner = setting(_Inner(), "settings of its own")
    other: Any = setting(None, "anything")

    def check(self) -> None:
        if self.fast and self.nodes > 4:
            raise UsageError("cluster.fast is for four nodes at most")


@dataclass(frozen=True)
class _Required:
    queue: str = setting("", "where to wait", filled("a queue's name"))


def _expanded(where: str, path: str) -> str:
    return f"/{where}/{path}"


def test_what_is_given_is_read_and_the_rest_takes_its_default() -> None:
    """A path of this machine is expanded, also the default one."""
    found = read("cluster", _Outer, {"nodes": 3, "inner": {"depth": 5}, "weight": 2}, _expanded)
    assert found == _Outer(nodes=3, inner=_Inner(5), weight=2, folder="/cluster.folder/here")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, r"^cluster must hold settings, not 3; 'cluster' is cvsweep's own section"),
        ({"node": 3}, r"^cluster\.node: there is no such setting \(did you mean nodes\?\); 'cluster' is"),
        ({"nodes": 0}, r"^cluster\.nodes must be at least 1, not 0$"),
        ({"nodes": 1.5}, r"^cluster\.nodes must be a whole number, not 1\.5$"),
        ({"nodes": True}, r"^cluster\.nodes must be a whole number, not True$"),
        ({"partition": 7}, r"^cluster\.partition must be text, not 7$"),
        ({"note": 7}, r"^cluster\.note must be text or null, not 7$"),
        ({"fast": "no"}, r"^cluster\.fast must be true or false, not 'no'$"),
        ({"weight": "heavy"}, r"^cluster\.weight must be a number, not 'heavy'$"),
        ({"labels": []}, r"^cluster\.labels must be keys and values, not \[\]$"),
        ({"hosts": "a"}, r"^cluster\.hosts must be a list, not 'a'$"),
        ({"folder": 3}, r"^cluster\.folder must be text, not 3$"),
        ({"inner": 3}, r"^cluster\.inner must hold settings, not 3;"),
        ({"inner": {"deep": 1}}, r"^cluster\.inner\.deep: there is no such setting \(did you mean depth"),
        ({"inner": {"depth": 0}}, r"^cluster\.inner\.depth must be at least 1, not 0$"),
        ({"fast": True, "nodes": 5}, r"^cluster\.fast is for four nodes at most$"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_key(given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read("cluster", _Outer, given, _expanded)


def test_a_setting_whose_default_breaks_its_rule_must_be_given() -> None:
    with pytest.raises(UsageError, match=r"^cluster\.queue must be a queue's name, not ''$"):
        read("cluster", _Required, {}, _expanded)
    assert read("cluster", _Required, {"queue": "short"}, _expanded) == _Required("short")


@pytest.mark.parametrize("value", [None, True, 3, [], {}, "x"])
def test_a_setting_of_any_type_takes_any_value(value: Any) -> None:
    assert read("cluster", _Outer, {"other": value}, _expanded).other == value


def test_what_is_stored_is_read_with_what_this_version_knows() -> None:
    """Unknown keys of another version are left out; a value of another kind was written by nobody."""
    assert stored(_Outer, {"nodes": 0, "colour": "red"}) == _Outer(nodes=0)
    with pytest.raises(TypeError, match=r"^nodes cannot be 'many'$"):
        stored(_Outer, {"nodes": "many"})


def test_a_value_fits_if_its_kind_and_its_rule_agree() -> None:
    known = settings_of(_Outer)
    assert [fits(known["nodes"], value) for value in (1, 0, "1", True)] == [True, False, False, False]
    assert [fits(known["note"], value) for value in (None, "x", 3)] == [True, True, False]


def test_the_sentence_of_a_setting_is_that_of_its_rule_or_of_its_type() -> None:
    known = settings_of(_Outer)
    assert [sentence(known[key]) for key in ("nodes", "note", "weight", "labels", "inner")] == [
        "at least 1",
        "text or null",
        "a number",
        "keys and values",
        "keys and values",
    ]


def test_a_section_of_ours_is_no_parameter() -> None:
    assert (
        own_section("task") == "'task' is cvsweep's own section, so a parameter of yours needs another name"
    )
