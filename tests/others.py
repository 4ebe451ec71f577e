"""Files and sweeps of other users: only root can make them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of other users")
ADA, BOB = 54321, 54322
"""User ids that nobody here has."""


def give(place: str | Path, uid: int = ADA) -> None:
    """Let a file, or a folder and everything in it, belong to another user."""
    os.chown(place, uid, uid, follow_symlinks=False)
    for folder, folders, files in os.walk(place):
        for name in (*folders, *files):
            os.chown(f"{folder}/{name}", uid, uid, follow_symlinks=False)
