"""The product's modules that live in the simulated world: its time, its threads, its volume, its machines."""

from __future__ import annotations

import builtins
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

TIMED = ("sweeper.clusters.clock", "sweeper.clusters.kubernetes", "sweeper.store", "sweeper.app.taking")
"""Whose `time`, `threading` and `ThreadPoolExecutor` are virtual."""

STORED = ("sweeper.store", "sweeper.files", "sweeper.results.readers", "sweeper.clusters.kubernetes.opening")
"""Whose `os` and `open` reach the simulated volume."""

_DATED = "sweeper.store.heartbeat"
"""It compares its clock with the dates of files, which are real."""


@contextmanager
def patched(names: tuple[str, ...], stand_ins: Mapping[str, Any]) -> Iterator[None]:
    """Put the stand-ins into all modules below these packages that use what they stand for."""
    before = []
    for module in _modules(names):
        for name, stand_in in stand_ins.items():
            if name in vars(module) or hasattr(builtins, name):
                before.append((module, name, vars(module).get(name)))
                setattr(module, name, stand_in)
    try:
        yield
    finally:
        for module, name, former in before:
            if former is None:
                delattr(module, name)
            else:
                setattr(module, name, former)


@cache
def _modules(names: tuple[str, ...]) -> tuple[ModuleType, ...]:
    """The modules of these names and all below: imported now, as one that comes later keeps the real time."""
    tops = [import_module(name) for name in names]
    below = [
        import_module(one.name)
        for top in tops
        for one in pkgutil.walk_packages(getattr(top, "__path__", ()), f"{top.__name__}.")
    ]
    return tuple(one for one in (*tops, *below) if one.__name__ != _DATED or names == STORED)
