"""The input and output streams of a command that runs beside an attempt."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol


class Console(Protocol):
    """The caller's streams, and its terminal if it has one.

    `keys` is the file descriptor of the input; None if there is no input.
    """

    keys: int | None
    output: BinaryIO
    errors: BinaryIO
    has_terminal: bool

    def raw(self) -> AbstractContextManager[int]:
        """Switch the terminal to raw mode for the `with` block.

        Yields a file descriptor that becomes readable when `size` changes.
        """

    def size(self) -> tuple[int, int]:
        """Return the columns and lines of the terminal."""
