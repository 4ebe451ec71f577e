"""Makes this host's NFS client revalidate what it has cached of a path.

The next read then sees changes by other hosts. Without this, a host may believe for a minute what the server
answered about a name: that it did not exist, that it existed, or how long the file was.
"""

from __future__ import annotations

from contextlib import suppress
from os import link
from os.path import dirname

_ELSEWHERE = "/proc"


def revalidate(path: str) -> None:
    """Revalidate what is cached of `path` and of the folder that contains it. This changes nothing.

    A hard link to another file system is always refused, but first the kernel asks the server whether the
    new name exists: before it creates a name, it does not rely on its cache.
    """
    for name in (dirname(path), path):
        with suppress(OSError):
            link(_ELSEWHERE, name)
