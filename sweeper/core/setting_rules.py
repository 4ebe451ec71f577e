"""Rules for the values of settings, each with a sentence for error messages and docs/settings.md.

`optional(at_least(1))` has the sentence "at least 1, or null". Patterns in rules are compiled when the first
value is checked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

Expand = Callable[[str, str], str]
"""Expands a path like a shell; the first argument is the name of its setting, for error messages."""


@dataclass(frozen=True)
class Rule:
    """What the value of a setting must be.

    Attributes:
        holds: whether a value is valid; a TypeError or AttributeError counts as False.
        sentence: the condition as text, to follow "must be".
        choices: the accepted words, if they can be listed.
        written: the type for Hydra's schema, if a user may write another type than that of the setting and
            `read` converts it.
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
            return False  # a configuration may contain values of any type

    def read(self, where: str, value: Any, expand: Expand) -> Any:
        """Return the value as stored in the settings; UsageError, which names `where`, if it is invalid."""
        if not self.accepts(value):
            raise UsageError(f"{where} must be {self.sentence}, not {value!r}")
        return value


class OwnPath(Rule):
    """A path of this machine, in which `~` and `$NAME` are expanded as in a shell."""

    def read(self, where: str, value: Any, expand: Expand) -> Any:
        """Return the expanded path."""
        return super().read(where, expand(where, value) if isinstance(value, str) else value, expand)


def own_path(rule: Rule) -> Rule:
    """Return the rule for a path that is expanded before the check."""
    return OwnPath(rule.holds, rule.sentence)


def at_least(least: float, unit: str = "") -> Rule:
    """Return the rule for a finite number of at least `least`."""
    return Rule(lambda number: least <= number < math.inf, _quantity(f"at least {least}", unit))


def more_than(least: float, unit: str = "") -> Rule:
    """Return the rule for a finite number greater than `least`."""
    return Rule(lambda number: least < number < math.inf, _quantity(f"more than {least}", unit))


def one_of(*list_of_texts: str) -> Rule:
    """Return the rule for one of these words, of which there are at least two."""
    return Rule(lambda word: word in list_of_texts, _either(list_of_texts), list_of_texts)


def optional(rule: Rule, meaning: str = "") -> Rule:
    """Return the rule that also accepts null; `meaning` is what null stands for, as in "for your own"."""
    if rule.choices:
        sentence = _either((*rule.choices, "null"))
    else:
        sentence = f"{rule.sentence}, or null{meaning and ' '}{meaning}"
    return replace(rule, holds=lambda value: value is None or rule.holds(value), sentence=sentence)


def filled(sentence: str) -> Rule:
    """Return the rule for a text of at least one character."""
    return Rule(bool, sentence)


def full_path(sentence: str) -> Rule:
    """Return the rule for an absolute path."""
    return Rule(lambda path: path.startswith("/"), sentence)


def matching(pattern: str, sentence: str) -> Rule:
    """Return the rule for a text that the regular expression matches as a whole."""
    compiled = lazy(pattern)
    return Rule(lambda text: compiled.fullmatch(text) is not None, sentence)


def list_of_texts(sentence: str) -> Rule:
    """Return the rule for a list of texts."""
    return Rule(lambda found: all(isinstance(word, str) for word in found), sentence)


def _quantity(amount: str, unit: str) -> str:
    return f"{amount} {unit}" if unit else amount


def _either(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


UMASK = optional(matching("0?0[0-7]{2}", 'three octal digits in quotes, the first 0, as in "007"'))
"""A umask that leaves the owner all permissions. Unquoted, YAML reads 027 as a number with other digits."""
