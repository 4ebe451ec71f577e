"""How a shell script gets its parameters."""

from __future__ import annotations

import pytest

from sweeper.core.recognition.model import Option
from sweeper.core.recognition.shell import recognise_shell


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("lr=${lr:-0.1}\nseed=3\necho $lr $seed", [Option("lr", default=0.1)]),
        ('x=${name:="a b"} y=${n-1e-3}', [Option("name", default="a b"), Option("n", default="1e-3")]),
        ("echo $lr ${wd} $HOME $PATH \\$no", [Option("lr", required=True), Option("wd", required=True)]),
        ("echo ${lr:-$other}", [Option("lr", known=False)]),
        ("# $no\nawk '{print $col}' x # $no\necho $lr", [Option("lr", required=True)]),
        (
            "for i in 1 2; do read -r line; export a=1; echo $i $line $a $lr; done",
            [Option("lr", required=True)],
        ),
    ],
)
def test_variables_that_a_script_uses_and_does_not_set_are_its_parameters(text, options):
    """With their defaults; what the shell or the system sets is none."""
    program = recognise_shell(text)
    assert program is not None
    assert list(program.options) == options
    assert (program.style, program.by_position) == ("env", False)


def test_positional_words_get_the_names_that_the_script_gives_them():
    """`lr=$1` is called lr."""
    program = recognise_shell('lr=$1\nname="${3:-x}"\necho $lr $name\n')
    assert program is not None
    assert [one.name for one in program.options] == ["lr", "arg2", "name"]
    assert program.by_position


def test_a_script_that_passes_its_words_on_takes_options():
    """Which ones is for a person to say."""
    program = recognise_shell('exec python train.py "$@"')
    assert program is not None
    assert (program.style, program.options) == ("argparse", ())
    assert program.remarks == ("write the parameters of the program that it runs into this file",)


def test_a_script_without_any_has_none():
    """Nothing is made up."""
    assert recognise_shell("x=1\necho $x\n") is None
