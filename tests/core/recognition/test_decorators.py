"""The configuration that is written for a program of click or typer."""

from __future__ import annotations

import pytest

from tests.core.recognition.conftest import program_of

CLICK = """
import click as c
@c.command()
@c.option("--lr", "-l", default=0.1)
@c.option("--batch-size", type=int, required=True)
@c.option("--amp", is_flag=True)
@c.option("--cache", type=bool, default=False)
@c.option("--shuffle", default=True)
@c.option("--on", is_flag=True, default=True)
@c.option("--size", flag_value="x")
@c.option("--loud/--quiet", default=True)
@c.option("--fast/--slow")
@c.option("--tag", multiple=True, default=["a"])
@c.option("-v", "--verbose", count=True)
@c.option("-q")
@c.option("--pw", prompt=True)
@c.option("--path", default=f())
@c.option("--kind", default="x", **more)
@c.argument("data")
@c.argument("more", nargs=-1)
@c.argument("third", required=False)
@c.argument("fourth", default=1)
@other
def main(**given): ...
@plain
def helper(): ...
"""


def test_the_options_of_a_click_command(written):
    """Each kind, with the argument that it needs."""
    assert written(CLICK)[1:] == [
        '  command: [python, train.py, "???", "{args}"]',
        "  # put the positional argument data in place of ??? in task.command",
        "  args: {bool: flag, list: repeat, key: dash}  # how options are written for click",
        "lr: 0.1",
        "batch_size: ???  # needed: write a value here or on the command line",
        "amp: false",
        "cache: \"false\"  # a text: 'true' or 'false'",
        "shuffle: \"true\"  # a text: 'true' or 'false'",
        '# "on": null  # it is a flag that is on',
        "# size: null  # it is a flag that is on",
        "quiet: false",
        "fast: false",
        'tag: ["a"]',
        "# verbose: null  # it is counted (-vv): add it to task.command",
        "# q: null  # it has no name with two dashes; add one",
        "pw: ???  # needed: write a value here or on the command line",
        "path: null  # the program's own default",
        "kind: null  # the program's own default",
    ]


def test_the_options_of_a_click_group_are_those_of_the_chosen_command(written):
    """A pair is given by its own words; a list of a fixed length behind its name."""
    text = """
        import rich_click as click
        @click.group()
        def cli(): ...
        @cli.command("train")
        @click.option("--ema/--no-ema", default=True)
        @click.option("--pair", nargs=2, default=(1, 2))
        def first(): ...
        @cli.command(name="test")
        def second(): ...
        @cli.command
        def third_thing_cmd(): ...
        """
    assert written(text)[1:] == [
        '  command: [python, train.py, train, "{args}"]',
        "  # the subcommand is train (there are also: test, third-thing)",
        "  args: {bool: no-flag, key: dash}  # how options are written for click",
        "ema: true",
        "pair: [1, 2]",
    ]


def test_a_click_group_of_unknown_commands_has_no_options():
    """Nothing is guessed."""
    text = "import click\n@cli.command()\n@click.option('--x')\ndef a(): ...\n@cli.command()\ndef b(): ...\n"
    assert program_of(text).options == ()


TYPER = """
import typer
from typing import Annotated, Optional, List
def main(
    data: str,
    lr: float = 0.1,
    batch_size: Annotated[int, typer.Option(help="x")] = 8,
    wd: Annotated[float, typer.Option("--weight-decay", "-w")] = 0.5,
    amp: bool = False,
    quiet: bool = typer.Option(True, "--loud/--silent"),
    fast: Annotated[bool, typer.Option("--fast")] = False,
    on: Annotated[bool, typer.Option("--on")] = True,
    both: Annotated[bool, typer.Option("--both/--no-both")] = True,
    note: Optional[str] = None,
    dims: List[int] = [],
    steps: int = typer.Option(...),
    rest: int = typer.Option(default=3),
    place: str = typer.Argument("x"),
    model: Model = Model.cnn,
    odd: Annotated[int] = 1,
    context: typer.Context = None,
): ...
typer.run(main)
typer.run()
typer.run(unknown)
"""


def test_the_parameters_of_a_typer_function(written):
    """A parameter without a default comes by its position; a bool is a pair."""
    assert written(TYPER)[1:] == [
        '  command: [python, train.py, "???", "{args}"]',
        "  # put the positional argument data in place of ??? in task.command",
        "  args: {bool: no-flag, list: repeat, key: dash}  # how options are written for typer",
        "lr: 0.1",
        "batch_size: 8",
        "weight_decay: 0.5",
        "amp: false",
        "silent: null  # a flag: null or true (false would be --no-silent)",
        "fast: null  # a flag: null or true (false would be --no-fast)",
        '# "on": null  # it is a flag that is on',
        "both: true",
        "note: null",
        "dims: null",
        "steps: ???  # needed: write a value here or on the command line",
        "rest: 3",
        "model: null  # the program's own default",
        "odd: 1",
    ]


@pytest.mark.parametrize(
    ("text", "words", "names"),
    [
        ("@app.command()\ndef run_it(lr: float = 1): ...\n", (), ["lr"]),
        (
            "@app.command()\ndef a(): ...\n@app.command('train')\ndef b(lr: float = 1): ...\n",
            ("train",),
            ["lr"],
        ),
        (
            "@app.callback()\ndef top(): ...\n@app.command()\ndef run_it(lr: int = 1): ...\n",
            ("run-it",),
            ["lr"],
        ),
        ("@app.command()\ndef a(x: int = 1): ...\n@app.command(name='b')\ndef c(): ...\n", ("???",), []),
    ],
)
def test_the_commands_of_a_typer_app(text, words, names):
    """One command has no name to type, unless there is a callback."""
    program = program_of(f"import typer\napp = typer.Typer()\n{text}@plain\n@other()\ndef helper(): ...\n")
    assert program.words == words
    assert [one.name for one in program.options] == names


def test_a_file_that_only_imports_typer_is_no_program():
    """There must be a command."""
    assert program_of("import typer\ntyper.echo('x')\n") is None
