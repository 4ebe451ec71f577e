"""Standard output and standard error, set up once so that printing cannot fail for an encoding.

The locale or PYTHONIOENCODING chooses the encoding. What that cannot write is replaced, see
core/stand_ins.py. Files that we write ourselves are UTF-8 in every locale.
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
    """Prepare both outputs; an output that was closed before we started (`>&-`) writes to nowhere."""
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
    """Write UTF-8 to both outputs, whatever the locale is: they are a file of ours."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=ERRORS)


def is_unicode(stream: IO[str]) -> bool:
    """Can the stream write every character?"""
    return (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def as_written(text: str, stream: IO[str]) -> str:
    """The text as `stream` writes it, with the stand-ins for what it cannot: to be measured or aligned."""
    if text.isascii() or is_unicode(stream):
        return text
    encoding = getattr(stream, "encoding", "ascii")
    return text.encode(encoding, ERRORS).decode(encoding)


def ellipsis(stream: IO[str]) -> str:
    """What stands for the rest of a text that was cut."""
    return as_written("…", stream)


def fit(text: str, stream: IO[str]) -> str:
    """The text cut to one line of the terminal behind a stream; as it is where there is none."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        columns = 0
    return fitted(as_written(text, stream), columns, ellipsis(stream)) if columns else text


def finish(stream: IO[str] | None) -> None:
    """Write what is still buffered, or drop it if its reader has gone."""
    if stream is not None:
        try:
            stream.flush()
        except OSError:
            hush(stream)


def may_recover(stream: IO[str], error: OSError) -> bool:
    """Is it a log on a volume in trouble? What could not be written stays buffered for the next try.

    A terminal that is gone fails with EIO, too, and never comes back.
    """
    from sweeper.files.atomic import TRANSIENT  # only now: nothing has failed, mostly

    try:
        return error.errno in TRANSIENT and stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def hush(stream: IO[str]) -> None:
    """Send to nowhere what a stream still gets: its reader has gone (`| head`, a closed terminal)."""
    with suppress(OSError, ValueError):  # a stream that is no file has no reader that could go
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _keep_open(handle: int) -> None:
    """A standard descriptor that is closed would be given to the next file that we open: occupy it."""
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
