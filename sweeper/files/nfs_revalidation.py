"""Makes this host's NFS client revalidate what it has cached about a path.

The next read then sees changes by other hosts. Without this, a host may use outdated answers of the server
for a minute: that a name does not exist, that it exists, or the length of a file.
"""

from __future__ import annotations

from contextlib import suppress
from os import link
from os.path import dirname

_ELSEWHERE = "/proc"


def revalidate(path: str) -> None:
    """Revalidate what is cached about `path` and its folder. This changes nothing on the volume.

    It tries to create a hard link to another file system, which is always refused. But before that, the
    kernel asks the server whether the new name exists: it does not rely on its cache before it creates a
    name.
    """
    for name in (dirname(path), path):
        with suppress(OSError):
            link(_ELSEWHERE, name)
