"""The reserved keys of a resolved configuration become typed settings, each rule with its sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from omegaconf import DictConfig, OmegaConf

from sweeper.compose.errors import did_you_mean, guarded, own_section
from sweeper.compose.plain import as_json
from sweeper.core.cluster import LocalSettings
from sweeper.core.errors import UsageError
from sweeper.core.model import Cause
from sweeper.core.settings import (
    ResultsSettings,
    RetrySettings,
    Settings,
    SweepSettings,
    TaskSettings,
)

T = TypeVar("T")
Rule = tuple[str, Callable[[Any], bool], str]

_SHARED = ("sweep", "cluster", "retry", "results")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def _at_least(least: float) -> Callable[[Any], bool]:
    return lambda number: least <= number < math.inf


def _one_of(*known: str) -> Callable[[Any], bool]:
    return lambda word: word in known


def _optional(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or rule(value)


_RULES: dict[str, tuple[Rule, ...]] = {
    "sweep": (
        (
            "name",
            _optional(lambda name: _NAME.fullmatch(name) is not None),
            "at most 63 letters, digits, '.', '_' and '-', the first a letter or digit",
        ),
        ("root", bool, "the path of a folder"),
        ("max_trials", _at_least(1), "at least 1"),
        ("pause_after", _at_least(0), "at least 0"),
    ),
    "cluster": (
        ("backend", _one_of("local"), "local"),
        ("max_parallel", _optional(_at_least(1)), "at least 1, or null"),
        ("trials_per_gpu", _at_least(1), "at least 1"),
        ("grace", _at_least(0), "at least 0 seconds"),
    ),
    "task": (
        ("command", lambda words: all(isinstance(word, str) for word in words), "a list of words"),
        ("args_style", _one_of("argparse", "hydra", "env", "json"), "argparse, hydra, env or json"),
        ("cwd", _one_of("code", "out"), "code or out"),
        ("time_limit", _optional(lambda limit: 0 < limit < math.inf), "more than 0 seconds, or null"),
    ),
    "retry": (
        ("wait_initial", _at_least(0), "at least 0 seconds"),
        ("wait_max", _at_least(0), "at least 0 seconds"),
        ("wait_jitter", _at_least(0), "at least 0 seconds"),
    ),
    "results": (
        ("metric", _optional(bool), "a metric's name, or null"),
        ("mode", _one_of("max", "min"), "max or min"),
    ),
}


def read_settings(data: Mapping[str, Any]) -> Settings:
    """The settings of the whole sweep."""
    retry = _section("retry", RetrySettings, data.get("retry"))
    _check_budgets(retry)
    return Settings(
        sweep=_section("sweep", SweepSettings, data.get("sweep")),
        cluster=_section("cluster", LocalSettings, data.get("cluster")),
        retry=retry,
        results=_section("results", ResultsSettings, data.get("results")),
    )


def read_task(section: Any) -> TaskSettings:
    """The settings of one trial's program."""
    return _section("task", TaskSettings, section)


def read_sweep(cfg: DictConfig) -> SweepSettings:
    """`sweep` alone, from a configuration whose parameters are not all known yet."""
    with guarded():
        node = cfg.get("sweep")
        section = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    return _section("sweep", SweepSettings, as_json(section))


class SharedSettings:
    """The settings of the first point, which every other point must have too."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.settings = read_settings(data)
        self._known = [{name: data[name] for name in _SHARED}]

    def check(self, data: Mapping[str, Any]) -> None:
        """Refuse a point whose settings differ, naming the key."""
        # Points mostly share the very same sections: looking is enough.
        if any(all(data[name] is known[name] for name in _SHARED) for known in self._known):
            return
        key = _difference(asdict(self.settings), asdict(read_settings(data)), "")
        if key:
            raise UsageError(f"{key} differs between points of the grid, but it holds for the whole sweep")
        self._known = [{name: data[name] for name in _SHARED}, *self._known[:1]]


def _section(name: str, cls: type[T], section: Any) -> T:
    if not isinstance(section, dict):
        raise UsageError(f"{name} must hold settings, not {section}; {own_section(name)}")
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    for key in section:
        if key not in known:
            raise UsageError(
                f"{name}.{key}: there is no such setting{did_you_mean(key, known)}; {own_section(name)}"
            )
    for key, holds, sentence in _RULES[name]:
        if key in section and not holds(section[key]):
            raise UsageError(f"{name}.{key} must be {sentence}, not {section[key]!r}")
    return cls(**section)


def _check_budgets(retry: RetrySettings) -> None:
    causes = [cause.value for cause in Cause]
    for name, budget in retry.budgets.items():
        if name not in causes:
            raise UsageError(f"retry.budgets.{name}: there is no such cause{did_you_mean(name, causes)}")
        if budget < 0:
            raise UsageError(f"retry.budgets.{name} must be at least 0, not {budget}")


def _difference(one: Any, other: Any, path: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *other]:
            found = _difference(one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
            if found:
                return found
        return ""
    return "" if one == other else path
