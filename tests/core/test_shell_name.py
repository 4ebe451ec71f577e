"""Parameters that a shell would take as its own name."""

from __future__ import annotations

import pytest

from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.settings import TaskSettings
from sweeper.core.shell_name import refuse_lost_as_name

TEXT = 'python train.py "$@"'


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", TEXT, "{args}"],
        ["sh", "-c", "python train.py", "{args}"],
        ["/bin/bash", "-ec", TEXT, "{overrides}"],
        ["bash", "-o", "pipefail", "-lc", TEXT, "{args}", "--more"],
        ["env", "A=1", "dash", "-e", "-c", TEXT, "{args}"],
    ],
)
def test_parameters_directly_behind_the_text_of_a_shell_are_refused(command: list[str]) -> None:
    """The shell would take the first one as its name."""
    with pytest.raises(UsageError, match=r"first parameter would be lost: put a word between"):
        refuse_lost_as_name(command)
    with pytest.raises(UsageError, match=r"first parameter would be lost"):
        render_command(TaskSettings(command=command), {"lr": 1})


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", TEXT, "sh", "{args}"],
        ["sh", "-c", 'python train.py "$0" "$@"', "{args}"],
        ["sh", "-c", 'python train.py "${0}" "$@"', "{args}"],
        ["sh", "run.sh", "-c", TEXT, "{args}"],
        ["sh", "run.sh", "{args}"],
        ["sh", "-e"],
        ["sh", "-c"],
        ["python", "-c", "import sys", "{args}"],
    ],
)
def test_other_commands_are_not_refused(command: list[str]) -> None:
    """A word between, a text that uses `$0`, or an option -c of something else."""
    refuse_lost_as_name(command)


def test_nothing_is_lost_if_parameters_are_variables() -> None:
    """With task.args_style=env, `{args}` is empty."""
    task = TaskSettings(command=["sh", "-c", "echo $lr", "{args}"], args_style="env")
    assert "export lr='1'" in render_command(task, {"lr": 1})
