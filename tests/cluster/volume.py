"""A small file system for the sweeps of a lab, which a test fills and frees."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.cluster.lab import Lab


@contextmanager
def small_volume(lab: Lab, size: str = "4m") -> Iterator[Callable[[bool], None]]:
    """The project's sweeps lie on a file system of their own; what is given fills it, or frees it again."""
    root = lab.project / "sweeps"
    root.mkdir(exist_ok=True)
    owner = lab.project.stat()
    options = f"size={size},uid={owner.st_uid},gid={owner.st_gid},mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sweeps", root], check=True)
    filler = root / ".filler"

    def fill(full: bool) -> None:
        if not full:
            filler.unlink(missing_ok=True)
            return
        with filler.open("ab", buffering=0) as file:
            for chunk in (1 << 16, 1 << 12):
                while _wrote(file.fileno(), bytes(chunk)):
                    pass

    try:
        yield fill
    finally:
        subprocess.run(["umount", "-l", root], check=True)


def _wrote(handle: int, data: bytes) -> bool:
    try:
        return os.write(handle, data) > 0
    except OSError:
        return False
