"""Names and texts that others chose, on their way to a terminal: spelled out, and never a thousand."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.cli.common import say, show
from sweeper.cli.main import main
from sweeper.core.model import Attempt, Cause, Outcome
from sweeper.core.records import Ended, Launched, Launching
from tests.cli.conftest import Sweep
from tests.cli.damage import ask

HOSTILE = "a\x1b[31mb\x1b]0;title\x07\nNO CONTROLLER\x00\u202eevil\r\x9b2J\ud800"


class Terminal(io.StringIO):
    """What a command takes for a terminal."""

    def isatty(self) -> bool:
        return True


def named_sweep(project: Path, names: list[str], name: str = "x") -> Sweep:
    """A sweep of one completed trial with these metrics."""
    sweep = Sweep(project / "sweeps", name, [{"lr": 1}], None)
    attempt, metrics = Attempt(0, 1), dict.fromkeys(names, 1.0)
    done = Ended(attempt, "u", Outcome(Cause.COMPLETED, 1.0, 2.0, 0, metrics=metrics))
    return sweep.write(Launching(attempt, 1.0), Launched(attempt, "u"), done)


def test_a_line_is_one_line_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever says it, on either output."""
    say(HOSTILE)
    show(HOSTILE)
    out, err = capsys.readouterr()
    assert out == err == "ab\\x1b]0;title\\x07\\nNO CONTROLLER\\x00\\u202eevil\\r\\x9b2J\\ud800\n"


@pytest.mark.parametrize(
    "verb",
    [
        ("results", "--sort", "nope"),
        ("results", "--where", "nope > 1"),
        ("results", "--over", "nope"),
        ("results", "--metric", "nope"),
        ("results", "--columns", f"{HOSTILE}3"),
        ("logs", HOSTILE, "0"),
        ("cancel", "x", HOSTILE),
        ("status", HOSTILE),
        (HOSTILE,),
    ],
)
def test_hints_are_one_printable_line(project: Path, verb: tuple[str, ...]) -> None:
    """Whether the odd text is the name of a column or what somebody typed."""
    named_sweep(project, [HOSTILE, f"{HOSTILE}2"])
    answer = ask(verb)
    (line,) = answer.err.splitlines()
    assert answer.code == 2
    assert line.isprintable()


@pytest.mark.parametrize("option", ["--sort", "--columns", "--metric"])
def test_of_a_thousand_columns_a_dozen_is_named(project: Path, option: str) -> None:
    """And how many more there are; a very long name is cut."""
    named_sweep(project, [f"{'m' * 500}{number}" for number in range(1000)])
    err = ask(("results", option, "nothing-like-it")).err
    assert len(err) < 1000
    assert "trial, lr, mmm" in err
    assert "… and 999 more" in err


def test_a_folder_with_an_odd_name_is_spelled_out(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In `status` and in `ls`."""
    named_sweep(project, ["acc"], "a\x1b[2Jb\nc")
    for verb in ("status", "ls"):
        out = Terminal()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", out)
        assert main([verb]) == 0
        lines = [line.replace("\x1b[0m", "").replace("\x1b[1m", "") for line in out.getvalue().split("\n")]
        assert "\x1b[2J" not in out.getvalue()
        assert any("a\\x1b" in line or "ab\\nc" in line for line in lines)


def test_csv_is_spelled_out_on_a_terminal_alone(
    sweep: Callable[..., Sweep], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a file parameters read as the program received them."""
    sweep(params=[{"lr": 1, "name": "x\x1b[2J"}, {"lr": 2, "name": "y"}])
    assert main(["results", "-o", "csv"]) == 0
    assert "x\x1b[2J" in capsys.readouterr().out
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["results", "-o", "csv"]) == 0
    assert "\x1b" not in out.getvalue()
    assert "x\\x1b[2J" in out.getvalue()
