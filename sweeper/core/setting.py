"""One definition per setting: a field of a frozen dataclass with its default, its help and its rule.

    @dataclass(frozen=True)
    class QueueSettings:
        partition: str | None = setting(None, "null: the default one", optional(filled("a name")))
        nodes: int = setting(1, "how many nodes a trial gets", at_least(1))

Everything else is made from such a class: the checks (`sections.read`), Hydra's schema
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
    """What is known of a setting beside its name.

    Attributes:
        help: a line of Markdown for docs/settings.md.
        rule: what its value must be; None if its type says enough.
        kinds: the names of the types that its value may have, such as `("int", "None")`.
        default: the value if nothing is given.
    """

    help: str
    rule: Rule | None
    kinds: tuple[str, ...]
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that its value is one of, as they are typed; none if there are too many to list."""
        if self.kinds == ("bool",):
            return ("true", "false")
        return self.rule.choices if self.rule else ()

    @property
    def section(self) -> type | None:
        """The class of the settings that it holds, if it is a section of its own."""
        return type(self.default) if is_dataclass(self.default) else None


def setting(default: T, help: str = "", rule: Rule | None = None) -> T:
    """A field of a class of settings. Lists and mappings are copied for each object."""
    about = {_ABOUT: (help, rule)}
    if isinstance(default, list | dict):
        return field(default_factory=partial(deepcopy, default), metadata=about)
    return field(default=default, metadata=about)


def settings_of(cls: type) -> Mapping[str, Setting]:
    """The settings of a class by name. A plain field of a dataclass is a setting without help and rule."""
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
    """The types of an annotation by name, without what stands in brackets; it is a text or a type."""
    text = annotation.__name__ if type(annotation) is type else str(annotation)
    depth, outside = 0, ""
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        outside += character if depth == 0 and character != "]" else ""
    return tuple(part.strip() for part in outside.split("|"))
