"""How far composing is: a line on a terminal that is gone at the end, plain lines elsewhere."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sweeper.cli.main import main
from sweeper.cli.progress import ComposeProgress, bar, count

CONFIG = 'task: {command: [echo, "{args}"]}\nlr: 1\n'


class Stream(io.StringIO):
    """stderr, as a terminal or as a file."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stream]:
    def put(*, terminal: bool) -> Stream:
        stream = Stream(terminal=terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        return stream

    return put


def watch(at: Sequence[float], total: int = 100) -> None:
    """Compose a point at each of these seconds."""
    clock = iter([0.0, *at])
    with ComposeProgress(lambda: next(clock)) as progress:
        for done in range(1, len(at) + 1):
            progress.see(done, total)


def test_a_terminal_has_one_line_that_is_erased_at_the_end(stderr: Callable[..., Stream]) -> None:
    stream = stderr(terminal=True)
    watch([0.5, 1.0, 1.1, 1.5])
    shown = stream.getvalue().split("\r\x1b[K")
    assert [text.partition("] ")[2] for text in shown[1:-1]] == [
        "composing: 2 of 100 points; about 49s left",
        "composing: 4 of 100 points; about 36s left",
    ]
    assert (shown[0], shown[-1]) == ("", "")
    assert "\n" not in stream.getvalue()


def test_a_file_has_a_line_every_ten_seconds(stderr: Callable[..., Stream]) -> None:
    stream = stderr(terminal=False)
    watch([5.0, 10.0, 15.0, 20.0])
    assert stream.getvalue().splitlines() == [
        "composing: 2 of 100 points; about 8m10s left",
        "composing: 4 of 100 points; about 8m00s left",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_what_is_composed_at_once_shows_nothing(stderr: Callable[..., Stream], terminal: bool) -> None:
    stream = stderr(terminal=terminal)
    watch([0.1, 0.9])
    assert stream.getvalue() == ""


def test_a_dumb_terminal_has_plain_lines(
    stderr: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stderr(terminal=True)
    monkeypatch.setenv("TERM", "dumb")
    watch([10.0])
    assert stream.getvalue() == f"{count(1, 100, 10.0)}\n"


def test_the_time_left_starts_anew_where_composing_does(stderr: Callable[..., Stream]) -> None:
    stream = stderr(terminal=False)
    clock = iter([0.0, 9.0, 50.0, 52.0, 61.0])
    with ComposeProgress(lambda: next(clock)) as progress:
        for done in (5, 1, 2, 11):
            progress.see(done, 21)
    assert stream.getvalue().splitlines()[-1] == "composing: 11 of 21 points; about 10s left"


@pytest.mark.parametrize(("done", "full"), [(1, 0), (50, 15), (99, 29), (100, 30)])
def test_the_bar_is_full_only_at_the_end(done: int, full: int) -> None:
    assert bar(done, 100, 1.0).startswith(f"[{'#' * full}{'-' * (30 - full)}] ")


@pytest.mark.parametrize("words", [["--dry-run"], []])
def test_ctrl_c_while_composing_leaves_nothing_and_ends_with_130(
    project: Path,
    stderr: Callable[..., Stream],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    (project / "configs").mkdir()
    (project / "configs" / "config.yaml").write_text(CONFIG)
    before, see = sorted(project.rglob("*")), ComposeProgress.see

    def interrupted(self: ComposeProgress, done: int, total: int) -> None:
        self._next = 0.0
        see(self, done, total)
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ComposeProgress, "see", interrupted)
    stream = stderr(terminal=True)
    assert main(["-m", "lr=1,2,3", *words]) == 130
    assert "composing: 2 of 3 points" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")
    assert sorted(project.rglob("*")) == before
    assert capsys.readouterr().out == ""
