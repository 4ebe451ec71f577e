"""A kubelet that cannot go on reading a log writes its error into the stream: it is not the program's.

It writes no line end behind it, as programs do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sweeper.clusters.kubernetes.server.api import ApiError, Unreachable
from sweeper.core.patterns import lazy

_ERROR = lazy(
    rb"(?:rpc error: code = |unable to retrieve container logs for"
    rb"|failed to try resolving symlinks in path|failed to watch the log file)[^\n]*"
)


def programs_own(pieces: Iterable[bytes], report: Callable[[str], object]) -> Iterator[bytes]:
    """The pieces of a stream without such an error at its end, which `report` gets instead."""
    held = b""
    try:
        for piece in pieces:
            data = held + piece
            at = _suspect(data)
            held = data[at:]
            if at:
                yield data[:at]
    except (ApiError, Unreachable):
        if held:
            yield held
        raise
    if held:
        report(held.decode(errors="replace").strip())


def _suspect(data: bytes) -> int:
    """Where an error begins with which the data ends; the length of the data if there is none."""
    found = next((found for found in _ERROR.finditer(data) if found.end() == len(data)), None)
    return found.start() if found else len(data)
