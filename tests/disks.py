"""Disks that fill up, calls that fail, pauses without time: fixtures for all that opens files."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity

from sweeper.store import retrying

Fail = Callable[..., None]


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


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries on a volume in trouble: they take no time, and only they move its clock."""
    made: list[float] = []
    played = SimpleNamespace(sleep=made.append, monotonic=lambda: sum(made))
    for module in (retrying, tenacity):
        monkeypatch.setattr(module, "time", played)
    return made
