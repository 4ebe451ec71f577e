"""environment.txt: what the trials run with, and how it has changed."""

from __future__ import annotations

from pathlib import Path

from sweeper.core.paths import SweepPaths
from sweeper.snapshot import environment
from sweeper.snapshot.interpreter import Interpreter


def described(version: str = "3.11.7", **packages: str) -> Interpreter:
    """An interpreter with these packages; one is an editable install."""
    found = tuple((name, number, None) for name, number in packages.items())
    editable = (("ours", "1", "/home/ours"),)
    return Interpreter("/venv/bin/python", "CPython", version, "Linux-6", (*found, *editable), (), (), {})


def test_interpreter_and_packages_are_written(paths: SweepPaths) -> None:
    """It reads like what `pip freeze` prints, below the interpreter and what was kept of the shell."""
    environment.write(paths, described(numpy="2.0"), {"VIRTUAL_ENV": "/venv", "python": ""})
    assert Path(paths.environment).read_text() == (
        "# What the trials run with, as it was when the sweep was made.\n"
        "# VIRTUAL_ENV: /venv\n"
        "# interpreter: /venv/bin/python\n"
        "# version: CPython 3.11.7\n"
        "# platform: Linux-6\n"
        "numpy==2.0\n"
        "ours==1  # editable: /home/ours\n"
    )


def test_what_is_not_known_is_not_made_up(paths: SweepPaths) -> None:
    """Of an image nobody here knows the packages: the file says so, and nothing is compared with it."""
    environment.write(paths, None, {}, "they are those of the image lab/torch:2")
    assert (
        "# packages: not known, they are those of the image lab/torch:2\n"
        in Path(paths.environment).read_text()
    )
    assert environment.changes(paths, described()) == []


def test_changes_are_named_and_written_down_once(paths: SweepPaths) -> None:
    """The interpreter's version, and packages that are new, gone or of another version."""
    assert environment.changes(paths, described()) == []
    environment.write(paths, described(numpy="1.26", torch="2.1"), {})
    assert environment.changes(paths, described(numpy="1.26", torch="2.1")) == []
    changed = environment.changes(paths, described("3.12.1", numpy="2.0", wandb="0.1"))
    assert changed == [
        "CPython 3.11.7 → CPython 3.12.1",
        "numpy 1.26 → 2.0",
        "torch 2.1 → not installed",
        "wandb not installed → 0.1",
    ]
    for _ in range(2):
        environment.append_comment(paths, changed)
    text = Path(paths.environment).read_text()
    assert text.count("resumed with: CPython 3.11.7 → CPython 3.12.1; numpy 1.26 → 2.0;") == 1
    assert environment.changes(paths, described("3.12.1", numpy="2.0", wandb="0.1")) == changed


def test_of_many_changes_some_are_named() -> None:
    """The line stays a line."""
    assert environment.summary(["a 1 → 2"] * 7).endswith("a 1 → 2 and 2 more")
