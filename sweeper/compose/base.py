"""One composed configuration, and the points that differ from it in values alone.

Hydra needs a tenth of a second for a point. Here it composes once for each choice of groups. A
point then is a patched copy of the plain data; where an interpolation may read a swept key, the one
configuration is updated in place and only the live leaves are read again. What this cannot
reproduce exactly (`supports` says so) goes through Hydra, point by point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from omegaconf import DictConfig, ListConfig, OmegaConf

from sweeper.compose.column import Column
from sweeper.compose.deferred import Deferred, deferred, resolve
from sweeper.compose.errors import guarded
from sweeper.compose.grid import Axis
from sweeper.compose.plain import Path, json_path, live_leaves, read, replace, spell, walk
from sweeper.compose.resolvers import Uses
from sweeper.compose.session import Loaded

_KEY = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
# What Hydra writes into its own node for each point: only Hydra can tell.
_HYDRA_OF_THE_POINT = re.compile(r"hydra:\s*(job|overrides)\b")


def in_place(columns: Sequence[Column], fixed: Sequence[str]) -> bool:
    """Whether these axes, as far as their text shows, can be set on a composed configuration.

    `fixed` are the keys of overrides that Hydra applies itself: an axis that touches one of them
    would depend on the order.
    """
    keys = [column.axis.key for column in columns]
    return all(_can_be_set(column) for column in columns) and not any(
        _overlap(key, other) for at, key in enumerate(keys) for other in [*keys[at + 1 :], *fixed]
    )


class Base:
    """A configuration for one choice of groups, and the plain data of points in it."""

    def __init__(self, loaded: Loaded, columns: Sequence[Column], uses: Uses) -> None:
        self.choices = loaded.choices
        self.names_run_dir = loaded.names_run_dir
        self._uses = uses
        self._loaded = loaded
        self._cfg = loaded.cfg
        self._columns = columns
        self._converted: dict[tuple[Axis, int], Any] = {}
        self._paths = {column.axis: tuple(column.axis.key.split(".")) for column in columns}
        self._live: list[_Leaf] | None = None
        self._data: dict[str, Any] = {}
        self._at: dict[Axis, int] = {}

    def supports(self) -> bool:
        """Whether points made here equal Hydra's: every key is there as itself, and nobody's child."""
        leaves = live_leaves(self._cfg)
        if any(_HYDRA_OF_THE_POINT.search(text) for _, text in leaves):
            return False
        for column in self._columns:
            own = self._paths[column.axis]
            if any(path[: len(own)] == own for path, _ in leaves):
                return False
            if not _is_own(self._cfg, own, column.values):
                return False
        return True

    def point(self, positions: Mapping[Axis, int]) -> tuple[dict[str, Any], tuple[Deferred, ...]]:
        """The whole resolved configuration of a point, and those of its values that depend on the run.

        Never change the data: points share their parts.
        """
        if self._live is None:
            return self._first(positions)
        data = self._data
        if self._live:
            self._set(positions)
        for column in self._columns:
            data = replace(data, self._paths[column.axis], self._value(column, positions[column.axis]))
        if not self._live:
            return data, ()
        found = []
        with guarded():
            for leaf in self._live:
                self._uses.clear()
                data = replace(data, leaf.path, read(leaf.parent, leaf.key))
                self._uses.secrets.look(spell(leaf.path))
                if self._uses:
                    found.append(deferred(leaf.path, leaf.text, self._uses))
        self._uses.secrets.check()
        return data, tuple(found)

    def _first(self, positions: Mapping[Axis, int]) -> tuple[dict[str, Any], tuple[Deferred, ...]]:
        self._set(positions)
        self._loaded.activate()
        self._data, found = resolve(self._cfg, self._uses)
        self._live = [_leaf(self._cfg, path, text) for path, text in live_leaves(self._cfg)]
        return self._data, found

    def _set(self, positions: Mapping[Axis, int]) -> None:
        """Move the one configuration to a point; only what differs from where it is."""
        for column in self._columns:
            at = positions[column.axis]
            if self._at.get(column.axis) != at:
                self._convert(column, at)
        if self._live:
            self._loaded.activate()

    def _value(self, column: Column, at: int) -> Any:
        key = (column.axis, at)
        if key not in self._converted:
            self._convert(column, at)
        return self._converted[key]

    def _convert(self, column: Column, at: int) -> None:
        """Let OmegaConf check and convert a value, exactly as Hydra would have it."""
        axis = column.axis
        with guarded():
            OmegaConf.update(self._cfg, axis.key, column.values[at], merge=True)
            self._at[axis] = at
            if (axis, at) not in self._converted:
                path = self._paths[axis]
                self._converted[axis, at] = read(walk(self._cfg, path[:-1]), path[-1])


class _Leaf(NamedTuple):
    """A value that is read again for each point: where it goes in the data, and where it comes from."""

    path: Path
    parent: DictConfig | ListConfig
    key: Any
    text: str


def _leaf(cfg: DictConfig, path: Path, text: str) -> _Leaf:
    return _Leaf(json_path(cfg, path), walk(cfg, path[:-1]), path[-1], text)


def _can_be_set(column: Column) -> bool:
    axis = column.axis
    named = axis.element == axis.key and _KEY.fullmatch(axis.key) is not None
    return named and all(_settable(value) for value in column.values)


def _settable(value: Any) -> bool:
    """A dict merges, an interpolation lives: neither is a value that could simply be put there."""
    if isinstance(value, list):
        return all(_settable(inner) for inner in value)
    return not isinstance(value, dict) and not (isinstance(value, str) and "${" in value)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _is_own(cfg: DictConfig, path: tuple[str, ...], values: Sequence[Any]) -> bool:
    at: Any = cfg
    for part in path:
        if not isinstance(at, DictConfig) or at._is_none() or at._is_missing() or part not in at.keys():  # noqa: SIM118  # `in` is false for a missing value
            return False
        if OmegaConf.is_interpolation(at, part):
            return False
        at = at._get_node(part)
    return not (isinstance(at, DictConfig) and any(isinstance(value, list) for value in values))
