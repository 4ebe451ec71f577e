"""A rule for a setting that holds texts by name, such as variables or labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.setting_rules import Expand, Rule
from sweeper.core.values import render_value


@dataclass(frozen=True, kw_only=True)
class Entries(Rule):
    """What names and values must be, as texts: `read` makes a text of a number.

    Attributes:
        name: the rule for a name.
        value: the rule for a value, rendered as a text.
        is_ours: is it a name that cvsweep itself sets?
    """

    name: Rule
    value: Rule
    is_ours: Callable[[str], Any]

    def read(self, where: str, value: Any, expand: Expand) -> dict[str, str]:
        """The entries as texts. An entry that is null is left out, so a configuration can take one back."""
        given = {} if value is None else value
        if not self.accepts(given):
            raise UsageError(f"{where} must hold {self.sentence}, not {given!r}")
        entries = {name: one for name, one in given.items() if one is not None}
        for name, one in entries.items():
            self._check(where, name, one)
        return {name: render_value(one) for name, one in entries.items()}

    def _check(self, where: str, name: str, value: Any) -> None:
        if not self.name.accepts(name):
            raise UsageError(f"{where}: {name!r} is not {self.name.sentence}")
        if self.is_ours(name):
            raise UsageError(f"{where}.{name}: this name is cvsweep's own; choose another")
        if isinstance(value, list | dict) or not self.value.accepts(render_value(value)):
            raise UsageError(f"{where}.{name} must be {self.value.sentence}, not {value!r}")


def entries(
    name: Rule, value: Rule, is_ours: Callable[[str], Any] = lambda name: False, *, texts_only: bool = False
) -> Entries:
    """Texts by name.

    Args:
        texts_only: Hydra's schema already makes a text of every value; then `true` becomes the text "True",
            and no entry can be null.
    """
    return Entries(
        lambda given: isinstance(given, dict),
        "names and values",
        written=None if texts_only else dict[str, Any],
        name=name,
        value=value,
        is_ours=is_ours,
    )
