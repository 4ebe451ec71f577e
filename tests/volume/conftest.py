"""A shared volume that remembers: one folder, as two hosts see it, and a sweep in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from sweeper.store.folder import SweepFolder
from tests.builders import make_sweep
from tests.conftest import wait_until

REMEMBERED = 60
"""Seconds for which a host believes what it was told once. No test waits so long."""

_OPTIONS = ",".join(f"{kind}_timeout={REMEMBERED}" for kind in ("entry", "negative", "attr"))


@dataclass(frozen=True)
class Hosts:
    """The same folder three times: as hosts `a` and `b` see it, and as it is."""

    a: Path
    b: Path
    truth: Path


@dataclass(frozen=True)
class Shared:
    """One sweep on the volume, as each host sees it."""

    a: SweepFolder
    b: SweepFolder
    truth: SweepFolder


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """Two hosts that have seen nothing yet."""
    found = Hosts(*(tmp_path / name for name in ("a", "b", "truth")))
    for place in (found.a, found.b, found.truth):
        place.mkdir()
    with _mounted(found.truth, found.a), _mounted(found.truth, found.b):
        yield found


@pytest.fixture
def shared(hosts: Hosts) -> Shared:
    """A sweep of two trials that nobody holds, made by host a."""
    name = make_sweep(hosts.a, 2).name
    return Shared(*(SweepFolder(place / name) for place in (hosts.a, hosts.b, hosts.truth)))


@contextmanager
def _mounted(source: Path, place: Path) -> Iterator[None]:
    if shutil.which("bindfs") is None:
        _cannot("bindfs is not installed")
    if not os.path.exists("/dev/fuse"):
        _cannot("there is no /dev/fuse")
    command = ["bindfs", "-f", "--no-allow-other", "-o", _OPTIONS, os.fspath(source), os.fspath(place)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            wait_until(lambda: os.path.ismount(place) or process.poll() is not None)
            if process.poll() is not None and process.stderr is not None:
                _cannot(process.stderr.read().decode().strip())
            yield
        finally:
            process.terminate()  # it unmounts, and ends


def _cannot(why: str) -> NoReturn:
    """Skip the test, or fail it where the volume is not to be missed."""
    if os.environ.get("CVSWEEP_VOLUME") == "required":
        pytest.fail(f"CVSWEEP_VOLUME: {why}")
    pytest.skip(f"no volume that remembers: {why}")
