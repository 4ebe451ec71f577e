"""Rules for the value of a setting, each with its sentence: what an error message and docs/settings.md say.

`optional(at_least(1))` has the sentence "at least 1, or null". Rules hold no compiled pattern before the
first value is checked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

Expand = Callable[[str, str], str]
"""Reads a path as a shell would; the first argument is the name of its setting, for an error."""


@dataclass(frozen=True)
class Rule:
    """What the value of a setting must be.

    Attributes:
        holds: is it true of a value? A TypeError or AttributeError counts as no.
        sentence: the same as text, after "must be".
        choices: the words to choose from, if there are only some.
        written: the type of what a person may write, for Hydra's schema, if `read` makes the setting's own
            type of it.
    """

    holds: Callable[[Any], Any]
    sentence: str
    choices: tuple[str, ...] = ()
    written: Any = None

    def worded(self, sentence: str) -> Rule:
        """Return the same rule with another `sentence`."""
        return replace(self, sentence=sentence)

    def accepts(self, value: Any) -> bool:
        """Whether the rule holds for the value, which may have any type."""
        try:
            return bool(self.holds(value))
        except (TypeError, AttributeError):
            return False  # a configuration need not start from our types

    def read(self, where: str, value: Any, expand: Expand) -> Any:
        """The value as the settings hold it. UsageError, naming `where`, if it breaks the rule."""
        if not self.accepts(value):
            raise UsageError(f"{where} must be {self.sentence}, not {value!r}")
        return value


class OwnPath(Rule):
    """A path of this machine: `~` and `$NAME` stand for what they mean in a shell."""

    def read(self, where: str, value: Any, expand: Expand) -> Any:
        """The path with them replaced."""
        return super().read(where, expand(where, value) if isinstance(value, str) else value, expand)


def own_path(rule: Rule) -> Rule:
    """The rule for a path that a shell would read first."""
    return OwnPath(rule.holds, rule.sentence)


def at_least(least: float, unit: str = "") -> Rule:
    """A finite number, `least` or more."""
    return Rule(lambda number: least <= number < math.inf, _quantity(f"at least {least}", unit))


def more_than(least: float, unit: str = "") -> Rule:
    """A finite number, and not `least` itself."""
    return Rule(lambda number: least < number < math.inf, _quantity(f"more than {least}", unit))


def one_of(*list_of_texts: str) -> Rule:
    """One of these words, of which there are at least two."""
    return Rule(lambda word: word in list_of_texts, _either(list_of_texts), list_of_texts)


def optional(rule: Rule, meaning: str = "") -> Rule:
    """A value for the rule, or null; `meaning` is what null stands for, as in "for your own"."""
    if rule.choices:
        sentence = _either((*rule.choices, "null"))
    else:
        sentence = f"{rule.sentence}, or null{meaning and ' '}{meaning}"
    return replace(rule, holds=lambda value: value is None or rule.holds(value), sentence=sentence)


def filled(sentence: str) -> Rule:
    """A text of at least one character."""
    return Rule(bool, sentence)


def full_path(sentence: str) -> Rule:
    """A path that begins at the root."""
    return Rule(lambda path: path.startswith("/"), sentence)


def matching(pattern: str, sentence: str) -> Rule:
    """A text that matches the regular expression as a whole."""
    compiled = lazy(pattern)
    return Rule(lambda text: compiled.fullmatch(text) is not None, sentence)


def list_of_texts(sentence: str) -> Rule:
    """A list of texts."""
    return Rule(lambda found: all(isinstance(word, str) for word in found), sentence)


def _quantity(amount: str, unit: str) -> str:
    return f"{amount} {unit}" if unit else amount


def _either(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


UMASK = optional(matching("0?0[0-7]{2}", 'three octal digits in quotes, the first 0, as in "007"'))
"""A umask that leaves the owner all rights. YAML reads an unquoted 027 as a number: that has other digits."""
