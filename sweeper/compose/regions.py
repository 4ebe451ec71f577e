"""The regions of a configuration: the parts that changes can modify, each independent of the rest.

A region is the smallest part that contains everything that some of the changes can set. No change outside of
a region reads or sets anything in it. So its content depends only on its own changes, and is made once for
each combination of their values.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from hydra.core.override_parser.types import Override
from omegaconf import Container, DictConfig, ListConfig, Node, OmegaConf

from sweeper.compose.changes import Change, ChangePlan, Keys, overlap
from sweeper.compose.errors import guarded
from sweeper.compose.grid import Axis
from sweeper.compose.plain_data import Path, as_json, json_path, read, texts, walk

_KEPT = 10_000
"""The largest number of cached states of a region, since every point of a grid may have another state."""

Apply = Callable[[Sequence[Override], DictConfig], None]


class Leaf(NamedTuple):
    """A value that is read again for each point.

    Attributes:
        path: its path in the plain data.
        parent: the container from which it is read.
        key: its key in `parent`.
        text: its text as written, with interpolations.
    """

    path: Path
    parent: DictConfig | ListConfig
    key: Any
    text: str


class RegionState(NamedTuple):
    """The content of a region at a point: its node (None if deleted), its plain data, and its live leaves."""

    node: Node | None
    data: Any
    leaves: tuple[Leaf, ...]


class Region:
    """One region of a configuration: its states are made in a copy (`bench`), and then put into `cfg`."""

    def __init__(
        self, path: Keys, changes: Sequence[Change], bench: DictConfig, cfg: DictConfig, apply: Apply
    ) -> None:
        self.path = path
        self._changes = changes
        self._axes = [change.axis for change in changes if change.axis]
        self._bench = bench
        self._cfg = cfg
        self._apply = apply
        self._at_bench = _content(bench, path[:-1])
        self._content = _content(cfg, path[:-1])
        self._parent = walk(cfg, path[:-1])
        before = self._at_bench.get(path[-1])
        self._before = None if before is None else fresh_copy(before)
        self._states: dict[tuple[int, ...], RegionState] = {}

    def state(self, positions: Mapping[Axis, int]) -> RegionState:
        """Return the state at a point; UsageError if a value is refused."""
        at = tuple([positions[axis] for axis in self._axes])
        found = self._states.get(at)
        if found is None:
            if len(self._states) >= _KEPT:
                self._states.clear()
            found = self._states[at] = self._read(self._make(positions))
        return found

    def show(self, state: RegionState) -> None:
        """Put a state into the configuration; the order of its keys does not change."""
        if state.node is not None and self._content[self.path[-1]] is not state.node:
            self._content[self.path[-1]] = state.node

    @property
    def is_there(self) -> bool:
        return self.path[-1] in self._content

    def _make(self, positions: Mapping[Axis, int]) -> Node | None:
        """Apply the changes to the original content, as Hydra would."""
        key = self.path[-1]
        if self._before is None:
            self._at_bench.pop(key, None)
        else:
            self._at_bench[key] = copy.deepcopy(self._before)
        with guarded():
            self._apply([change.at(positions) for change in self._changes], self._bench)
        made: Node | None = self._at_bench.get(key)
        if made is not None:
            made._set_parent(self._parent)
        return made

    def _read(self, node: Node | None) -> RegionState:
        if (node is not None) is not self.is_there:
            raise NotIndependentError
        if node is None:
            return RegionState(None, None, ())
        self.show(RegionState(node, None, ()))
        raw = _raw(node, refuse_missing=True)
        live = [((*self.path, *path), text) for path, text in texts(raw) if "${" in text]
        if not live:
            with guarded():
                return RegionState(node, read(self._parent, self.path[-1]), ())
        return RegionState(node, as_json(raw), tuple(leaf(self._cfg, path, text) for path, text in live))


class NotIndependentError(Exception):
    """The regions of a configuration depend on each other, so only Hydra can compose its points."""


def find_regions(plan: ChangePlan, before: DictConfig, cfg: DictConfig, apply: Apply) -> list[Region]:
    """Find the regions of a configuration.

    Args:
        plan: the changes.
        before: the configuration without the changes.
        cfg: the configuration with the changes of one point.
        apply: applies overrides to a configuration as Hydra does.

    Raises:
        NotIndependentError: a change may depend on another one outside of its region.
    """
    paths = {change: _reach(before, change.path) for change in plan.changes}
    tops = [
        path for path in dict.fromkeys(paths.values()) if not any(_is_below(path, o) for o in paths.values())
    ]
    if any(
        len(_reach(before, path)) < len(path) or any(overlap(path, top) for top in tops)
        for path in plan.passed
    ):
        raise NotIndependentError
    bench = fresh_copy(before)
    found = []
    for top in tops:
        own = [change for change in plan.changes if overlap(paths[change], top)]
        if not _is_independent(before, top, own):
            raise NotIndependentError
        found.append(Region(top, own, bench, cfg, apply))
    return found


N = TypeVar("N", bound=Node)


def fresh_copy(node: N) -> N:
    """Copy a node, with empty caches of flags.

    A node caches the flags of its parents, and OmegaConf clears this cache only if the parents have cached
    theirs, which may not be so in a copy. With an outdated cache a new key would be refused.
    """
    made = copy.deepcopy(node)
    _forget_flags(made)
    return made


def _forget_flags(node: Node) -> None:
    node.__dict__["_flags_cache"] = None
    content = node._content if isinstance(node, Container) else None
    for child in content.values() if isinstance(content, dict) else content or ():
        if isinstance(child, Node):
            _forget_flags(child)


def leaf(cfg: DictConfig, path: Path, text: str) -> Leaf:
    """Return the live leaf at a path of the configuration."""
    return Leaf(json_path(cfg, path), walk(cfg, path[:-1]), path[-1], text)


def _reach(cfg: DictConfig, path: Keys) -> Keys:
    """Return the path of the part that a change of this key may modify.

    It ends at the first key whose value is missing or not a mapping.
    """
    at: Any = cfg
    for depth, key in enumerate(path, 1):
        if any(not isinstance(other, str) and str(other).lower() == key.lower() for other in at._content):
            raise NotIndependentError  # a key that is not a text but looks the same
        at = at._content.get(key)
        if not isinstance(at, DictConfig) or not isinstance(at._content, dict):
            return path[:depth]
    return path


def _is_below(path: Keys, other: Keys) -> bool:
    return len(path) > len(other) and overlap(path, other)


def _is_independent(before: DictConfig, top: Keys, changes: Sequence[Change]) -> bool:
    """Whether a region depends only on its changes, since none of them can read through an interpolation."""
    if len(changes) == 1 and changes[0].is_set and changes[0].path == top:
        return True
    if any(change.has_interpolation for change in changes[:-1]):
        return False
    there = _content(before, top[:-1]).get(top[-1])
    return there is None or not any("${" in text for _, text in texts(_raw(there)))


def _content(cfg: DictConfig, path: Keys) -> dict[Any, Node]:
    found: dict[Any, Node] = walk(cfg, path)._content
    return found


def _raw(node: Node, *, refuse_missing: bool = False) -> Any:
    """Return the data of a node with interpolations as written."""
    if isinstance(node, Container):
        with guarded():
            return OmegaConf.to_container(
                node, resolve=False, throw_on_missing=refuse_missing, enum_to_str=True
            )
    return node._value()
