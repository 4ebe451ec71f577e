"""Hydra's and OmegaConf's errors, said in one line that names the key and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    ConfigTypeError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    UnsupportedInterpolationType,
    ValidationError,
)
from yaml import YAMLError

from sweeper.core.errors import UsageError
from sweeper.core.mistyped import mistyped
from sweeper.core.mistyped_values import FUNCTIONS
from sweeper.core.settings import RESERVED
from sweeper.core.words import did_you_mean

STORED_SUFFIX = "__with_cvsweep"
"""Ends the name under which a primary config is stored for Hydra; no message shows it."""

# What Hydra lets through for a broken configuration, besides its own errors.
_EXPECTED = (
    HydraException,
    OmegaConfBaseException,
    YAMLError,
    ValueError,
    TypeError,
    KeyError,
    OSError,
    AssertionError,
    RecursionError,
)
_TYPES = {"Integer": "a whole number", "Float": "a number", "Boolean": "true or false"}
_SECTIONS = {
    "SweepSettings": "sweep",
    "LocalSettings": "cluster",
    "_KubernetesSchema": "cluster",
    "CodeSettings": "code",
    "TaskSettings": "task",
    "ArgsSettings": "task.args",
    "RetrySettings": "retry",
    "ResultsSettings": "results",
}
_WHERE = re.compile(r"^In '(?P<config>[^']+)': ")
_REFUSED_CALL = re.compile(r" while evaluating '(?P<function>\w+)\(.*?\)': (?P<reason>[^\n]*)", re.S)
_OVERRIDE = re.compile(r"^Error merging override [+~]*(?P<key>[^=\s]+)=")


@contextmanager
def guarded(where: str = "", words: Sequence[str] = ()) -> Iterator[None]:
    """Around a call of Hydra or OmegaConf: whatever it raises becomes one UsageError.

    Args:
        where: begins the line if it does not begin so anyway.
        words: the command line that is read, in which a word may have been cut in two by the shell.
    """
    try:
        yield
    except OverrideParseException as error:
        raise UsageError(one_line(_unreadable(error, words))) from error
    except _EXPECTED as error:
        text = describe(error)
        raise UsageError(text if text.startswith(where) else f"{where}: {text}") from error


def describe(error: BaseException) -> str:
    """The line for an error: the first of its causes that OmegaConf gave a key to, if there is one."""
    chain = list(_chain(error))
    where = next((f"{m['config']}.yaml: " for e in chain if (m := _WHERE.match(str(e)))), "")
    found = next((e for e in chain if isinstance(e, OmegaConfBaseException)), None)
    text = _omegaconf(found) if found is not None else _other(chain[0])
    # OmegaConf names no key for an entry of a list; Hydra may know which override held it.
    if found is not None and not found.full_key and (said := _override(chain)) not in text:
        text = f"{said}: {text}"
    return one_line(where + _WHERE.sub("", text)).replace(STORED_SUFFIX, "")


def one_line(text: str) -> str:
    """White space, line ends included, becomes single spaces."""
    return " ".join(text.split())


def _override(chain: Iterable[BaseException]) -> str:
    return next((m["key"] for e in chain if (m := _OVERRIDE.match(str(e)))), "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _omegaconf(error: OmegaConfBaseException) -> str:
    key = str(error.full_key or error.key or "")
    first = str(error.msg if error.msg is not None else error).strip().split("\n")[0]
    if isinstance(error, MissingMandatoryValue):
        return f"{key} has no value yet (???): give it one, as in {key}=..."
    if isinstance(error, UnsupportedInterpolationType):
        return f"{key}: {first}; a resolver that your program registers cannot be used in a sweep"
    if isinstance(error, ConfigAttributeError | ConfigKeyError) and error.parent_node is not None:
        return _unknown(key, error)
    if isinstance(error, ValidationError | ConfigTypeError):
        first = _wrong_value(key, first)
    return first if not key or key in first else f"{key}: {first}"


def _wrong_value(key: str, text: str) -> str:
    for pattern, sentence in _WRONG_VALUES:
        match = pattern.search(text)
        if match:
            return sentence(key, match)
    return text


def _not_a_section(match: re.Match[str]) -> str:
    section = _SECTIONS.get(match["schema"], match["schema"])
    return f"{section} must hold settings, not {match['value']}; {own_section(section)}"


def own_section(section: str) -> str:
    """Why a parameter cannot have this name."""
    return f"{section!r} is cvsweep's own section, so a parameter of yours needs another name"


_ENTRY = "each entry of the list must hold keys and values, as in [{key: value}]"
# Only sweep.zip has lists within a list.
_ZIP = "each entry of sweep.zip must be a list of keys, as in sweep.zip=[[lr,batch_size]]"

Sentence = Callable[[str, re.Match[str]], str]

_WRONG_VALUES: tuple[tuple[re.Pattern[str], Sentence], ...] = (
    (
        re.compile(r"Value '(?P<value>.*?)' of type '.*' could not be converted to (?P<type>\w+)", re.S),
        lambda key, m: f"{key} must be {_TYPES.get(m['type'], m['type'])}, not '{m['value']}'",
    ),
    (
        re.compile(r"Value '(?P<value>.*?)' is not a valid bool", re.S),
        lambda key, m: f"{key} must be true or false, not '{m['value']}'",
    ),
    (
        re.compile(r"Cannot convert '(?P<type>\w+)' to string"),
        lambda key, m: f"{key} must be text, not a {m['type']}",
    ),
    (
        re.compile(r"Cannot assign \w+ to Dict"),
        lambda key, m: f"{key} must hold keys and values" if key else _ENTRY,
    ),
    (re.compile(r"is not Optional$"), lambda key, m: f"{key} cannot be null"),
    (re.compile(r"is not a ListConfig, "), lambda key, m: f"{key} must be a list" if key else _ZIP),
    (
        re.compile(r"is not a subclass of (?P<schema>\w+)\. value: (?P<value>.*)", re.S),
        lambda key, m: _not_a_section(m),
    ),
)


def _unknown(key: str, error: OmegaConfBaseException) -> str:
    parent = error.parent_node
    known = [str(k) for k in parent] if isinstance(parent, DictConfig) else []
    near = did_you_mean(key.rpartition(".")[2], known)
    section = key.split(".")[0]
    if section == "hydra":
        return f"{key}: Hydra has no such setting{near}"
    if section in RESERVED and "." in key:
        return f"{key}: there is no such setting{near}; {own_section(section)}"
    return f"{key}: there is no such parameter{near}; to add a new one write +{key}=..."


def _other(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, MissingConfigException):
        return _missing_config(text)
    if isinstance(error, RecursionError):
        return "the configuration refers to itself in a circle"
    if isinstance(error, KeyError):
        return f"{error} is not there"
    return text.replace(".\nTo append to your default list", "; to append to it") or repr(error)


def _unreadable(error: OverrideParseException, words: Sequence[str]) -> str:
    reason = _REFUSED_CALL.search(str(error))
    known = reason is not None and reason["function"] in FUNCTIONS
    if reason and known:
        return f"cannot read {error.override!r}: {reason['reason']}"
    if error.override not in words:
        words = [error.override]
    return mistyped(words, list(words).index(error.override))


def _missing_config(text: str) -> str:
    head, _, tail = text.partition("\n\nAvailable options in")
    options = [line.strip() for line in tail.split("Config search path")[0].split("\n")[1:]]
    there = ", ".join(o for o in options if o and not o.startswith("base_"))
    return f"{head.split(chr(10))[0]}" + (f"; there is {there}" if there else "")
