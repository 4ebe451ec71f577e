"""Refuses keys of configuration files that have no effect because they are in the wrong place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from sweeper.compose.omegaconf_errors import nested
from sweeper.compose.plain_data import lookup
from sweeper.compose.project import Project
from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy
from sweeper.core.settings import (
    RESERVED,
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    SweepSettings,
    TaskSettings,
)

_EXPERIMENT = "experiment"
_SECTIONS = {
    "sweep": SweepSettings,
    "task": TaskSettings,
    "code": CodeSettings,
    "retry": RetrySettings,
    "results": ResultsSettings,
}
_PACKAGE = lazy(r"\s*#\s*@package\s")


def refuse_misplaced(cfg: DictConfig, choices: Mapping[str, Any], project: Project) -> None:
    """Refuse dotted keys, and files that lack `# @package _global_` but have keys meant for the top level."""
    data = OmegaConf.to_container(cfg, resolve=False)
    assert isinstance(data, dict)
    _refuse_dotted(data, "")
    for group, option in choices.items():
        inside = data.get(group)
        if isinstance(option, str) and isinstance(inside, dict):
            _refuse_inside(group, f"{group}/{option}", inside, data, project)


def _refuse_inside(
    group: str, name: str, inside: Mapping[Any, Any], data: Mapping[Any, Any], project: Project
) -> None:
    meant = [key for key, value in inside.items() if _is_section(key, value)]
    if group == _EXPERIMENT:
        meant += [key for key in inside if _hides(key, data, group)]
    path = project.path_of(name) if meant else None
    if path is None or _says_package(path):
        return
    key = meant[0]
    raise UsageError(
        f"{name}.yaml must begin with the line '# @package _global_': without it its {key} is"
        f" {group}.{key}, and the {key} of the sweep stays as it is"
    )


def _is_section(key: Any, value: Any) -> bool:
    """Whether a key has the name of a section of settings, and only names of its settings in it."""
    section = _SECTIONS.get(str(key))
    return bool(
        section and isinstance(value, dict) and value and set(value) <= {f.name for f in fields(section)}
    )


def _hides(key: Any, data: Mapping[Any, Any], group: str) -> bool:
    """Whether the top level has a parameter of this name that does not refer to the group."""
    return key in data and key not in RESERVED and f"${{{group}." not in str(data[key])


def _says_package(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(_PACKAGE.match(line) for line in lines if line.strip().startswith("#"))


def _refuse_dotted(data: Mapping[Any, Any], path: str) -> None:
    """Refuse `task.cwd: out` for a setting, and `opt.lr: 1` beside `opt: {lr: 2}`."""
    for key, value in data.items():
        name = str(key)
        is_setting = not path and name.split(".")[0] in RESERVED
        if "." in name and (is_setting or _is_there(data, name.split("."))):
            why = "is a parameter, not the setting" if is_setting else "is there as nested keys, too"
            raise UsageError(f"{path}{name}, written as one key with a dot, {why}; write {nested(name)}")
        if isinstance(value, dict):
            _refuse_dotted(value, f"{path}{name}.")


def _is_there(data: Mapping[Any, Any], parts: Sequence[str]) -> bool:
    try:
        lookup(data, parts)
    except KeyError:
        return False
    return True
