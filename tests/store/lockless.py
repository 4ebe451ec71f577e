"""A volume without locks, other hosts that control a sweep, and time that does not really pass."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sweeper.core.paths import SweepPaths
from sweeper.core.presence import Heartbeat
from sweeper.store import claim, heartbeat, machine

SITE = """\
import errno, fcntl, os
def flock(handle, how):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
fcntl.flock = flock
"""
"""As sitecustomize.py on PYTHONPATH: no process has locks."""


def without_locks(monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOLCK) -> None:
    """Let flock fail from now on, in this process."""

    def flock(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


def no_process_has_locks(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Let flock fail in this process and in every Python that it starts."""
    place.mkdir()
    (place / "sitecustomize.py").write_text(SITE)
    monkeypatch.setenv("PYTHONPATH", os.fspath(place))
    without_locks(monkeypatch)


def other_host(**changes: Any) -> Heartbeat:
    """A controller on another host. Its process number is that of a live process here, too."""
    return machine.me()._replace(host="elsewhere", boot_id="other", **changes)


def control_elsewhere(paths: SweepPaths, ago: float = 0.0) -> None:
    """Leave the heartbeat of another host, which last beat so many seconds ago."""
    heartbeat.replace(paths, other_host())
    at = os.stat(paths.heartbeat).st_mtime - ago
    os.utime(paths.heartbeat, (at, at))


class Virtual:
    """Time for claim.py: `each` is called for every sleep, with the seconds that have passed by then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, each: Callable[[float], object] = float) -> None:
        self.now = 0.0
        self._each = each
        monkeypatch.setattr(claim, "time", SimpleNamespace(monotonic=lambda: self.now, sleep=self._sleep))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self._each(self.now)
