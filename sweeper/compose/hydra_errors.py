"""One line for each error of Hydra: the override or the config, what is wrong, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydra.errors import MissingConfigException, OverrideParseException

from sweeper.core.formatting import did_you_mean
from sweeper.core.mistyped import mistyped
from sweeper.core.mistyped_values import FUNCTIONS
from sweeper.core.patterns import lazy

_REFUSED_CALL = lazy(r" while evaluating '(?P<function>\w+)\(.*?\)': (?P<reason>[^\n]*)", re.S)
_SENTENCES = (
    (
        lazy(r"An item is already at '(?P<key>[^']+)'"),
        "{key} is there already: leave out the '+' to give it another value",
    ),
    (lazy(r"Multiple values for (?P<key>\S+?)\."), "{key} is chosen already: leave out the '+'"),
    (
        lazy(r"Could not delete.*'(?P<key>[^']+)' does not exist", re.S),
        "~{key}: there is no such parameter to leave out",
    ),
    (
        lazy(r"Could not delete.* value of '(?P<key>[^']+)' is (?P<value>.*) and not", re.S),
        "~{key}: its value is {value}; leave out the value: ~{key}",
    ),
)
"""Our text for messages of Hydra that match a pattern; other messages are shown unchanged."""


def unreadable(error: OverrideParseException, words: Sequence[str]) -> str:
    """Return the line for an override that the grammar cannot parse; `words` are the command line."""
    call = _REFUSED_CALL.search(str(error))
    if call and call["function"] in FUNCTIONS:
        return f"cannot read {error.override!r}: {call['reason']}"
    if error.override not in words:
        words = [error.override]
    return mistyped(words, list(words).index(error.override))


def hydra_line(error: BaseException) -> str:
    """Return the line for an error that is neither a parse error nor an error of OmegaConf."""
    text = str(error)
    if isinstance(error, MissingConfigException):
        return _missing_config(error, text)
    if isinstance(error, RecursionError):
        return "the configuration refers to itself in a circle"
    if isinstance(error, KeyError):
        return f"{error} is not there"
    for pattern, sentence in _SENTENCES:
        if match := pattern.search(text):
            return sentence.format(**match.groupdict())
    return text.replace(".\nTo append to your default list", "; to append to it") or repr(error)


def _missing_config(error: MissingConfigException, text: str) -> str:
    missing, options = (
        error.missing_cfg_file,
        [one for one in error.options or () if not one.startswith("base_")],
    )
    if not missing or not options:
        return text.split("\n")[0]
    option = missing.rpartition("/")[2]
    if not option:
        return f"{missing!r} names no option; there is {', '.join(options)}"
    return f"Could not find {missing!r}{did_you_mean(option, options)}; there is {', '.join(options)}"
