"""What the tests of the sweep folder share: a sweep that nobody holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.core.paths import SweepPaths
from sweeper.store.folder import SweepFolder
from tests.builders import make_sweep
from tests.disks import fail as fail
from tests.disks import pauses as pauses
from tests.disks import tiny_disk as tiny_disk


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    """A sweep of two trials that nobody holds."""
    return make_sweep(tmp_path / "root", 2)


@pytest.fixture
def paths(folder: SweepFolder) -> SweepPaths:
    """The names in it."""
    return folder.paths
