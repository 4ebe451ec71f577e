"""What the tests of files share."""

from __future__ import annotations

from tests.disks import fail as fail
from tests.disks import tiny_disk as tiny_disk
