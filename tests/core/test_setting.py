"""Settings as fields of a dataclass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

import pytest

from sweeper.core.setting import setting, settings_of
from sweeper.core.setting_rules import at_least, one_of, optional


@dataclass(frozen=True)
class _Inner:
    depth: int = setting(1, "how deep")


@dataclass(frozen=True)
class _Outer:
    nodes: int = setting(2, "how many", at_least(1))
    kind: str | None = setting(None, "which", optional(one_of("a", "b")))
    fast: bool = setting(False, "whether")
    lists: list[list[str]] = setting([["x"]], "some")
    maps: dict[str, dict[str, int | None]] = setting({}, "some")
    inner: _Inner = setting(_Inner(), "settings of its own")
    plain: float = 3.0
    made: list[int] = field(default_factory=lambda: [1])


def test_everything_about_a_setting_is_in_its_field() -> None:
    known = settings_of(_Outer)
    assert list(known) == ["nodes", "kind", "fast", "lists", "maps", "inner", "plain", "made"]
    assert (known["nodes"].help, known["nodes"].default) == ("how many", 2)
    assert known["nodes"].rule is not None
    assert known["nodes"].rule.sentence == "at least 1"
    assert known["made"].default == [1]


def test_a_plain_field_is_a_setting_without_help_and_rule() -> None:
    """Somebody else's class need not use `setting`."""
    plain = settings_of(_Outer)["plain"]
    assert (plain.help, plain.rule, plain.default) == ("", None, 3.0)


def test_the_choices_are_what_may_be_typed() -> None:
    known = settings_of(_Outer)
    assert [known[key].choices for key in ("kind", "fast", "nodes", "plain")] == [
        ("a", "b"),
        ("true", "false"),
        (),
        (),
    ]


def test_a_setting_that_holds_settings_is_a_section() -> None:
    known = settings_of(_Outer)
    assert (known["inner"].section, known["nodes"].section) == (_Inner, None)


def test_defaults_are_not_shared() -> None:
    """Neither a list nor what it holds."""
    one, other = _Outer(), _Outer()
    assert one == other
    assert one.lists is not other.lists
    assert one.lists[0] is not other.lists[0]


@pytest.mark.parametrize(
    ("annotation", "kinds"),
    [
        (int, ("int",)),
        ("int", ("int",)),
        (str | None, ("str", "None")),
        ("str|None", ("str", "None")),
        (list[int], ("list",)),
        ("dict[str, list[int | None]] | None", ("dict", "None")),
        (Any, ("typing.Any",)),
        (Optional[int], ("typing.Optional",)),  # noqa: UP045  others write it
    ],
)
def test_the_kinds_of_a_setting_come_from_its_annotation(annotation: Any, kinds: tuple[str, ...]) -> None:
    """It is a text in a module with `from __future__ import annotations`, else a type."""
    cls = dataclass(type("Made", (), {"__annotations__": {"key": annotation}, "key": None}))
    assert settings_of(cls)["key"].kinds == kinds
