"""As PID 1 of a container: run cvsweep in a child, forward signals to it, reap orphaned processes.

A process whose parent has ended becomes a child of process 1 and stays in the process table until process 1
collects its exit status. The command itself cannot do that: it waits for its own children, and an exit status
can be collected only once. So process 1 starts the command as a child, forwards signals to it, and collects
the exit status of all other children.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

_PASSED_ON = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGCONT,
)
_FROM_KERNEL = 0x80
"""si_code of a signal that a terminal sent: the command, in the same process group, got it as well."""


def run_below(do: Callable[[], int]) -> int:
    """Run `do` in a child process and return its exit code.

    It returns in the child, too: in both processes the caller exits with the code.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if it is ignored there is no status to collect
    watched = {signal.SIGCHLD, *_PASSED_ON}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    command = os.fork()
    if command == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return do()
    while True:
        found = signal.sigwaitinfo(watched)
        if found.si_signo != signal.SIGCHLD:
            if found.si_code != _FROM_KERNEL:
                os.kill(command, found.si_signo)
        elif (code := _collect(command)) is not None:
            return code


def _collect(command: int) -> int | None:
    """Collect all ended children; return the command's exit code if it is one of them, else None."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == command:
            ended = os.waitstatus_to_exitcode(status)
            code = ended if ended >= 0 else 128 - ended
