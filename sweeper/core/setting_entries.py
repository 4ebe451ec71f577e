"""A rule for a setting that maps names to texts, such as environment variables or labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.setting_rules import Expand, Rule
from sweeper.core.values import render_value


@dataclass(frozen=True, kw_only=True)
class Entries(Rule):
    """The rules for names and values; `read` converts numbers to texts.

    Attributes:
        name: the rule for a name.
        value: the rule for a value, formatted as text.
        is_ours: whether cvsweep itself sets an entry of this name.
    """

    name: Rule
    value: Rule
    is_ours: Callable[[str], Any]

    def read(self, where: str, value: Any, expand: Expand) -> dict[str, str]:
        """Return the entries as texts. A null entry is left out, so that a configuration can remove one."""
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
    """Return the rule for a mapping of names to texts.

    Args:
        name: the rule for a name.
        value: the rule for a value, formatted as text.
        is_ours: whether cvsweep itself sets an entry of this name.
        texts_only: Hydra's schema already converts every value to text; then `true` becomes the text "True",
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
