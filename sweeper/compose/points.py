"""The points of a grid, one after another, each as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from sweeper.compose.base_config import Base
from sweeper.compose.changes import plan_changes
from sweeper.compose.column import Column, column, data_of
from sweeper.compose.deferred import Deferred, resolve
from sweeper.compose.errors import PresenceError
from sweeper.compose.grid import Axis, Entry, Grid
from sweeper.compose.lacking import some_lack
from sweeper.compose.regions import NotIndependentError
from sweeper.compose.session import Loaded, Session
from sweeper.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a grid.

    Attributes:
        data: the whole resolved configuration.
        choices: the option of each config group; a list for several options, as in `db=[a,b]`, if an override
            chose them (Hydra does not record such choices).
        overrides: the overrides of the point, in the order given.
        deferred: the keys of `data` whose values depend on the run.
        names_run_dir: whether the configuration or an override sets `hydra.run.dir`.
    """

    data: dict[str, Any]
    choices: Mapping[str, Any]
    overrides: tuple[str, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    names_run_dir: bool = False


def points(session: Session, grid: Grid, master: Loaded) -> Iterator[Point]:
    """Yield every point in the order of the grid, as Hydra would compose it.

    Args:
        session: the open session.
        grid: the grid.
        master: the configuration with only the fixed overrides.
    """
    columns = {axis: column(axis) for axis in grid.axes}
    maker = _Maker(session, grid, columns, master)
    return (maker.make(positions) for positions in grid.points())


class _Maker:
    def __init__(self, session: Session, grid: Grid, columns: Mapping[Axis, Column], master: Loaded) -> None:
        self._session = session
        self._grid = grid
        self._columns = columns
        self._master = master
        self._groups = [axis for axis in grid.axes if axis.group]
        self._plan = plan_changes(session, grid, columns) if session.apply else None
        self._bases: dict[tuple[int, ...], Base | None] = {}
        self._texts_of: dict[Axis, list[str]] = {}
        self._may_choose_several = any(map(_may_choose_several, grid.entries))
        self._several_of: dict[str, dict[str, list[str]]] = {}

    def make(self, positions: Mapping[Axis, int]) -> Point:
        overrides = tuple(self._texts(positions, values=True))
        return self._quick(positions, overrides) or self._composed(positions, overrides)

    def _quick(self, positions: Mapping[Axis, int], overrides: tuple[str, ...]) -> Point | None:
        """Make the point without composing it; None if Hydra must, also to give its better error message."""
        choice = tuple([positions[axis] for axis in self._groups])
        try:
            if choice not in self._bases:
                self._bases[choice] = self._base(positions)
            base = self._bases[choice]
            if base is None:
                return None
            data, deferred = base.point(positions)
        except (NotIndependentError, UsageError):
            self._bases[choice] = None
            return None
        return Point(data, self._choices(base, overrides), overrides, deferred, base.names_run_dir)

    def _composed(self, positions: Mapping[Axis, int], overrides: tuple[str, ...]) -> Point:
        """Compose the point with Hydra."""
        try:
            loaded = self._session.load(overrides)
        except PresenceError as error:
            text = some_lack(self._session, self._alternatives(positions), overrides, error.key)
            raise UsageError(text) if text else error from error
        loaded.activate()
        data, deferred = resolve(loaded.cfg, self._session.uses)
        return Point(data, self._choices(loaded, overrides), overrides, deferred, loaded.names_run_dir)

    def _choices(self, one: Loaded | Base, overrides: Sequence[str]) -> Mapping[str, Any]:
        if not self._may_choose_several:
            return one.choices
        several: dict[str, list[str]] = {}
        for text in overrides:
            several |= self._several(text)
        return {**one.choices, **several} if several else one.choices

    def _several(self, text: str) -> dict[str, list[str]]:
        """Return the group and its options if an override chooses several; each text is parsed only once."""
        if text not in self._several_of:
            name, _, options = text.lstrip("+").partition("=")
            chosen = options.lstrip().startswith("[") and self._session.options(name.partition("@")[0])
            value = OverridesParser.create().parse_override(text).value() if chosen else None
            self._several_of[text] = {name: list(map(str, data_of(value)))} if chosen else {}
        return self._several_of[text]

    def _base(self, positions: Mapping[Axis, int]) -> Base | None:
        if self._plan is None or self._session.apply is None:
            return None
        texts = self._texts(positions, values=False)
        complete = "???" not in self._master.choices.values()
        same = complete and tuple(texts) == self._master.overrides
        loaded = self._master if same else self._session.load(texts)
        return Base(loaded, self._plan, self._session.uses, self._session.apply)

    def _texts(self, positions: Mapping[Axis, int], *, values: bool) -> list[str]:
        """Return the overrides of a point in order; without `values`, only those to compose its base."""
        late = self._plan.late if self._plan and not values else ()
        return [
            entry if isinstance(entry, str) else self._text(entry, positions[entry])
            for entry in self._grid.entries
            if (entry not in late if isinstance(entry, str) else entry.group or values)
        ]

    def _alternatives(self, positions: Mapping[Axis, int]) -> Iterator[dict[str, str]]:
        """Yield for each swept group all its overrides, each with the one of this point that it replaces."""
        for axis in self._groups:
            here = self._text(axis, positions[axis])
            yield {self._text(axis, at): here for at in range(axis.size)}

    def _text(self, axis: Axis, at: int) -> str:
        """Return one value of an axis as an override; each is made only once for all points."""
        if axis not in self._texts_of:
            self._texts_of[axis] = [self._columns[axis].text(each) for each in range(axis.size)]
        return self._texts_of[axis][at]


def _may_choose_several(entry: Entry) -> bool:
    return "[" in entry if isinstance(entry, str) else entry.group
