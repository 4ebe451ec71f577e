"""Has the kernel killed something in our memory cgroup since we last looked?"""

from __future__ import annotations


def events_file() -> str | None:
    """The `memory.events` file of the cgroup (version 2) that this process lives in, if there is one."""
    try:
        with open("/proc/self/cgroup") as file:
            group = next((line[3:].rstrip("\n") for line in file if line.startswith("0::")), None)
    except OSError:
        return None
    return None if group is None else f"/sys/fs/cgroup{group.rstrip('/')}/memory.events"


def kills(path: str | None) -> int:
    """How many processes the kernel has killed there for want of memory; 0 where nobody counts."""
    if path is None:
        return 0
    try:
        with open(path) as file:
            pairs = dict(line.split() for line in file)
    except OSError:
        return 0
    return int(pairs.get("oom_kill", 0))
