"""What is recognised in a source, in a form that tests can compare."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from sweeper.core.recognition.config_writer import project_config
from sweeper.core.recognition.model import Program
from sweeper.core.recognition.recognize import recognise, recognise_plain
from sweeper.core.recognition.syntax import parse_source


def program_of(text: str) -> Program | None:
    """How a Python source reads its parameters."""
    source = parse_source(dedent(text))
    assert source is not None
    return recognise(source) or recognise_plain(source)


def without_remarks(lines: list[str]) -> list[str]:
    """The lines without what stands behind them in a comment."""
    return [line.partition("  #")[0] for line in lines]


@pytest.fixture
def written() -> Callable[[str], list[str]]:
    """The lines that init writes for a Python source, without the heading and empty lines."""

    def lines(text: str) -> list[str]:
        program = program_of(text)
        assert program is not None
        found = project_config(program, ["python", "train.py"], "train.py", {}).text.splitlines()
        return [line for line in found[2:] if line and not line.startswith("# The parameters")]

    return lines
