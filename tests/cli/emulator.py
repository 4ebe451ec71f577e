"""A small terminal: what stands on its screen after it was written to."""

from __future__ import annotations

import re

from sweeper.core.width import width

_TOKEN = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|(.)", re.DOTALL)


class Emulator:
    """Lines of cells, without a lower end. A terminal that is made narrower breaks its lines, as most do."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0
        self.wrapped = 0

    def write(self, text: str) -> Emulator:
        for argument, command, character in _TOKEN.findall(text):
            if command:
                self._obey(command, argument)
            elif character == "\n":
                self._down()
            elif character == "\r":
                self.column = 0
            else:
                self._put(character)
        return self

    def resize(self, columns: int) -> None:
        """Break lines that are now too long, as terminals do."""
        broken, row = [], 0
        for at, line in enumerate(self.lines):
            if at == self.row:
                row = len(broken)
            broken += [line[start : start + columns] for start in range(0, max(1, len(line)), columns)]
        self.columns, self.lines, self.row = columns, broken, row

    @property
    def shown(self) -> list[str]:
        """The lines, without blank ones at the end."""
        lines = [line.replace("\0", "").rstrip() for line in self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _put(self, character: str) -> None:
        columns = width(character)
        if self.column + columns > self.columns:
            self.wrapped += 1
            self.column = 0
            self._down()
        line = self.lines[self.row].ljust(self.column)
        cell = character + "\0" * (columns - 1)
        self.lines[self.row] = line[: self.column] + cell + line[self.column + columns :]
        self.column += columns

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def _obey(self, command: str, argument: str) -> None:
        if command == "A":
            self.row = max(0, self.row - int(argument or 1))
        elif command == "K":  # the whole line, or what stands behind the cursor
            assert argument in ("", "2")
            self.lines[self.row] = "" if argument else self.lines[self.row][: self.column]
        else:
            assert command in "mhl", (command, argument)
