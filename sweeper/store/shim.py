"""The attempt's program, copied once into every sweep folder so that an upgrade never changes a sweep."""

from __future__ import annotations

from pathlib import Path

from sweeper.files import atomic

_SOURCE = Path(__file__).parent.parent / "shim.sh"


def install(path: str) -> None:
    """Put the shim at `path`."""
    atomic.write(path, _SOURCE.read_bytes())
