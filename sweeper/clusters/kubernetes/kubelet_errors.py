"""Removes the error that a kubelet writes into a log's stream if it cannot read the log any further.

The error is not output of the program. Unlike the lines of most programs, it has no newline at its end.
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
    """Yield the pieces of a stream without such an error at its end; `report` gets the error.

    Raises:
        ApiError: from `pieces`, after everything before it has been yielded.
        Unreachable: likewise.
    """
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
    """Return the start of the error at the end of the data; the length of the data if there is none."""
    found = next((found for found in _ERROR.finditer(data) if found.end() == len(data)), None)
    return found.start() if found else len(data)
