"""Reads a section of settings from plain data: from a user's configuration or from sweep.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.setting import Setting, settings_of
from sweeper.core.setting_rules import Expand

T = TypeVar("T")

_KINDS: Mapping[str, tuple[type, ...]] = {
    "None": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "list": (list,),
    "dict": (dict,),
}
_WORDS = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text",
          "list": "a list", "dict": "keys and values", "None": "null"}  # fmt: skip


def own_section(section: str) -> str:
    """Return why a parameter cannot have this name."""
    return f"{section!r} is cvsweep's own section, so a parameter of yours needs another name"


def check_section(name: str, given: Any) -> dict[str, Any]:
    """Return the data of a section; UsageError if it is not a dict."""
    if not isinstance(given, dict):
        raise UsageError(f"{name} must hold settings, not {given}; {own_section(name)}")
    return given


def check_keys(name: str, section: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise UsageError for a key that is not a setting."""
    known = list(known)
    for key in section:
        if key not in known:
            raise UsageError(
                f"{name}.{key}: there is no such setting{did_you_mean(key, known)};"
                f" {own_section(name.split('.')[0])}"
            )


def read(name: str, cls: type[T], given: Any, expand: Expand) -> T:
    """Return the settings of a section in a user's configuration.

    Args:
        name: the section's name, such as `retry`, for error messages.
        cls: a dataclass of settings. Its method `check()`, if it has one, is called at the end: it raises
            UsageError if settings contradict each other.
        given: plain data.
        expand: expands a path of this machine like a shell.

    Raises:
        UsageError: a key is unknown, or a value (also a default) is invalid.
    """
    section = check_section(name, given)
    known = settings_of(cls)
    check_keys(name, section, known)
    values = {
        key: _value(f"{name}.{key}", one, section.get(key, one.default), expand) for key, one in known.items()
    }
    settings = cls(**values)
    check = getattr(settings, "check", None)
    if check is not None:
        check()
    return settings


def stored(cls: type[T], data: Mapping[str, Any]) -> T:
    """Return the settings of one section from sweep.json; keys that this version does not know are ignored.

    TypeError if a value has a type that its setting cannot have.
    """
    known = settings_of(cls)
    values = {key: value for key, value in data.items() if key in known}
    for key, value in values.items():
        if not isinstance(value, _types(known[key])):
            raise TypeError(f"{key} cannot be {value!r}")
    return cls(**values)


def fits(one: Setting, value: Any) -> bool:
    """Whether the setting may have this value."""
    return _is_kind(one, value) and (one.rule is None or one.rule.accepts(value))


def sentence(one: Setting) -> str:
    """Return what the value of a setting must be, as text."""
    if one.rule is not None:
        return one.rule.sentence
    return _WORDS["dict"] if one.section else _kinds_in_words(one)


def _value(where: str, one: Setting, value: Any, expand: Expand) -> Any:
    if one.section is not None:
        return value if isinstance(value, one.section) else read(where, one.section, value, expand)
    found = value if one.rule is None else one.rule.read(where, value, expand)
    if not _is_kind(one, found):
        raise UsageError(f"{where} must be {_kinds_in_words(one)}, not {found!r}")
    return found


def _kinds_in_words(one: Setting) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in one.kinds)


def _is_kind(one: Setting, value: Any) -> bool:
    """Whether the value has a type that the setting accepts; bool does not count as a number."""
    if isinstance(value, bool):
        return bool in _types(one) or object in _types(one)
    return isinstance(value, _types(one))


def _types(one: Setting) -> tuple[type, ...]:
    """Return the types of the setting in plain data; `object` for a type that plain data does not have."""
    return tuple(kind for name in one.kinds for kind in _KINDS.get(name, (object,)))
