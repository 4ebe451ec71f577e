"""What is said of parameters that the program does not get."""

from __future__ import annotations

import pytest

ALONE = 'task.command has no "{args}": the program gets its parameters from $CVSWEEP_PARAMS alone'
SEED = 'task.command has no "{args}" and does not name seed: only $CVSWEEP_PARAMS gives it to the program'


@pytest.mark.parametrize(
    ("command", "words", "message"),
    [
        ("[python, train.py, '--lr=${lr}']", ["-m", "lr=0.5,0.25"], ""),
        ("[python, train.py, '--lr=${lr}']", ["lr=0.5"], ""),
        ("[python, train.py, '--lr=${lr}', '--seed=${seed}']", ["-m", "lr=0.5,0.25", "seed=7,8"], ""),
        ("[python, train.py, '--lr=${lr}']", ["-m", "lr=0.5,0.25", "seed=7,8"], SEED),
        ("[python, train.py]", ["-m", "lr=0.5,0.25"], ALONE),
        ("[python, train.py, '{args}']", ["-m", "lr=0.5,0.25"], ""),
        ("[python, train.py, '{params}']", ["lr=0.5"], ""),
    ],
)
def test_a_parameter_named_in_the_command_is_given(tiny, command, words, message):
    """Through `${lr}` as well as through a placeholder; what varies and is not given is named."""
    (tiny.folder / "train.py").touch()
    (tiny.folder / "configs" / "config.yaml").write_text(f"task: {{command: {command}}}\nlr: 0.1\nseed: 0\n")
    err = tiny.run("--dry-run", *words).err
    assert err == (f"{message}\n" if message else "")
