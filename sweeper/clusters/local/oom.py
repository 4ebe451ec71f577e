"""Detects whether the kernel has killed a process in our memory cgroup since the last check."""

from __future__ import annotations

import os


def events_file(membership: str = "/proc/self/cgroup", groups: str = "/sys/fs/cgroup") -> str | None:
    """Return the file that counts such kills in this process's memory cgroup, or None.

    Version 2 of the cgroups has `memory.events`, version 1 has `memory.oom_control`. A container may
    see its own cgroup under the whole path or as the root.
    """
    try:
        with open(membership, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return None
    places = []
    for _, controllers, group in lines:
        if not controllers:
            places += [f"{groups}{folder}/memory.events" for folder in (group.rstrip("/"), "")]
        elif "memory" in controllers.split(","):
            places += [f"{groups}/memory{folder}/memory.oom_control" for folder in (group.rstrip("/"), "")]
    return next(filter(os.path.exists, places), None)


def kills(path: str | None) -> int:
    """Return how many processes the kernel has killed for lack of memory; 0 without a counter."""
    if path is None:
        return 0
    try:
        with open(path, encoding="utf-8") as file:
            pairs = dict(line.split() for line in file)
    except OSError:
        return 0
    return int(pairs.get("oom_kill", 0))
