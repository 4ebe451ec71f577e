"""Finds the import roots that a project declares: by a src layout, or in its build configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

_BUILDS = ("pyproject.toml", "setup.cfg", "setup.py")


def declared_roots(project: str) -> list[str]:
    """Return the folders, relative to the project, that an editable install would add to Python's path.

    The project's own folder is never included: only the interpreter knows whether it is an import root.
    """
    if not any(os.path.exists(f"{project}/{name}") for name in _BUILDS):
        return []
    found = [*_from_pyproject(_toml(project)), *_from_setup_cfg(project)]
    if _is_src_layout(f"{project}/src"):
        found.append("src")
    tidy = [os.path.normpath(place) for place in found if isinstance(place, str) and place]
    below = [place for place in tidy if place != "." and not place.startswith(("..", "/"))]
    return [place for place in dict.fromkeys(below) if os.path.isdir(f"{project}/{place}")]


def _is_src_layout(folder: str) -> bool:
    """Whether the folder contains packages, and is not itself a package called src."""
    if not os.path.isdir(folder) or os.path.exists(f"{folder}/__init__.py"):
        return False
    return any(os.path.exists(f"{folder}/{name}/__init__.py") for name in os.listdir(folder))


def _toml(project: str) -> Mapping[str, Any]:
    import tomllib  # imported late, since most sweeps run the project itself and do not need it

    try:
        with open(f"{project}/pyproject.toml", "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError):  # the build tool will report what is wrong
        return {}


def _from_pyproject(data: Mapping[str, Any]) -> Iterator[Any]:
    tool = _table(data, "tool")
    yield _table(tool, "setuptools", "package-dir").get("")
    yield from _list(_table(tool, "setuptools", "packages", "find").get("where"))
    for path in (("hatch", "build", "targets", "wheel"), ("scikit-build", "wheel")):
        packages = _list(_table(tool, *path).get("packages"))
        yield from (os.path.dirname(one) for one in packages if isinstance(one, str))
    packages = _list(_table(tool, "poetry").get("packages"))
    yield from (one.get("from") for one in packages if isinstance(one, dict))
    yield _table(tool, "maturin").get("python-source")
    yield _table(tool, "pdm", "build").get("package-dir")
    yield _table(tool, "uv", "build-backend").get("module-root")


def _table(data: Any, *path: str) -> Mapping[str, Any]:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _from_setup_cfg(project: str) -> Iterator[str]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(f"{project}/setup.cfg")
    except (configparser.Error, UnicodeDecodeError):
        return
    for line in parser.get("options", "package_dir", fallback="").splitlines():
        name, _, place = line.partition("=")
        if not name.strip():
            yield place.strip()
    yield from parser.get("options.packages.find", "where", fallback="").split()
