"""Changes settings of an existing sweep, and explains why others cannot change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, TypeVar

from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.sections import fits, read, sentence
from sweeper.core.setting import Setting, settings_of
from sweeper.core.settings import RESERVED, ResultsSettings, RetrySettings, Settings, SweepSettings

T = TypeVar("T")

_BUDGETS = "budgets"
_OWN: Mapping[str, tuple[str, ...]] = {
    "sweep": ("pause_after",),
    "retry": tuple(settings_of(RetrySettings)),
    "results": ("metric", "mode", "required"),
}
_CLASSES: Mapping[str, type] = {"sweep": SweepSettings, "retry": RetrySettings, "results": ResultsSettings}
_AGAIN = "run the grid again under another sweep.name"
_INSTEAD: Mapping[str, str] = {
    "sweep.name": "type: cvsweep rename SWEEP NEWNAME",
    "sweep.root": "move the sweep's folder while nothing of it runs",
    "results.reader": "type: cvsweep collect SWEEP results.reader=..., which reads again what is there",
    "results.pattern": "type: cvsweep collect SWEEP results.pattern=..., which reads again what is there",
    "results.file": "type: cvsweep collect SWEEP results.file=..., which reads again what is there",
    "sweep": f"it has shaped the grid: {_AGAIN}",
    "cluster": f"it holds for every attempt of the sweep: {_AGAIN}",
    "task": f"the commands of trials are frozen: {_AGAIN}",
    "code": f"what trials run is settled when a sweep is made: {_AGAIN} (a project that has moved:"
    " cvsweep resume --code DIR)",
    "hydra": "it is Hydra's, and holds while the grid is composed",
}


def changed(settings: Settings, changes: Mapping[str, Any], live: Mapping[str, Setting]) -> Settings:
    """Return the settings with these changes.

    Args:
        settings: the current settings.
        changes: plain data, by full names such as `retry.wait_max`. A value of `retry.budgets` is merged into
            the existing budgets.
        live: the settings of the sweep's cluster that may change while it runs.

    Raises:
        UsageError: a setting is unknown or cannot change, or a value is invalid.
    """
    given: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        section, _, key = name.partition(".")
        if why := _why_fixed(section, key, live):
            raise UsageError(f"{name}: {why}")
        given.setdefault(section, {})[key] = value
    return replace(
        settings,
        sweep=_section("sweep", settings.sweep, given.get("sweep", {})),
        retry=_section("retry", settings.retry, _budgets(settings.retry, given.get("retry", {}))),
        results=_section("results", settings.results, given.get("results", {})),
        cluster=replace(
            settings.cluster, data={**settings.cluster.data, **_checked(given.get("cluster", {}), live)}
        ),
    )


def changeable(live: Mapping[str, Setting]) -> Mapping[str, Setting]:
    """Return the settings that may change, by full name; `live` are those of the sweep's cluster."""
    own = {f"{name}.{key}": settings_of(_CLASSES[name])[key] for name, keys in _OWN.items() for key in keys}
    return {**{f"cluster.{key}": one for key, one in live.items()}, **own}


def _why_fixed(section: str, key: str, live: Mapping[str, Setting]) -> str:
    """Return why a setting cannot change, and what to do instead; empty if it can."""
    can = [*live] if section == "cluster" else [*_OWN.get(section, ())]
    if key in can or (section == "retry" and key.startswith(f"{_BUDGETS}.")):
        return ""
    if section not in RESERVED:
        return (
            "it is a parameter, and trials keep theirs; for more points run the grid with this value under"
            " the same sweep.name"
        )
    known = _known(section)
    if not key or (known and key not in known):
        return f"there is no such setting{did_you_mean(key, known)}; {_can_change(live)}"
    instead = _INSTEAD.get(f"{section}.{key}") or _INSTEAD.get(section, "")
    return f"it cannot change any more; {instead}. {_can_change(live).capitalize()}"


def _can_change(live: Iterable[str]) -> str:
    names = [*(f"cluster.{key}" for key in live), "retry.*", "sweep.pause_after", "results.metric"]
    return f"what can change: {', '.join(names)}, results.mode and results.required"


def _known(section: str) -> list[str]:
    return list(settings_of(_CLASSES[section])) if section in _CLASSES else []


def _section(name: str, now: T, given: Mapping[str, Any]) -> T:
    if not given:
        return now
    return read(name, type(now), {**_plain(now), **given}, lambda where, path: path)


def _plain(settings: Any) -> dict[str, Any]:
    return asdict(settings)


def _budgets(now: RetrySettings, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes of `retry`, with all changes of budgets merged into the existing budgets."""
    new = {key.partition(".")[2]: value for key, value in given.items() if key.startswith(f"{_BUDGETS}.")}
    whole = given.get(_BUDGETS, {})
    if not isinstance(whole, dict):
        return dict(given)  # the check of its type refuses it
    budgets = {**whole, **new}
    for name, value in budgets.items():
        if type(value) is not int:
            raise UsageError(f"retry.budgets.{name} must be a whole number, not {value!r}")
    others = {key: value for key, value in given.items() if key.partition(".")[0] != _BUDGETS}
    return {**others, _BUDGETS: {**now.budgets, **budgets}} if budgets else others


def _checked(given: Mapping[str, Any], live: Mapping[str, Setting]) -> Mapping[str, Any]:
    for key, value in given.items():
        if not fits(live[key], value):
            raise UsageError(f"cluster.{key} must be {sentence(live[key])}, not {value!r}")
    return given
