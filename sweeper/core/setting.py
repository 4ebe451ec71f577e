"""Defines settings: each is a field of a frozen dataclass with its default, its help and its rule.

    @dataclass(frozen=True)
    class QueueSettings:
        partition: str | None = setting(None, "null: the default one", optional(filled("a name")))
        nodes: int = setting(1, "how many nodes a trial gets", at_least(1))

Everything else is generated from such a class: the checks (`sections.read`), Hydra's schema
(`compose/schemas.py`) and the tables of docs/settings.md (`tests/settings_doc.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import Any, TypeVar

from sweeper.core.setting_rules import Rule

T = TypeVar("T")

_ABOUT = "cvsweep"


@dataclass(frozen=True)
class Setting:
    """The definition of a setting, without its name.

    Attributes:
        help: a line of Markdown for docs/settings.md.
        rule: the condition for its value; None if its type is the only condition.
        kinds: the names of the types that its value may have, such as `("int", "None")`.
        default: the default value.
    """

    help: str
    rule: Rule | None
    kinds: tuple[str, ...]
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """The accepted values, as they are typed; empty if they cannot be listed."""
        if self.kinds == ("bool",):
            return ("true", "false")
        return self.rule.choices if self.rule else ()

    @property
    def section(self) -> type | None:
        """The class of its value, if the value is a section of settings."""
        return type(self.default) if is_dataclass(self.default) else None


def setting(default: T, help: str = "", rule: Rule | None = None) -> T:
    """Define a field of a settings class. A default list or dict is copied for each object."""
    about = {_ABOUT: (help, rule)}
    if isinstance(default, list | dict):
        return field(default_factory=partial(deepcopy, default), metadata=about)
    return field(default=default, metadata=about)


def settings_of(cls: type) -> Mapping[str, Setting]:
    """Return the settings of a class by name. A plain dataclass field is a setting without help and rule."""
    return _settings_of(cls)


@cache
def _settings_of(cls: type) -> Mapping[str, Setting]:
    return MappingProxyType({one.name: _setting(one) for one in fields(cls)})


def _setting(one: Field[Any]) -> Setting:
    text, rule = one.metadata.get(_ABOUT, ("", None))
    return Setting(text, rule, _kinds(one.type), _default(one))


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _kinds(annotation: Any) -> tuple[str, ...]:
    """Return the names of the types in an annotation (a text or a type), without the parts in brackets."""
    text = annotation.__name__ if type(annotation) is type else str(annotation)
    depth, outside = 0, ""
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        outside += character if depth == 0 and character != "]" else ""
    return tuple(part.strip() for part in outside.split("|"))
