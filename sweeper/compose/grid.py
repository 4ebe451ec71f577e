"""The grid: its axes, its number of points, and their order. No point is composed here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    IntervalSweep,
    Override,
    RangeSweep,
)

from sweeper.compose.errors import guarded
from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.settings import RESERVED

_COUNTED = 100_000

NOT_SWEPT = tuple(section for section in RESERVED if section != "task")
"""Sections of settings that apply to the whole sweep; `task` applies to a trial and may vary."""


@dataclass(frozen=True, eq=False)
class Axis:
    """One swept override.

    Attributes:
        element: its left side (`lr`, `+lr`, `model@net`).
        key: the key or the group.
        group: whether it chooses options of a config group.
        size: the number of its values.
        elements: returns the values as elements of Hydra's grammar.
    """

    element: str
    key: str
    group: bool
    size: int
    elements: Callable[[], list[Any]]

    @property
    def name(self) -> str:
        return self.element.lstrip("+~")


Entry = str | Axis


class Options(Protocol):
    """Returns the options of a config group; with `own`, without cvsweep's if the project has the group."""

    def __call__(self, group: str, *, own: bool = False) -> list[str]: ...


@dataclass(frozen=True)
class Grid:
    """All overrides of a sweep.

    Attributes:
        entries: fixed overrides (texts) and axes, in order.
        dimensions: the axes of each dimension, which vary together; most dimensions have one axis.
    """

    entries: tuple[Entry, ...]
    dimensions: tuple[tuple[Axis, ...], ...]

    @property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Axis))

    @property
    def size(self) -> int:
        return math.prod(dimension[0].size for dimension in self.dimensions)

    def points(self) -> Iterator[dict[Axis, int]]:
        """Yield every point as a position on each axis; the last dimension varies fastest."""
        for positions in itertools.product(*(range(dimension[0].size) for dimension in self.dimensions)):
            yield {
                axis: at
                for dimension, at in zip(self.dimensions, positions, strict=True)
                for axis in dimension
            }


def read_entries(overrides: Sequence[Override], options: Options) -> tuple[Entry, ...]:
    """Return fixed overrides and axes; a later override of the same key replaces an earlier one."""
    entries: dict[str, Entry] = {}
    for override in overrides:
        element = override.get_key_element()
        entries[element] = _axis(override, options) if override.is_sweep_override() else text_of(override)
    return tuple(entries.values())


def make_grid(entries: tuple[Entry, ...], zipped: Sequence[Sequence[str]]) -> Grid:
    """Make the grid, in which the axes that `sweep.zip` names together are one dimension."""
    axes = [entry for entry in entries if isinstance(entry, Axis)]
    named = {axis.name: axis for axis in axes}
    together: dict[Axis, tuple[Axis, ...]] = {}
    for names in zipped:
        bundle = tuple(_zipped_axis(name, named) for name in names)
        _check_bundle(bundle, together)
        together |= dict.fromkeys(bundle, bundle)
    dimensions = dict.fromkeys(together.get(axis, (axis,)) for axis in axes)
    return Grid(entries, tuple(dimensions))


def check_size(grid: Grid, most: int) -> None:
    """Refuse an empty grid, or one with more than `most` points, before any point is composed."""
    empty = [axis.name for axis in grid.axes if axis.size == 0]
    if empty:
        raise UsageError(f"the grid has no points: {empty[0]} has no values")
    if grid.size > most:
        sizes = " × ".join(f"{'+'.join(a.name for a in d)} {d[0].size:,}" for d in grid.dimensions)
        raise UsageError(
            f"the grid has {grid.size:,} points ({sizes}), more than sweep.max_trials={most:,};"
            f" to run them all give sweep.max_trials={grid.size}"
        )


def text_of(override: Override) -> str:
    """Return the override as it was written."""
    assert override.input_line is not None
    return override.input_line


def _axis(override: Override, options: Options) -> Axis:
    element, key = override.get_key_element(), override.key_or_group
    section = key.replace("/", ".").split(".")[0]
    if section in NOT_SWEPT:
        raise UsageError(f"{key}: {section!r} holds for the whole sweep and cannot vary inside it")
    if override.is_delete():
        raise UsageError(f"{override.input_line}: a deletion cannot vary")
    there = options(key)
    size, elements = _elements(override, lambda: options(key, own=True))
    # Hydra merges a dict into the configuration even if its key is that of a group.
    group = bool(there) and not _holds_dict(override)
    return Axis(element, key, group, size, elements)


def _elements(override: Override, options: Callable[[], list[str]]) -> tuple[int, Callable[[], list[Any]]]:
    value: Any = override.value()
    if isinstance(value, IntervalSweep):
        raise UsageError(f"{override.input_line}: an interval has no list of values; use range or choice")
    if isinstance(value, Glob):
        names = value.filter(options())
        return len(names), lambda: list(names)
    if isinstance(value, ChoiceSweep):
        return len(value.list), lambda: list(override.sweep_iterator())
    assert isinstance(value, RangeSweep)
    with guarded(str(override.input_line)):
        return _range_size(value), lambda: list(override.sweep_iterator())


def _holds_dict(override: Override) -> bool:
    value: Any = override.value()
    return isinstance(value, ChoiceSweep) and any(isinstance(element, dict) for element in value.list)


def _range_size(value: RangeSweep) -> int:
    numbers: Any = value.range()
    if isinstance(numbers, range):
        return len(numbers)
    if numbers.step == 0 or not all(n.is_finite() for n in (numbers.start, numbers.stop, numbers.step)):
        raise ValueError("a range needs finite ends and a step that is not zero")
    size = max(0, math.ceil((numbers.stop - numbers.start) / numbers.step))
    # In Hydra 1.3 rounding errors add up: a size that may be used is counted, not computed.
    return size if size > _COUNTED else sum(1 for _ in numbers)


def _zipped_axis(name: str, axes: dict[str, Axis]) -> Axis:
    if name not in axes:
        raise UsageError(f"sweep.zip names {name}, which the grid does not vary{did_you_mean(name, axes)}")
    return axes[name]


def _check_bundle(bundle: tuple[Axis, ...], earlier: Mapping[Axis, tuple[Axis, ...]]) -> None:
    twice = [axis.name for axis in bundle if axis in earlier or bundle.count(axis) > 1]
    if twice:
        raise UsageError(f"sweep.zip names {twice[0]} more than once")
    if len({axis.size for axis in bundle}) > 1:
        sizes = ", ".join(f"{axis.name} has {axis.size:,} values" for axis in bundle)
        raise UsageError(f"sweep.zip varies {' and '.join(a.name for a in bundle)} together, but {sizes}")
