"""One line for each error of OmegaConf: the key, what is wrong with it, and what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    ConfigTypeError,
    GrammarParseError,
    InterpolationKeyError,
    InterpolationResolutionError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    UnsupportedInterpolationType,
    ValidationError,
)

from sweeper.core.formatting import did_you_mean, nearest
from sweeper.core.patterns import lazy
from sweeper.core.sections import own_section
from sweeper.core.settings import RESERVED
from sweeper.core.values import flatten

_TYPES = {"Integer": "a whole number", "Float": "a number", "Boolean": "true or false"}
CLUSTER_SCHEMA = "ClusterSchema"
"""The name of the type of the section `cluster`, for every kind of cluster."""

_SECTIONS = {
    CLUSTER_SCHEMA: "cluster",
    "SweepSettings": "sweep",
    "CodeSettings": "code",
    "TaskSettings": "task",
    "ArgsSettings": "task.args",
    "RetrySettings": "retry",
    "ResultsSettings": "results",
}
_NAMED = 3
"""The largest number of parameters of one name that a message lists; if there are more, none is suggested."""

_KEY_NOT_FOUND = lazy(r"Interpolation key '(?P<key>.*?)' not found", re.S)
_VARIABLE_NOT_SET = lazy(r"Environment variable '(?P<name>\w+)' not found")


def omegaconf_line(
    error: OmegaConfBaseException, options: Callable[[], Iterable[str]], typed: str = ""
) -> str:
    """Return the line for an error.

    Args:
        error: the error.
        options: returns further names that may be meant by an unknown key, such as config groups.
        typed: the key of the override that names a parameter that does not exist.
    """
    key = str(error.full_key or error.key or "")
    first = str(error.msg if error.msg is not None else error).strip().split("\n")[0]
    if isinstance(error, MissingMandatoryValue):
        return f"{key} has no value yet (???): give it one, as in {key}=..."
    if isinstance(error, UnsupportedInterpolationType):
        if re.search(r"\benv$", first):
            return f"{key}: for an environment variable write ${{oc.env:NAME}}, not ${{env:NAME}}"
        return f"{key}: {first}; a resolver that your program registers cannot be used in a sweep"
    if isinstance(error, GrammarParseError):
        return f"{key or 'a value'}: cannot read its ${{...}}: each needs a name or a resolver, and its }}"
    if isinstance(error, InterpolationResolutionError):
        first = _unresolved(error, first)
    elif isinstance(error, ConfigAttributeError | ConfigKeyError) and error.parent_node is not None:
        return _unknown(key, error, options, typed or key)
    elif isinstance(error, ValidationError | ConfigTypeError):
        first = _wrong_value(key, first, error)
    return first if not key or first.startswith(key) or f"{key} must" in first else f"{key}: {first}"


def _unresolved(error: OmegaConfBaseException, text: str) -> str:
    if match := _VARIABLE_NOT_SET.search(text):
        name = match["name"]
        return f"the environment variable {name} is not set; export it, or write ${{oc.env:{name},DEFAULT}}"
    if isinstance(error, InterpolationKeyError) and (match := _KEY_NOT_FOUND.search(text)):
        name = match["key"]
        if name in os.environ:
            return f"there is no key {name}; for the environment variable write ${{oc.env:{name}}}"
        near = did_you_mean(name, _all_keys(error.parent_node))
        return f"its interpolation names {name}, which the configuration does not have{near}"
    if "ecursive" in text:
        return "its value leads back to itself through interpolations"
    return text.partition(" raised while resolving interpolation: ")[2] or text


def _all_keys(node: Any) -> list[str]:
    root = node._get_root() if isinstance(node, DictConfig) else None
    data: Any = OmegaConf.to_container(root, resolve=False) if root is not None else {}
    return [str(key) for key, _ in flatten(data, ".")]


def _wrong_value(key: str, text: str, error: OmegaConfBaseException) -> str:
    for pattern, sentence in _WRONG_VALUES:
        match = pattern.search(text)
        if match:
            return sentence(key, match)
    if MERGED.search(text):
        return not_mergeable(key, is_list=error.object_type is list)
    return text


MERGED = lazy(r"^Cannot merge (?:\w+ with \w+|incompatible container types)")
"""Messages of OmegaConf 2.3 and 2.4; the latter raises a TypeError without a key."""

_LISTS = {
    "sweep.exclude": "[{key: value}]",
    "sweep.zip": "[[lr,batch_size]]",
    "task.command": "[python,train.py]",
}


def not_mergeable(key: str, *, is_list: bool) -> str:
    """Return the line for a list instead of keys and values, or the reverse; `key` is empty if unknown."""
    if not key:
        return (
            "a list where keys and values belong, or keys and values where a list does; lists are"
            f" {', '.join(_LISTS)}"
        )
    if is_list or key in _LISTS:
        return f"{key} must be a list{_as_in(key)}"
    return f"{key} must hold keys and values, not a list"


def _not_a_section(key: str, match: re.Match[str]) -> str:
    section = _SECTIONS.get(match["schema"])
    if section is None:
        return f"{key} must be text, not {'null' if match['value'] == 'None' else match['value']}"
    return f"{section} must hold settings, not {match['value']}; {own_section(section)}"


_ENTRY = "each entry of the list must hold keys and values, as in [{key: value}]"
# Only sweep.zip has lists within a list.
_ZIP = "each entry of sweep.zip must be a list of keys, as in sweep.zip=[[lr,batch_size]]"

Sentence = Callable[[str, re.Match[str]], str]

_WRONG_VALUES: tuple[tuple[re.Pattern[str], Sentence], ...] = (
    (
        lazy(r"Value '(?P<value>.*?)' of type '.*' could not be converted to (?P<type>\w+)", re.S),
        lambda key, m: f"{key} must be {_TYPES.get(m['type'], m['type'])}, not '{m['value']}'",
    ),
    (
        lazy(r"Value '(?P<value>.*?)' is not a valid bool", re.S),
        lambda key, m: f"{key} must be true or false, not '{m['value']}'",
    ),
    (
        lazy(r"Cannot convert '(?P<type>\w+)' to string"),
        lambda key, m: f"{key} must be text, not a {m['type']}; if this is one, quote it: \"{key}='...'\"",
    ),
    (
        lazy(r"Cannot assign \w+ to Dict"),
        lambda key, m: f"{key} must hold keys and values" if key else _ENTRY,
    ),
    (lazy(r"is not Optional$"), lambda key, m: f"{key} cannot be null"),
    (
        lazy(r"is not a ListConfig, "),
        lambda key, m: f"{key} must be a list{_as_in(key)}" if key else _ZIP,
    ),
    (
        lazy(r"is not a subclass of (?P<schema>\w+)\. value: (?P<value>.*)", re.S),
        _not_a_section,
    ),
)


def _as_in(key: str) -> str:
    return f", as in '{key}={_LISTS[key]}'" if key in _LISTS else ""


def _unknown(
    key: str, error: OmegaConfBaseException, options: Callable[[], Iterable[str]], typed: str
) -> str:
    parent = error.parent_node
    known = [str(k) for k in parent] if isinstance(parent, DictConfig) else []
    dotted = next((name for name in known if name.startswith(f"{key.rpartition('.')[2]}.")), "")
    if dotted:
        return (
            f"{key}: the configuration writes {dotted!r} as one key with a dot, which no override reaches;"
            f" write {nested(dotted)} in the file"
        )
    is_top = "." not in key
    groups = list(options()) if is_top else []
    near = did_you_mean(key.rpartition(".")[2], [*known, *groups])
    section = key.split(".")[0]
    if section == "hydra":
        return f"{key}: Hydra has no such setting{near}"
    if section in RESERVED and "." in key:
        return f"{key}: there is no such setting{near}; {own_section(section)}"
    if key in groups and typed != key:
        return f"{typed}: no option of the config group {key} is chosen; choose one first, as in +{key}=..."
    near = _elsewhere(typed, parent) or near or _nearly_elsewhere(typed, parent)
    return f"{typed}: there is no such parameter{near}; to add a new one write +{typed}=..."


def nested(key: str) -> str:
    """Return a key with dots in YAML's nested form."""
    first, _, rest = key.partition(".")
    return f"{first}: {{{nested(rest)}}}" if rest else f"{first}: ..."


def _elsewhere(key: str, node: Any) -> str:
    """Return the end of a sentence that suggests parameters of this name elsewhere in the configuration.

    Parameters that end with the whole key are preferred. Settings are suggested only for a key without dots.
    """
    there = _parameters(node, settings="." not in key)
    last = key.rpartition(".")[2]
    for end in (key, last):
        found = [name for name in there if f".{name}".endswith(f".{end}")]
        if 0 < len(found) <= _NAMED:
            return f" (did you mean {' or '.join(found)}?)"
    return ""


def _nearly_elsewhere(key: str, node: Any) -> str:
    """Return the end of a sentence that suggests the only parameter with a similar name, else ""."""
    last = key.rpartition(".")[2]
    there = [(name, name.rpartition(".")[2]) for name in _parameters(node, settings=False)]
    close = nearest(last, (end for _, end in there))
    found = [name for name, end in there if end == close]
    return f" (did you mean {found[0]}?)" if len(found) == 1 else ""


def _parameters(node: Any, *, settings: bool) -> list[str]:
    hidden = {"hydra", *(() if settings else RESERVED)}
    return [name for name in _all_keys(node) if name.partition(".")[0] not in hidden]
