"""Plans which overrides of a grid can be applied to a composed configuration without composing it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hydra.core.override_parser.types import Override, OverrideType, ValueType

from sweeper.compose.column import Column
from sweeper.compose.grid import Axis, Grid
from sweeper.compose.session import Session
from sweeper.core.patterns import lazy

_KEY = lazy(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
_SETS = (OverrideType.CHANGE, OverrideType.FORCE_ADD)

Keys = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Change:
    """An override of one key: fixed (`axis` is None), or with a value for each position of an axis."""

    path: Keys
    override: Override
    values: Sequence[Any]
    axis: Axis | None = None

    def at(self, positions: Mapping[Axis, int]) -> Override:
        """Return the override that sets the value of a point."""
        if self.axis is None:
            return self.override
        return replace(self.override, _value=self.values[positions[self.axis]])

    @cached_property
    def is_set(self) -> bool:
        """Whether it replaces the old value by a scalar, whatever the old value is."""
        return self.override.type in _SETS and not any(isinstance(v, list | dict) for v in self.values)

    @cached_property
    def has_interpolation(self) -> bool:
        return any("${" in repr(value) for value in self.values)


@dataclass(frozen=True)
class ChangePlan:
    """The changes to apply to a composed configuration; Hydra applies all other overrides when it composes.

    Attributes:
        changes: the changes in the order given.
        late: the fixed overrides among the changes.
        passed: the keys of fixed overrides that are applied when composing, although they follow a change.
    """

    changes: tuple[Change, ...]
    late: frozenset[str]
    passed: tuple[Keys, ...]


def plan_changes(session: Session, grid: Grid, columns: Mapping[Axis, Column]) -> ChangePlan | None:
    """Return the changes to apply to a composed configuration; None if Hydra has to compose every point."""
    changes: list[Change] = []
    passed: list[Keys] = []
    late: list[str] = []
    for entry in grid.entries:
        if isinstance(entry, Axis):
            if entry.group:
                continue
            change = _of_axis(session, columns[entry])
        elif not changes:
            continue  # Hydra applies it before all changes anyway
        else:
            (override,) = session.parse([entry])
            if _is_composed(session, override):
                continue
            change = _of_fixed(session, override)
            if change and _commutes(change, changes):
                passed.append(change.path)
                continue
            late.append(entry)
        if change is None:
            return None
        changes.append(change)
    return ChangePlan(tuple(changes), frozenset(late), tuple(passed))


def overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one of the paths is a prefix of the other."""
    return all(a == b for a, b in zip(one, other, strict=False))


def _of_axis(session: Session, column: Column) -> Change | None:
    axis = column.axis
    if axis.element.lstrip("+") != axis.key or not _KEY.fullmatch(axis.key):
        return None
    # Hydra merges a dict into the configuration even if its key is that of a group.
    if session.is_group(axis.key) and not all(isinstance(value, dict) for value in column.values):
        return None
    (override,) = session.parse([column.text(0)])
    if override.key_or_group != axis.key:
        return None  # an alias
    element = replace(override, value_type=ValueType.ELEMENT)
    return Change(tuple(axis.key.split(".")), element, column.values, axis)


def _of_fixed(session: Session, override: Override) -> Change | None:
    key = override.key_or_group
    if override.package is not None or not _KEY.fullmatch(key):
        return None
    # Hydra 1.4: `~name` drops a config `name` from the defaults list, too.
    if override.is_delete() and key in session.options(""):
        return None
    return Change(tuple(key.split(".")), override, [override.value()])


def _is_composed(session: Session, override: Override) -> bool:
    """Whether the override sets a key of Hydra or chooses an option: Hydra applies these before values."""
    if override.key_or_group.split("/")[0].split(".")[0] == "hydra":
        return True
    return session.is_group(override.key_or_group) and not isinstance(override.value(), dict)


def _commutes(change: Change, earlier: Sequence[Change]) -> bool:
    """Whether a change can precede earlier ones: it reads and adds nothing, and sets none of their keys."""
    return (
        change.override.type is OverrideType.CHANGE
        and change.is_set
        and not any(key.isdigit() for key in change.path)  # it may be an entry of a list
        and not any(overlap(change.path, other.path) for other in earlier)
    )
