"""The command as a process of its own that is there at once: a fork of the test's.

Python, Hydra and pandas take most of a second to be imported, in every process that is started from its
program. A fork has them. In all that a test can see it is what `python -m sweeper.cli.main` starts: the
same signals, descriptors, environment and terminal, and nothing of pytest's.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, NoReturn

from sweeper.cli.main import main


class Forked:
    """A running command; the part of `subprocess.Popen` that tests of it need."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
        stdin: int | None = None,
        env: Mapping[str, str] | None = None,
        preexec_fn: Callable[[], object] | None = None,
    ) -> None:
        self.returncode: int | None = None
        self.stderr: IO[bytes] | None = None
        theirs = [0 if stdin is None else stdin, *map(_descriptor, (stdout, stderr))]
        if stderr == subprocess.PIPE:
            ours, theirs[2] = os.pipe()
            self.stderr = os.fdopen(ours, "rb")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            self.pid = os.fork()  # other threads of this process are xdist's, and hold nothing of ours
        if self.pid == 0:
            _become(words, theirs, env, preexec_fn)
        if stderr == subprocess.PIPE:
            os.close(theirs[2])
        self._handle = os.pidfd_open(self.pid)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
                os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended; subprocess.TimeoutExpired if it has not within so many seconds."""
        if self.returncode is None:
            ready = select.poll()
            ready.register(self._handle, select.POLLIN)
            ready.poll(None if timeout is None else 1000 * timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("cvsweep", timeout or 0)
        return code


def _descriptor(stream: int | IO[bytes]) -> int:
    return stream if isinstance(stream, int) else stream.fileno()


def _become(
    words: Sequence[str],
    streams: Sequence[int],
    env: Mapping[str, str] | None,
    preexec_fn: Callable[[], object] | None,
) -> NoReturn:
    """Be a process as Python starts one, and run the command in it."""
    code = 1
    try:
        _take_signals()
        _take_streams(streams)
        if preexec_fn:
            preexec_fn()
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
        _forget_pytest()
        code = main(words)
        for thread in threading.enumerate():
            if not (thread.daemon or thread is threading.current_thread()):
                thread.join()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _take_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with suppress(OSError):  # the C library keeps some for itself
            signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_streams(streams: Sequence[int]) -> None:
    faulthandler.disable()
    for place, given in enumerate([os.dup(stream) for stream in streams]):
        os.dup2(given, place)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for place, name in enumerate(("stdin", "stdout", "stderr")):
        errors = "backslashreplace" if name == "stderr" else None
        buffering = 1 if place == 2 or os.isatty(place) else -1
        mode = "w" if place else "r"
        stream = os.fdopen(place, mode, buffering, errors=errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _forget_pytest() -> None:
    sys.argv = ["cvsweep"]
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)
    sys.unraisablehook, threading.excepthook = sys.__unraisablehook__, threading.__excepthook__
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
