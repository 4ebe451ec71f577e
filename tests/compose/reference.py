"""Small projects, and what Hydra itself composes in them: what our own points are held against."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
import pytest
from omegaconf import OmegaConf

from sweeper.compose import composition
from sweeper.compose.points import Point
from sweeper.compose.project import find_project
from sweeper.compose.session import Loaded, Session, open_session
from sweeper.compose.versions import VERSION_BASE
from sweeper.core.errors import UsageError
from sweeper.core.settings import RESERVED
from tests.compose.conftest import write_project

PLAIN = """
    defaults:
      - model: small
      - aug@net.aug: none
      - _self_
    task: {command: [python, train.py, "{args}"]}
    lr: 0.1
    steps: 10
    name: base
    flag: true
    nothing: null
    must: ???
    home: ${oc.env:CVSWEEP_TEST_HOME,nowhere}
    dims: [8, 16]
    opt: {momentum: 0.9, betas: [0.9, 0.99], deep: {a: 1, b: x}}
"""
LIVE = (
    PLAIN
    + """
    wd: ${lr}
    tag: ${name}-${model.kind}-${steps}
    copy: ${opt}
    nested: {list: ["${opt.deep.a}", fixed, "${dims}"], relative: "${.list}"}
    width: ${model.width}
"""
)
_GROUPS = {
    "model__small": "kind: small\nwidth: 1\n",
    "model__big": "kind: big\nwidth: 2\nextra: {layers: 3}\n",
    "aug__none": "p: 0\n",
    "aug__flip": "p: 0.5\nkind: flip\n",
}


def write_projects(folder: Path) -> dict[str, Path]:
    """A project without interpolations, and one with many."""
    return {
        kind: write_project(folder / kind, config=text, **_GROUPS)
        for kind, text in (("plain", PLAIN), ("live", LIVE))
    }


class SharedLoads:
    """Composes equal overrides of one project only once; `texts` are those that were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[tuple[str, ...]] = []
        self._found: dict[tuple[str, tuple[str, ...], bool], Loaded | UsageError] = {}
        self._real = Session.load
        monkeypatch.setattr(Session, "load", lambda session, texts, **kw: self._load(session, texts, **kw))

    def _load(self, session: Session, texts: Sequence[str], *, lenient: bool = False) -> Loaded:
        self.texts.append(tuple(texts))
        key = (str(session._loader.get_search_path()), tuple(texts), lenient)
        if key not in self._found:
            try:
                self._found[key] = self._real(session, texts, lenient=lenient)
            except UsageError as error:
                self._found[key] = error
        found = self._found[key]
        if isinstance(found, UsageError):
            raise found
        return found  # nobody changes it


def ours(root: Path, overrides: Sequence[str]) -> list[Point]:
    """Every point of the grid."""
    with open_session(find_project(root, None, None)) as session:
        plan = composition.read_plan(session, overrides, multirun=True)
        return list(composition.grid_points(session, plan))


@functools.cache
def reference(root: Path, overrides: tuple[str, ...]) -> Any:
    """What Hydra composes, or the error that it raises."""
    try:
        with hydra.initialize_config_dir(str(root / "configs"), **VERSION_BASE):
            cfg = hydra.compose("config", list(overrides))
            return OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except Exception as error:  # noqa: BLE001  # whatever Hydra raises is its answer
        return error


def parameters(point: Point) -> dict[str, Any]:
    return {key: value for key, value in point.data.items() if key not in RESERVED}


def same(found: Any, wanted: Any) -> None:
    assert not isinstance(wanted, Exception), wanted
    wanted = {key: value for key, value in wanted.items() if key not in RESERVED}
    assert identical(found, wanted), f"{found}\n{wanted}"


def identical(one: Any, other: Any) -> bool:
    """Equal in values, in their types and in the order of keys."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(identical(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, float):
        return math.isnan(one) == math.isnan(other) and repr(one) == repr(other)
    return bool(one == other)
