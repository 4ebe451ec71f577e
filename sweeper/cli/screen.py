"""Lines that are redrawn in place at the bottom of a terminal, and never wrapped by it.

A terminal that breaks a line leaves a part of it behind at the next drawing. So every line is cut to the
terminal's own width, read at each drawing, and the cursor rests on an empty line below: what the
terminal echoes there (`^C`) does not move the lines.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.segment import ControlType, Segment
from rich.text import Text

from sweeper.cli import streams
from sweeper.core.width import fitted, width

_BAR = 60
_FALLBACK = (80, 24)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of parts, each a text without control characters and its style; or a bar, `done` of `total`."""

    parts: Sequence[tuple[str, str]] = ()
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class DrawnLines:
    """Lines for rich to draw, one terminal line each; `drawn` holds their widths in columns once drawn."""

    lines: Sequence[Line]
    drawn: list[int] = field(default_factory=list)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.drawn.clear()
        for line in self.lines:
            columns = max(1, options.max_width - 1)  # a terminal may wrap behind the last column
            if line.total:
                self.drawn.append(min(_BAR, columns))
                yield ProgressBar(total=line.total, completed=line.done, width=self.drawn[-1])
                yield Segment.line()
            else:
                text = _cut(line.parts, columns, console.file)
                self.drawn.append(width(text.plain))
                yield text


class Screen:
    """Draws on standard error or standard output at the current width of the terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream  # itself: while the screen is up, the one in `sys` writes above the lines
        self._console = Console(file=stream, highlight=False)
        self._lines = DrawnLines(())
        self._columns = 0
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._try(self._live.start)

    @property
    def height(self) -> int:
        """The maximum number of lines that can be drawn."""
        return max(1, _size(self._stream)[1] - 1)

    def draw(self, lines: Sequence[Line]) -> None:
        """Replace the lines that were drawn last."""
        self._try(lambda: self._draw(DrawnLines([*lines[: self.height], Line()])))

    def close(self) -> None:
        """Erase the lines and restore the terminal."""
        self._try(self._resize)
        self._try(self._live.stop)

    def _draw(self, lines: DrawnLines) -> None:
        self._resize()
        self._lines = lines
        self._live.update(lines, refresh=True)

    def _resize(self) -> None:
        """Read the terminal's size; if it became narrower, erase the drawn lines that it has wrapped."""
        columns, rows = _size(self._stream)
        if columns < self._columns:
            broken = sum((drawn - 1) // columns for drawn in self._lines.drawn if drawn)
            up = [(ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)] * broken
            self._console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *up))
        self._columns = columns
        self._console.size = columns, rows

    def _try(self, draw: Callable[[], None]) -> None:
        """Call `draw`; if the terminal is gone, silence the stream instead of raising."""
        try:
            draw()
        except OSError:
            streams.hush(self._stream)


def _cut(parts: Sequence[tuple[str, str]], columns: int, stream: IO[str]) -> Text:
    """Return the parts as `stream` writes them, cut to `columns`."""
    shown = [(streams.as_written(text, stream), style) for text, style in parts]
    whole = "".join(text for text, _ in shown)
    kept = fitted(whole, columns, streams.ellipsis(stream))
    text, start = Text(kept, no_wrap=True, overflow="ignore"), 0
    for part, style in shown:
        text.stylize(style, start, start + len(part))
        start += len(part)
    return text


def _size(stream: TextIO) -> tuple[int, int]:
    """Return the columns and rows of the terminal; 80 and 24 if they are unknown."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns, rows = 0, 0
    return columns or _FALLBACK[0], rows or _FALLBACK[1]
