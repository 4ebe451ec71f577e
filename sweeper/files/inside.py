"""Paths relative to a folder, also through symbolic links."""

from __future__ import annotations

import os


def inside(folder: str | os.PathLike[str], path: str) -> str:
    """Return a path relative to a folder; empty if it is not below it.

    Links to the folder, and in the path of a file, are followed. A file that is a link is itself if it is in
    the folder; else it is the file to which it leads.
    """
    parent, name = os.path.split(os.path.abspath(path))
    for place in (os.path.join(os.path.realpath(parent), name), os.path.realpath(path)):
        found = os.path.relpath(place, os.path.realpath(folder))
        if found != os.curdir and found.split(os.sep)[0] != os.pardir:
            return found
    return ""
