"""Compares the configuration files of a project with those in a sweep's copy."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from filecmp import cmp
from pathlib import Path


def changed_configs(project: Path, copy: Path, folders: Collection[Path]) -> list[str]:
    """Return the YAML files that differ between a project and its copy, as paths relative to these.

    Args:
        project: the folder of the project.
        copy: its copy.
        folders: the folders to compare, relative to both.
    """
    names = {name for folder in folders for top in (project, copy) for name in _names(top, folder)}
    return sorted(name for name in names if not _is_equal(project / name, copy / name))


def _names(top: Path, folder: Path) -> Iterator[str]:
    return (str(file.relative_to(top)) for file in (top / folder).rglob("*.yaml"))


def _is_equal(one: Path, other: Path) -> bool:
    try:
        return cmp(one, other, shallow=False)
    except OSError:
        return False  # only one of them exists
