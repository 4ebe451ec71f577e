"""Replaces `time`, `threading`, `os` and `open` in the product's modules by those of a simulated world."""

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
"""Packages whose `time`, `threading` and `ThreadPoolExecutor` are virtual."""

STORED = ("sweeper.store", "sweeper.files", "sweeper.results.readers", "sweeper.clusters.kubernetes.opening")
"""Packages whose `os` and `open` reach the simulated volume."""

_REAL = ("sweeper.store.heartbeat", "time")
"""Not replaced: the heartbeat compares it with the dates of files, which are real."""


@contextmanager
def patched(names: tuple[str, ...], stand_ins: Mapping[str, Any]) -> Iterator[None]:
    """Put the stand-ins into every module of these packages that uses what they stand for."""
    before = []
    for module in _modules(names):
        for name, stand_in in stand_ins.items():
            if (module.__name__, name) != _REAL and (name in vars(module) or hasattr(builtins, name)):
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
    """These modules and all below them, imported now: one that is imported later would not be replaced."""
    tops = [import_module(name) for name in names]
    below = [
        import_module(one.name)
        for top in tops
        for one in pkgutil.walk_packages(getattr(top, "__path__", ()), f"{top.__name__}.")
    ]
    return (*tops, *below)
