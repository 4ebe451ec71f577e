"""Reads sections of settings that a person wrote, with paths of this machine."""

from __future__ import annotations

from typing import Any, TypeVar

from sweeper.core import sections
from sweeper.files.own_paths import expanded

T = TypeVar("T")


def read_section(name: str, cls: type[T], data: Any) -> T:
    """Return the settings of a section, with paths expanded as in a shell. See `core/sections.py`."""
    return sections.read(name, cls, data, expanded)
