"""The live view: what is drawn, and that the terminal is left as it was."""

from __future__ import annotations

import re

import pytest
from rich.console import Console

from sweeper.cli.live import picture
from sweeper.core.snapshot import FailedTrial, RunningTrial, Snapshot
from tests.cli.emulator import Emulator
from tests.cli.terminal import Terminal
from tests.cli.tiny import GATED

THREE = ("-m", "x=0,1,2", "sweep.name=x")


@pytest.fixture
def terminal():
    """A terminal of 24 lines."""
    one = Terminal()
    yield one
    one.close()


def test_a_run_in_a_terminal_draws_and_leaves_it_clean(tiny, terminal, until):
    """In a terminal a run shows counts, slots and what runs; at the end only the table and words stay."""
    tiny.program(f'echo "{{\\"w\\": 7, \\"v\\": 0.$x}}" > "$CVSWEEP_OUT/metrics.jsonl"\n{GATED}')
    process = tiny.start(*THREE, **terminal.options())
    until(lambda: "x: 3 trials: 1 queued, 2 running; 2 of 2 slots busy" in terminal.text)
    assert "x=1: export x='1'; export y='0'; sh program.sh" in terminal.text
    until(lambda: "v=0.1  " in terminal.text)  # the current value of the metric that ranks
    tiny.go()
    until(lambda: terminal.text and process.poll() is not None)
    assert process.returncode == 0
    assert "─" in terminal.text
    assert "3 trials: 3 completed; everything is in sweeps/x" in terminal.text
    assert "Traceback" not in terminal.text
    assert terminal.is_clean


def test_ctrl_c_in_a_terminal_is_acknowledged(tiny, terminal, until):
    """Ctrl-C typed into the terminal is answered above the picture; a second one leaves it clean.

    Nothing of the picture is left, though its lines are longer than the terminal is wide.
    """
    tiny.program(GATED)
    terminal.resize(24, 40)
    name = "a-name-that-is-longer-than-the-terminal-is-wide"
    process = tiny.start("-m", "x=0,1,2", f"sweep.name={name}", **terminal.options())
    until(lambda: tiny.running(name) == 2 and "trial 1" in terminal.text)
    terminal.type(b"\x03")
    until(lambda: "launching nothing more" in terminal.text, 2)
    terminal.type(b"\x03")
    until(lambda: f"come back with: cvsweep resume {name}" in terminal.text, 2)
    assert process.wait(10) == 130
    assert terminal.is_clean
    assert tiny.alive()
    left = Emulator(40).write(terminal.text).shown
    assert [line for line in left if line.startswith((" trial", "━", "-")) or "…" in line] == []
    assert left.count(name[:40]) == 2  # where it begins, and the counts at the end


def test_a_dumb_terminal_gets_plain_lines(tiny, terminal, until):
    """A terminal that can draw nothing gets a line per change."""
    process = tiny.start(*THREE, **terminal.options(TERM="dumb"))
    until(lambda: "[3/3] trial " in terminal.text)
    until(lambda: process.poll() is not None)
    assert "\x1b[" not in re.sub(r"\x1b\[[0-9;]*m", "", terminal.text)


def test_without_colours_there_are_none(tiny, terminal, until):
    """NO_COLOR is respected."""
    process = tiny.start(*THREE, **terminal.options(NO_COLOR="1"))
    until(lambda: "everything is in sweeps/x" in terminal.text)
    until(lambda: process.poll() is not None)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", terminal.text)


NONE = {"queued": 0, "running": 0, "completed": 0, "failed": 0, "cancelled": 0}


def drawn(height=24, width=100, metrics=None, **facts):
    """The picture as text."""
    at = Snapshot(**{
        "at": 100.0,
        "counts": {"queued": 5, "running": 2, "completed": 3, "failed": 0, "cancelled": 0},
        "slots": 4,
        "running": [],
        "failures": [],
        "paused": "",
        "eta": None,
        **facts,
    })  # fmt: skip
    console = Console(width=width, height=height)
    with console.capture() as captured:
        console.print(picture("x", at, height, metrics))
    return [line.rstrip() for line in captured.get().splitlines()]


def running(trial, **facts):
    return RunningTrial(**{
        "trial": trial, "attempt": 1, "started_at": 25.0, "node": "here", "command": "exec ls",
        "stopping": "", **facts,
    })  # fmt: skip


def test_the_picture_has_counts_slots_and_the_time_left():
    """The first line has the counts, the slots and when it may be over."""
    lines = drawn(running=[running(3), running(4, attempt=2)], eta=125.0)
    assert lines[0] == "x: 10 trials: 5 queued, 2 running, 3 completed; 2 of 4 slots busy; about 2m05s left"
    assert [line.split() for line in lines[2:]] == [
        ["trial", "3", "1m15s", "ls"],
        ["trial", "4", "1m15s", "attempt", "2", "ls"],
    ]


def test_the_picture_says_what_is_being_ended_what_failed_and_the_pause():
    """What is being ended, the last failures and a pause are in it."""
    failures = [FailedTrial(1, 1, "error", "KeyError: 'x'")]
    lines = drawn(
        running=[running(0, stopping="deadline")],
        failures=failures,
        paused="all alike",
        counts={**NONE, "running": 1},
    )
    assert "being ended (deadline)" in lines[2]
    assert lines[3:] == ["trial 1 failed (error): KeyError: 'x'", "paused: all alike"]


def test_the_picture_tells_what_is_only_asked_for():
    """A trial that waits for a place is not shown as if it ran."""
    lines = drawn(running=[running(3, pending=True), running(4, pending=True, attempt=2)])
    first, second = (line.split()[2:-1] for line in lines[2:])
    assert (first, second) == (["1m15s", "pending"], ["1m15s", "pending,", "attempt", "2"])


def test_the_picture_has_the_notes_of_the_backend():
    """They come after the failures and before a pause, and are drawn as they are."""
    failures = [FailedTrial(1, 1, "error", "boom")]
    notes = ["no quota: [red]4 of 4[/red] \x1b[2J", "y" * 500]
    lines = drawn(failures=failures, notes=notes, paused="all alike", counts=NONE)
    assert lines[2:4] == ["trial 1 failed (error): boom", "no quota: [red]4 of 4[/red] \\x1b[2J"]
    assert lines[4].startswith("yyy")
    assert lines[5:] == ["paused: all alike"]


@pytest.mark.parametrize("noted", [0, 2, 9])
@pytest.mark.parametrize("height", [10, 24, 50])
def test_the_picture_fits_the_terminal(height, noted):
    """However much runs, fails and is noted, the picture is no higher than the terminal."""
    failures = [FailedTrial(index, 1, "error", "x" * 500) for index in range(9)]
    many = [running(index, command="y\n" * 500) for index in range(50)]
    notes = [f"note {index}" for index in range(noted)]
    counts = {**NONE, "running": 60}
    lines = drawn(height, running=many, failures=failures, counts=counts, notes=notes, paused="why")
    assert len(lines) <= height
    shown = sum(line.startswith(" trial ") for line in lines)
    assert f"  and {60 - shown} more" in lines


@pytest.mark.parametrize("width", [1, 2, 5, 19, 40])
def test_no_line_of_the_picture_is_wider_than_the_terminal(width):
    """Wide characters count twice."""
    lines = drawn(
        width=width,
        running=[running(0, varying="name=日本語日本語日本語日本語日本語", command="exec 日本語")],
        notes=["日" * 50],
        counts={**NONE, "running": 1},
    )
    assert len(lines) == 4
    assert max(sum(2 if character > "\u2fff" else 1 for character in line) for line in lines) <= width


def test_what_varies_comes_before_the_command_and_the_metric_before_both():
    """Columns are aligned; a snapshot of an older version has the choices alone."""
    at = {"counts": {**NONE, "running": 3}}
    trials = [running(8, varying="lr=0.1, seed=3"), running(9, attempt=2, choices="model=cnn"), running(10)]
    lines = drawn(running=trials, metrics={(8, 1): "acc=0.5", (9, 1): "of another attempt"}, **at)[2:]
    assert [line.rstrip() for line in lines] == [
        " trial 8   1m15s             acc=0.5  lr=0.1, seed=3: ls",
        " trial 9   1m15s  attempt 2           model=cnn: ls",
        " trial 10  1m15s                      ls",
    ]


def test_nothing_in_the_picture_is_markup():
    """What a program prints or a person gives is drawn as it is, and moves no cursor."""
    lines = drawn(
        running=[running(0, command="exec [red]x[/red] \x1b[2J")],
        failures=[FailedTrial(1, 1, "error", "[bold]\x07")],
        counts={**NONE, "running": 1},
    )
    assert lines[2].endswith("[red]x[/red] \\x1b[2J")
    assert lines[3].endswith("[bold]\\x07")
