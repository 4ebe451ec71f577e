"""Lines that are redrawn in place: the terminal never breaks one, and nothing of them is left."""

from __future__ import annotations

import pytest

from sweeper.cli.common import say
from sweeper.cli.screen import Line, Screen
from sweeper.core.width import width
from tests.cli.emulator import Emulator
from tests.cli.terminal import Terminal

LONG = "digits-日本語-" * 20
LINES = [
    Line([(LONG, "bold")]),
    Line(done=1, total=3),
    Line([("a", ""), (LONG, "dim")]),
    Line([("short", "red")]),
]


class Drawing:
    """A screen in a terminal of ours, and what that shows."""

    def __init__(self, columns, encoding="utf-8"):
        self.terminal = Terminal(24, columns)
        self.stream = self.terminal.stream(encoding)
        self.emulator = Emulator(columns)
        self.screen = Screen(self.stream)

    @property
    def shown(self):
        self.stream.flush()
        self.emulator.write(self.terminal.take())
        return self.emulator.shown

    def resize(self, columns):
        _ = self.shown
        self.terminal.resize(24, columns)
        self.emulator.resize(columns)


@pytest.fixture
def drawing(monkeypatch):
    """Makes one."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "500")  # a shell's, from before it was resized
    made = []

    def make(columns, encoding="utf-8"):
        made.append(Drawing(columns, encoding))
        return made[-1]

    yield make
    for one in made:
        one.screen.close()
        one.stream.close()
        one.terminal.close()


@pytest.mark.parametrize("columns", [*range(1, 21), 60, 61, 80])
def test_no_line_is_ever_broken(drawing, columns):
    """However narrow the terminal is, each line takes one of its lines, drawing after drawing."""
    one = drawing(columns)
    for _ in range(3):
        one.screen.draw(LINES)
        assert len(one.shown) == len(LINES)
    assert one.emulator.wrapped == 0
    assert max(map(width, one.shown)) <= columns
    one.screen.close()
    assert one.shown == []


def test_what_the_terminal_echoes_moves_nothing(drawing):
    """Ctrl-C is shown as ^C where the cursor is: below the lines, so that they are all replaced."""
    one = drawing(20)
    for _ in range(2):
        one.screen.draw(LINES)
        _ = one.shown
        one.emulator.write("^C")
    one.screen.close()
    assert one.shown == []


@pytest.mark.parametrize("columns", [79, 33, 7, 1])
def test_a_terminal_that_becomes_narrower_keeps_no_pieces(drawing, columns):
    """It has broken the lines that were drawn: all their pieces are replaced, and so are they at the end."""
    one = drawing(80)
    one.screen.draw(LINES)
    one.resize(columns)
    one.screen.draw(LINES)
    assert len(one.shown) == len(LINES)
    one.resize(max(1, columns // 2))
    one.screen.close()
    assert one.shown == []


def test_a_terminal_that_becomes_wider_is_used(drawing):
    """The next drawing has its whole width."""
    one = drawing(10)
    one.screen.draw(LINES)
    one.resize(50)
    one.screen.draw(LINES)
    assert [len(LINES), 49] == [len(one.shown), width(one.shown[2])]


def test_what_is_said_meanwhile_stays_above(drawing):
    """A line on standard error is printed above the lines and is there at the end."""
    one = drawing(30)
    one.screen.draw(LINES)
    say("launching nothing more")
    one.screen.draw(LINES)
    assert one.shown[0] == "launching nothing more"
    assert len(one.shown) == 1 + len(LINES)
    one.screen.close()
    assert one.shown == ["launching nothing more"]


def test_no_more_lines_are_drawn_than_there_is_room_for(drawing):
    """The terminal does not scroll."""
    one = drawing(30)
    assert one.screen.height == 23
    one.screen.draw([Line([(str(at), "")]) for at in range(100)])
    assert one.shown == [str(at) for at in range(23)]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_is_not_unicode_gets_stand_ins_that_fit(drawing, encoding):
    """They are measured as they are written."""
    one = drawing(30, encoding)
    one.screen.draw(LINES)
    assert len(one.shown) == len(LINES)
    assert one.shown[0] == "digits-\\u65e5\\u672c\\u8a9e-..."
    assert one.shown[1].isascii()
    assert one.emulator.wrapped == 0


def test_a_terminal_that_has_gone_is_no_error(drawing):
    """Nobody's sweep ends because its window was closed."""
    one = drawing(30)
    one.terminal.close()
    one.screen.draw(LINES)
    one.screen.close()
