"""Where a command that runs elsewhere gets its input from, and where its output goes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol


class Console(Protocol):
    """The caller's streams, and its terminal if it has one.

    `keys` is the handle of the input; None: there is none.
    """

    keys: int | None
    output: BinaryIO
    errors: BinaryIO
    has_terminal: bool

    def raw(self) -> AbstractContextManager[int]:
        """Meanwhile each key can be read as it is; gives a handle that can be read when `size` changes."""

    def size(self) -> tuple[int, int]:
        """Columns and lines of the terminal."""
