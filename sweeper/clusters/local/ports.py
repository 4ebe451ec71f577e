"""A network port for each trial that runs at once, for programs of several processes (MASTER_PORT).

The kernel names a port that is free. Before the program opens it, another process may take it; that gap
cannot be closed from outside of the program. Two trials never get the same port: a Unix socket with an
abstract name, which the trial's processes inherit, reserves it. The name is free again when the last of
them has ended. Abstract names have the same scope as ports, one network namespace, so the controllers of
other sweeps there see the same reservations.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping

VARIABLE = "MASTER_PORT"
_MARK = "CVSWEEP_MASTER_PORT"
_NAME = "\0cvsweep-master-port-{}"
_TRIES = 100
_NOT_NOW = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def reserve() -> tuple[int, socket.socket] | None:
    """Return a free port, and the socket that reserves it for as long as any process has it open.

    None if no port is free, or there is no network: then a program could not use it either.

    Raises:
        OSError: no descriptor or memory is left now.
    """
    try:
        return next(filter(None, (_reserve(_free_port()) for _ in range(_TRIES))), None)
    except OSError as error:
        if error.errno in _NOT_NOW:
            raise
        return None


def variables(port: int) -> dict[str, str]:
    """Return the variables that tell a trial its port; torchrun reads option defaults from PET_<OPTION>."""
    return dict.fromkeys((VARIABLE, f"PET_{VARIABLE}", _MARK), str(port))


def without_port(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without the port of a surrounding trial: the trials of this process need others."""
    given = environ.get(_MARK)
    names = (VARIABLE, f"PET_{VARIABLE}")
    return {name: text for name, text in environ.items() if not (name in names and text == given)}


def _reserve(port: int) -> tuple[int, socket.socket] | None:
    """Reserve the port; return None if it is reserved already."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mark.bind(_NAME.format(port))
    except OSError as error:
        mark.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    return port, mark


def _free_port() -> int:
    """Return a port that is free on every address, as torch's store listens on all of them."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            probe.bind(("::", 0))
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            raise
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:  # a kernel without IPv6
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
