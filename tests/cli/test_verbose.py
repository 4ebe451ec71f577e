"""What is logged: nothing by default, everything with -v, and with times in a controller's own file."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator

import pytest

from sweeper.cli.main import VERBS
from sweeper.cli.parsers import parser_of
from sweeper.core.model import Status
from sweeper.logging_setup import TREE, messages
from tests.cli.tiny import Tiny

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """-v holds for the rest of a process."""
    tree = logging.getLogger(TREE)
    handlers, level = list(tree.handlers), tree.level
    yield
    tree.handlers[:] = handlers
    tree.setLevel(level)


def test_nothing_of_the_log_is_shown_by_default(tiny: Tiny) -> None:
    assert "sweeper." not in tiny.run("x=1", "sweep.name=x").err


def test_v_shows_what_a_run_does(tiny: Tiny) -> None:
    """Each line has its time; the messages and the table are as without it."""
    plain = tiny.run("x=1", "sweep.name=y")
    result = tiny.run("-v", "x=1", "sweep.name=x")
    lines = result.err.splitlines()
    logged = [line for line in lines if "sweeper." in line]
    assert any(
        re.fullmatch(rf"{TIME}sweeper\.journaling: launching trial 0 attempt 1", line) for line in logged
    )
    ended = rf"{TIME}sweeper\.journaling: ended trial 0 attempt 1 \(completed\)"
    assert any(re.fullmatch(ended, line) for line in logged)
    assert all(re.match(TIME, line) for line in logged)
    assert len(lines) - len(logged) == len(plain.err.splitlines())
    assert result.out.split()[:4] == plain.out.split()[:4]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_it(verb: str) -> None:
    options = [option for action in parser_of(verb)._actions for option in action.option_strings]
    assert {"-v", "--verbose"} <= set(options)


def test_a_verb_shows_the_log(tiny: Tiny) -> None:
    """It does not change what the verb prints."""
    tiny.run("x=1,2", "-m", "sweep.name=x", "cluster.max_parallel=1")
    tiny.run("retry", "x", "0", "--completed")
    assert "sweeper." not in tiny.run("resume", "x").err
    tiny.run("retry", "x", "0", "--completed")
    assert "sweeper.app.taking: " in tiny.run("resume", "-v", "x").err


def test_a_controller_in_the_background_logs_with_times(tiny: Tiny, until: Callable[..., object]) -> None:
    """What it says to people as well as what it does; nothing of it reaches the terminal."""
    result = tiny.run("-m", "x=1,2", "sweep.name=x", "--detach")
    assert "sweeper." not in result.err
    log = tiny.sweeps / "x" / "controller.log"
    until(lambda: "everything is in" in log.read_text())
    until(lambda: tiny.count(Status.COMPLETED) == 2)
    text = log.read_text()
    for line in (
        r"x: taking it up where it stands",
        r"sweeper\.app\.taking: \S+/sweeps/x: taken",
        r"sweeper\.journaling: launching trial 0 attempt 1",
        r"\[0/2\] trial 0 started",
        r"sweeper\.app\.taking: \S+/sweeps/x: leaving",
        r"2 trials: 2 completed; everything is in \S+",
    ):
        assert re.search(rf"^{TIME}{line}$", text, re.MULTILINE), line


def test_what_a_controller_wrote_is_repeated_without_times_and_log() -> None:
    """As it would be said in the terminal."""
    written = [
        "2026-11-30 09:39:21 x: taking it up where it stands",
        "2026-11-30 09:39:21 sweeper.journaling: launching trial 0 attempt 1",
        "trial  v  state",
        "2026-11-30 09:39:22 cvsweep: no space is left",
    ]
    assert messages("\n".join(written)) == [
        "x: taking it up where it stands",
        "trial  v  state",
        "cvsweep: no space is left",
    ]
