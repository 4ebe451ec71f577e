"""Standard output and standard error, set up once so that printing cannot fail for an encoding.

The locale or PYTHONIOENCODING chooses the encoding. Characters that it cannot write are
replaced, see core/stand_ins.py. Files that we write ourselves are UTF-8 in every locale.
"""

from __future__ import annotations

import codecs
import os
import stat
import sys
from contextlib import suppress
from typing import IO

from sweeper.core.stand_ins import stand_in
from sweeper.core.width import fitted

ERRORS = "cvsweep"
"""The name of our error handler for encoding."""


def set_up() -> None:
    """Prepare both outputs; one that was closed before we started (`>&-`) goes to the null device."""
    for handle in range(3):
        _keep_open(handle)
    for handle, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            opened = open(handle, "w", encoding="utf-8", errors=ERRORS, closefd=False)  # noqa: SIM115
            setattr(sys, name, opened)
        elif hasattr(stream, "reconfigure") and stream.errors != ERRORS:
            stream.reconfigure(errors=ERRORS)


def use_utf8() -> None:
    """Write UTF-8 to both outputs in every locale, for a controller whose output is its own log file."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=ERRORS)


def is_unicode(stream: IO[str]) -> bool:
    """Return True if the stream's encoding can represent every character."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def as_written(text: str, stream: IO[str]) -> str:
    """Return the text as `stream` writes it, with replaced characters, to measure or align it."""
    if text.isascii() or is_unicode(stream):
        return text
    encoding = getattr(stream, "encoding", "ascii")
    return text.encode(encoding, ERRORS).decode(encoding)


def ellipsis(stream: IO[str]) -> str:
    """Return the mark for cut text as `stream` can write it."""
    return as_written("…", stream)


def fit(text: str, stream: IO[str]) -> str:
    """Return the text cut to one line of the stream's terminal; unchanged if it is not a terminal."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        columns = 0
    return fitted(as_written(text, stream), columns, ellipsis(stream)) if columns else text


def finish(stream: IO[str] | None) -> None:
    """Flush the stream; if that fails, redirect it to the null device."""
    if stream is not None:
        try:
            stream.flush()
        except OSError:
            hush(stream)


def may_recover(stream: IO[str], error: OSError) -> bool:
    """Return True if writing failed with a transient error on a regular file, such as a log on NFS.

    The unwritten text stays buffered for the next write. A closed terminal, which also fails with EIO,
    never recovers.
    """
    from sweeper.files.atomic import TRANSIENT  # imported here: most runs never need it

    try:
        return error.errno in TRANSIENT and stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def hush(stream: IO[str]) -> None:
    """Redirect a stream without a reader (`| head`, a closed terminal) to the null device."""
    with suppress(OSError, ValueError):  # a stream without a descriptor needs no redirection
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _keep_open(handle: int) -> None:
    """Open the null device as `handle` if it is closed, so that no file of ours gets its number."""
    try:
        os.fstat(handle)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: `handle` itself
        os.set_inheritable(opened, True)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return stand_in(error.object[error.start : error.end]), error.end


codecs.register_error(ERRORS, _replace)
