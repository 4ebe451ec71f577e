"""A program keeps what it has chosen of Hydra for itself."""

from __future__ import annotations

from hydra.version import VersionBase
from packaging.version import Version

from tests.compose.conftest import ComposeHere


def test_composing_leaves_the_compatibility_version_of_the_program(grid: ComposeHere) -> None:
    known = VersionBase.instance()
    before = known.version_base
    known.version_base = mine = type(before)("1.2") if isinstance(before, str) else Version("1.2")
    try:
        grid("lr=1,2")
        assert known.version_base == mine
    finally:
        known.version_base = before
