"""Makes many points from one composed configuration, without composing each of them.

Hydra needs a tenth of a second to compose a point. Here it composes once for each choice of groups; Hydra's
own code then applies the other overrides of a point to the parts of that configuration that they change
(`regions.py`). A point is a copy of the plain data with these changes. If there are interpolations, the
composed configuration itself is set to the point, and only its live leaves (values that may depend on other
keys) are read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig

from sweeper.compose.changes import ChangePlan
from sweeper.compose.deferred import Deferred, deferred, resolve
from sweeper.compose.errors import guarded
from sweeper.compose.grid import Axis
from sweeper.compose.plain_data import format_path, live_leaves, read, replace
from sweeper.compose.regions import (
    Apply,
    Leaf,
    NotIndependentError,
    Region,
    RegionState,
    find_regions,
    fresh_copy,
    leaf,
)
from sweeper.compose.resolvers import Uses
from sweeper.compose.session import Loaded


class Base:
    """The configuration for one choice of groups, which makes the points with this choice."""

    def __init__(self, loaded: Loaded, plan: ChangePlan, uses: Uses, apply: Apply) -> None:
        self.choices = loaded.choices
        self.names_run_dir = loaded.names_run_dir
        self._loaded = loaded
        self._plan = plan
        self._uses = uses
        self._apply = apply
        self._cfg: DictConfig | None = None
        self._data: dict[str, Any] = {}
        self._regions: list[Region] = []
        self._live: list[Leaf] = []

    def point(self, positions: Mapping[Axis, int]) -> tuple[dict[str, Any], tuple[Deferred, ...]]:
        """Return the resolved configuration of a point, and the keys whose values depend on the run.

        Points share parts of the data, so it must not be changed.

        Args:
            positions: the position of the point on each axis.

        Raises:
            NotIndependentError: only Hydra can compose this point.
            UsageError: a value is refused, or a key cannot be resolved. Hydra has the better message.
        """
        self._uses.of_the_point = False
        found = self._first(positions) if self._cfg is None else self._next(positions)
        if self._uses.of_the_point:
            raise NotIndependentError
        return found

    def _first(self, positions: Mapping[Axis, int]) -> tuple[dict[str, Any], tuple[Deferred, ...]]:
        """Make the first point as Hydra does, all changes in order, and find the regions and live leaves."""
        before = self._loaded.cfg
        cfg = fresh_copy(before) if self._plan.changes else before
        with guarded():
            self._apply([change.at(positions) for change in self._plan.changes], cfg)
        self._loaded.activate()
        self._data, found = resolve(cfg, self._uses)
        self._regions = find_regions(self._plan, before, cfg, self._apply)
        tops = [region.path for region in self._regions]
        self._live = [
            leaf(cfg, path, text)
            for path, text in live_leaves(cfg)
            if not any(path[: len(top)] == top for top in tops)
        ]
        self._cfg = cfg
        again, _ = self._next(positions)
        if repr(again) != repr(self._data):
            raise NotIndependentError
        return self._data, found

    def _next(self, positions: Mapping[Axis, int]) -> tuple[dict[str, Any], tuple[Deferred, ...]]:
        data = self._data
        states = [region.state(positions) for region in self._regions]
        for region, state in zip(self._regions, states, strict=True):
            if state.node is not None:
                data = replace(data, region.path, state.data)
        live = [*self._live, *(one for state in states for one in state.leaves)]
        return self._read(data, live, states) if live else (data, ())

    def _read(
        self, data: dict[str, Any], live: list[Leaf], states: list[RegionState]
    ) -> tuple[dict[str, Any], tuple[Deferred, ...]]:
        """Set the composed configuration to a point, and read its live leaves."""
        for region, state in zip(self._regions, states, strict=True):
            region.show(state)
        self._loaded.activate()
        found = []
        with guarded():
            for one in live:
                self._uses.clear()
                data = replace(data, one.path, read(one.parent, one.key))
                self._uses.secrets.look(format_path(one.path))
                if self._uses.differ_in_apps:
                    found.append(deferred(one.path, one.text, self._uses))
        self._uses.secrets.check()
        return data, tuple(found)
