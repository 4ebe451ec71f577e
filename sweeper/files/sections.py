"""Sections of settings as a person wrote them, with paths of this machine."""

from __future__ import annotations

from typing import Any, TypeVar

from sweeper.core import sections
from sweeper.files.own_paths import expanded

T = TypeVar("T")


def read_section(name: str, cls: type[T], data: Any) -> T:
    """The settings of a section; paths are read as a shell would read them. See `core/sections.py`."""
    return sections.read(name, cls, data, expanded)
