"""What the tests of the project's copy share."""

from __future__ import annotations

from tests.disks import fail as fail
from tests.disks import tiny_disk as tiny_disk
from tests.store.conftest import folder as folder
from tests.store.conftest import paths as paths
