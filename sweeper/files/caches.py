"""Reads of a shared volume that no cache of this host answers.

A host may believe for a minute what the server answered about a name: that it was absent, or there, how long
the file was. So what another host makes, writes or removes is asked for again before it is looked at.
"""

from __future__ import annotations

from contextlib import suppress
from os import link
from os.path import dirname

_ELSEWHERE = "/proc"


def revalidate(path: str) -> None:
    """Have this host learn anew what the name is, and the folder that it lies in; nothing is changed.

    To link to another file system is always refused, but not before the kernel has asked whether the
    new name is there: it creates nothing from memory.
    """
    for name in (dirname(path), path):
        with suppress(OSError):
            link(_ELSEWHERE, name)
