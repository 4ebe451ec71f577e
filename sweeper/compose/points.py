"""The points of a grid, one after another, each as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sweeper.compose.base import Base, in_place
from sweeper.compose.column import Column, column
from sweeper.compose.grid import Axis, Grid
from sweeper.compose.plain import resolved
from sweeper.compose.session import Loaded, Session


@dataclass(frozen=True, slots=True)
class Point:
    """One point: the whole resolved configuration, and the options that its groups have."""

    data: dict[str, Any]
    choices: Mapping[str, Any]


def points(session: Session, grid: Grid, master: Loaded) -> Iterator[Point]:
    """Every point in the grid's order, as Hydra would compose it."""
    columns = {axis: column(axis) for axis in grid.axes}
    maker = _Maker(session, grid, columns, master)
    return (maker.make(positions) for positions in grid.points())


class _Maker:
    def __init__(self, session: Session, grid: Grid, columns: Mapping[Axis, Column], master: Loaded) -> None:
        self._session = session
        self._grid = grid
        self._columns = columns
        self._master = master
        self._values = [c for c in columns.values() if not c.axis.group]
        self._groups = [axis for axis in grid.axes if axis.group]
        self._fast = in_place(self._values, self._fixed_keys())
        self._bases: dict[tuple[int, ...], Base | None] = {}

    def make(self, positions: Mapping[Axis, int]) -> Point:
        base = self._base(positions) if self._fast else None
        if base is None:
            loaded = self._session.load(self._texts(positions, values=True))
            loaded.activate()
            return Point(resolved(loaded.cfg), loaded.choices)
        return Point(base.point(positions), base.choices)

    def _base(self, positions: Mapping[Axis, int]) -> Base | None:
        choice = tuple(positions[axis] for axis in self._groups)
        if choice not in self._bases:
            base = Base(self._load(positions), self._values)
            self._bases[choice] = base if base.supports() else None
        return self._bases[choice]

    def _load(self, positions: Mapping[Axis, int]) -> Loaded:
        texts = self._texts(positions, values=False)
        complete = "???" not in self._master.choices.values()
        same = complete and tuple(texts) == self._master.overrides
        return self._master if same else self._session.load(texts)

    def _fixed_keys(self) -> list[str]:
        """What fixed overrides set after the groups are composed."""
        texts = [entry for entry in self._grid.entries if isinstance(entry, str)]
        keys = [text.lstrip("+~").partition("=")[0] for text in texts]
        return [key for key in keys if "@" not in key and not self._session.options(key)]

    def _texts(self, positions: Mapping[Axis, int], *, values: bool) -> list[str]:
        """The overrides of a point, in the order given; without those that are set in place."""
        return [
            self._columns[entry].text(positions[entry]) if isinstance(entry, Axis) else entry
            for entry in self._grid.entries
            if isinstance(entry, str) or entry.group or values
        ]
