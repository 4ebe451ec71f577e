"""Copies the shim, which runs every attempt, into a sweep folder, so that an upgrade changes no sweep."""

from __future__ import annotations

from pathlib import Path

from sweeper.files import atomic

_SOURCE = Path(__file__).parent.parent / "shim.sh"


def install(path: str) -> None:
    """Write the shim to `path`."""
    atomic.write(path, _SOURCE.read_bytes())
