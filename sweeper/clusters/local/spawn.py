"""Starts a shim in a session of its own, with default signal handling and a few descriptors to inherit."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

# What is ignored here (Python ignores SIGPIPE) would stay ignored in every program started from here.
_DEFAULTED = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
_BEYOND_THE_SHELLS = 10
"""Scripts use the descriptors below this number, and shim.sh does."""


def spawn(arguments: Sequence[str], environment: Mapping[str, str], keep: Sequence[int] = ()) -> int:
    """Start a program found on our PATH; return its process number.

    Args:
        arguments: the program and its arguments.
        environment: all variables that it starts with.
        keep: descriptors that the program and its child processes inherit, under other numbers, 10 at least.

    Raises:
        OSError: there is no such program, or no process or descriptor can be had.
    """
    with ExitStack() as stack:
        actions = []
        for descriptor in keep:  # the copy only reserves a number that is free in this process
            copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _BEYOND_THE_SHELLS)
            stack.callback(os.close, copy)
            # What this opens in the program has no close-on-exec flag.
            actions.append((os.POSIX_SPAWN_DUP2, descriptor, copy))
        return os.posix_spawnp(
            arguments[0],
            list(arguments),
            environment,
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=_DEFAULTED,
        )
