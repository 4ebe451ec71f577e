"""Finds the packaged `configs` and `experiments`: in the installed package, or in a source tree."""

from __future__ import annotations

from pathlib import Path

from sweeper.core.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str, proof: str) -> Path:
    """Return the packaged folder `name`; `proof` is a path that must exist in it."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if (place / proof).exists():
            return place
    raise UsageError(f"cvsweep's own {name} are not at {_PACKAGE / name}: install cvsweep again")
