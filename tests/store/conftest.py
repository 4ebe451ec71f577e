"""What the tests of the sweep folder share: a sweep, a disk that fills up, failures on demand."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.paths import SweepPaths
from sweeper.store.folder import SweepFolder
from tests.world import make_sweep

Fail = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    """A sweep of two trials that nobody holds."""
    return make_sweep(tmp_path / "root", 2)


@pytest.fixture
def paths(folder: SweepFolder) -> SweepPaths:
    """The names in it."""
    return folder.paths


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Let a function of `os` fail from now on: `fail("link", errno.EDQUOT)`."""

    def let(name: str, number: int = errno.ENOSPC) -> None:
        def failing(*_: Any, **__: Any) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, name, failing)

    return let


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", os.fspath(place)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", os.fspath(place)], check=True)
