"""The points of a grid, one after another, each as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from sweeper.compose.base import Base, in_place
from sweeper.compose.column import Column, column, data_of
from sweeper.compose.deferred import Deferred, resolve
from sweeper.compose.grid import Axis, Entry, Grid
from sweeper.compose.session import Loaded, Session


@dataclass(frozen=True, slots=True)
class Point:
    """One point: the whole resolved configuration, and the option that each of its config groups has.

    Several options, as in `db=[a,b]`, are a list, and only if an override chose them: Hydra records none.
    `overrides` are those that lead to it, in the order given; `deferred` are the keys of `data` whose
    value depends on the run; `names_run_dir`: the configuration or an
    override sets `hydra.run.dir`.
    """

    data: dict[str, Any]
    choices: Mapping[str, Any]
    overrides: tuple[str, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    names_run_dir: bool = False


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
        self._texts_of: dict[Axis, list[str]] = {}
        self._may_choose_several = any(map(_may_choose_several, grid.entries))
        self._several_of: dict[str, dict[str, list[str]]] = {}

    def make(self, positions: Mapping[Axis, int]) -> Point:
        base = self._base(positions) if self._fast else None
        overrides = self._texts(positions, values=True)
        if base is None:
            loaded = self._session.load(overrides)
            loaded.activate()
            data, deferred = resolve(loaded.cfg, self._session.uses)
            return Point(
                data, self._choices(loaded, overrides), tuple(overrides), deferred, loaded.names_run_dir
            )
        data, deferred = base.point(positions)
        return Point(data, self._choices(base, overrides), tuple(overrides), deferred, base.names_run_dir)

    def _choices(self, one: Loaded | Base, overrides: Sequence[str]) -> Mapping[str, Any]:
        if not self._may_choose_several:
            return one.choices
        several: dict[str, list[str]] = {}
        for text in overrides:
            several |= self._several(text)
        return {**one.choices, **several} if several else one.choices

    def _several(self, text: str) -> dict[str, list[str]]:
        """The options of the group of which an override chooses several; parsed once, as texts are."""
        if text not in self._several_of:
            name, _, options = text.lstrip("+").partition("=")
            chosen = options.lstrip().startswith("[") and self._session.options(name.partition("@")[0])
            value = OverridesParser.create().parse_override(text).value() if chosen else None
            self._several_of[text] = {name: list(map(str, data_of(value)))} if chosen else {}
        return self._several_of[text]

    def _base(self, positions: Mapping[Axis, int]) -> Base | None:
        choice = tuple(positions[axis] for axis in self._groups)
        if choice not in self._bases:
            base = Base(self._load(positions), self._values, self._session.uses)
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
            entry if isinstance(entry, str) else self._text(entry, positions[entry])
            for entry in self._grid.entries
            if isinstance(entry, str) or entry.group or values
        ]

    def _text(self, axis: Axis, at: int) -> str:
        """One value of an axis as an override; parsed once, however many points have it."""
        if axis not in self._texts_of:
            self._texts_of[axis] = [self._columns[axis].text(each) for each in range(axis.size)]
        return self._texts_of[axis][at]


def _may_choose_several(entry: Entry) -> bool:
    return "[" in entry if isinstance(entry, str) else entry.group
