"""The configuration that is written for a program of argparse."""

from __future__ import annotations

import pytest

from tests.core.recognition.conftest import program_of

PARSER = "import argparse\np = argparse.ArgumentParser()\n"
COMMAND = ["task:", '  command: [python, train.py, "{args}"]']

ARGPARSE = [
    # the default of each kind
    ('p.add_argument("-l", "--lr", type=float, default=1e-5)', ["lr: 1.0e-05"]),
    ('p.add_argument("--wd", type=float)', ["wd: null"]),
    ('p.add_argument("--name", default="on")', ['name: "on"']),
    ('p.add_argument("--dims", type=int, nargs="+", default=(8, -1))', ["dims: [8, -1]"]),
    ('p.add_argument("--dims", nargs="+", default=[])', ["dims: null  # the program's own default"]),
    ('p.add_argument("--dims", nargs="*", default=[])', ["dims: []"]),
    ('p.add_argument("--one", type=int, nargs="?", default=1)', ["one: 1"]),
    ('LR = 0.5\np.add_argument("--lr", type=float, default=LR)', ["lr: 0.5"]),
    ('LR = 0.5\nLR = 1\np.add_argument("--lr", default=LR)', ["lr: null  # the program's own default"]),
    ('LR: float = 0.5\np.add_argument("--lr", type=float, default=LR)', ["lr: 0.5"]),
    ('p.add_argument("--lr", type=int, default=1)\np.set_defaults(lr=2)\np.set_defaults(seed=1)', ["lr: 2"]),
    ('p.add_argument("--lr", default=1)\np.set_defaults(lr=f())', ["lr: null  # the program's own default"]),
    ('p.add_argument("--x", default="1")\np.set_defaults(**more)', ["x: null  # the program's own default"]),
    # what would be another thing if it is given as text
    ('p.add_argument("--x", default=0.5)', ["x: null  # the program's own default"]),
    ('p.add_argument("--x", type=str, default=1)', ["x: null  # the program's own default"]),
    ('p.add_argument("--x", type=lambda x: 2 * int(x), default=1)', ["x: null  # the program's own default"]),
    ('p.add_argument("--x", type=int, nargs="?", const=True, default=False)',
     ["x: null  # the program's own default"]),
    ('p.add_argument("--x", type=parse, default=[1, 2])', ["x: null  # the program's own default"]),
    ('p.add_argument("--x", nargs="+", default=["a", 2])', ["x: null  # the program's own default"]),
    ('p.add_argument("--x", nargs="+", default=["a", "b"])', ['x: ["a", "b"]']),
    ('p.add_argument("--lr", default="1", **more)', ["lr: null  # the program's own default"]),
    *(
        (f'p.add_argument("--x", default={value})', ["x: null  # the program's own default"])
        for value in ("os.cpu_count()", "b'x'", "1j", "{1: 2}", "'${x}'", "'???'", "1e999", "1 or 2")
    ),
    # required, and what is no option of a trial
    ('p.add_argument("--x", required=True)', ["x: ???  # needed: write a value here or on the command line"]),
    ('p.add_argument("--x", type=int, default=1, required=False)', ["x: 1"]),
    ('p.add_argument("--version", action="version")', []),
    ('p.add_argument("-v", action="count")', ["# v: null  # it has no name with two dashes; add one"]),
    ('p.add_argument("--v", action="count")',
     ["# v: null  # action=count is not known to cvsweep: add it to task.command"]),
    ('p.add_argument("--task", default=1)',
     ["# task: null  # cvsweep has a key of this name: give it in task.command, or rename the option"]),
    ('p.add_argument("--2d", default=1)',
     ['# "2d": null  # Hydra allows no such name: give it in task.command']),
    ('p.add_argument("--api_key", default="x")',
     ["# api_key: null  # a secret belongs in an environment variable, not in a command line"]),
    ('p.add_argument("--y", type=int, default=1)', ['"y": 1']),
    # flags
    ('p.add_argument("--amp", action="store_true")', ["  args: {bool: flag}", "amp: false"]),
    ('p.add_argument("--no-amp", dest="amp", action="store_false")',
     ["  args: {bool: flag, key: dash}", "no_amp: false"]),
    ('p.add_argument("--amp", action="store_true", default=True)',
     ["# amp: null  # action=store_true with the default True changes nothing"]),
    ('p.add_argument("--ema", action=argparse.BooleanOptionalAction, default=True)',
     ["  args: {bool: no-flag}", "ema: true"]),
    ('p.add_argument("--ema", action=argparse.BooleanOptionalAction, default=False)',
     ["  args: {bool: no-flag}", "ema: false"]),
    ('p.add_argument("--ema", action=argparse.BooleanOptionalAction, default=False)\n'
     'p.add_argument("--amp", action="store_true")', ["  args: {bool: flag}", "ema: false", "amp: false"]),
    ('p.add_argument("--ema", action=argparse.BooleanOptionalAction, default=True)\n'
     'p.add_argument("--amp", action="store_true")',
     ["  args: {bool: no-flag}", "ema: true", "amp: null  # a flag: null or true (false would be --no-amp)"]),
    ('p.add_argument("--amp", type=bool, default=False)',
     ["# amp: null  # type=bool makes true of every text; use action=argparse.BooleanOptionalAction"]),
    ('p.add_argument("--amp", type=str2bool, default=False)', ["amp: null  # the program's own default"]),
    # repeated options
    ('p.add_argument("--tag", action="append")', ["  args: {list: repeat}", "tag: null"]),
    ('p.add_argument("--tag", action="append", default=["a"])',
     ["  args: {list: repeat}", "tag: null  # the program's own default"]),
    ('p.add_argument("--tag", action="append")\np.add_argument("--dims", nargs=2, default=["1", "2"])',
     ["tag: null  # it is repeated: it needs task.args.list=repeat", 'dims: ["1", "2"]']),
    # names
    ('p.add_argument("--batch-size", type=int, default=8)', ["  args: {key: dash}", "batch_size: 8"]),
    ('p.add_argument("--batch-size")\np.add_argument("--n_layers")', ["batch-size: null", "n_layers: null"]),
    ('p.add_argument("--o.lr")\np.add_argument("--o.w.x")', ["o:", "  lr: null", "  w:", "    x: null"]),
    ('p.add_argument("--opt.lr", default=f)\np.add_argument("--opt", default="sgd")',
     ['opt: "sgd"', "# opt:", "  # lr: null  # opt is an option, too: add it to task.command"]),
    ('p.add_argument("--lr", default="1")\np.add_argument("--lr", default="2")',
     ["lr: null  # the program's own default"]),
    # groups
    ('g = p.add_argument_group()\ng = g.add_argument_group()\ng.add_argument("--lr")', ["lr: null"]),
    ('p.add_argument_group("x").add_argument("--lr")', ["lr: null"]),
    ('g = p.add_mutually_exclusive_group()\ng.add_argument("--a", default="a")\ng.add_argument("--b")',
     ["a: null  # the program's own default", "b: null"]),
    ('def add(parser):\n    parser.add_argument("--lr")\nadd(p)', ["lr: null"]),
    ("print(add_argument(1))", []),
]  # fmt: skip


@pytest.mark.parametrize(("code", "lines"), ARGPARSE)
def test_an_option_of_argparse_is_written_as_the_program_reads_it(written, code, lines):
    """Defaults, flags, lists and names; what cannot be given is a comment."""
    found = [line.partition("  # how options")[0] for line in written(PARSER + code)]
    assert found[:2] == COMMAND
    assert found[2:] == lines


@pytest.mark.parametrize(
    ("code", "command", "remark"),
    [
        ('p.add_argument("data")', "???", "the positional argument data in place"),
        ('p.add_argument("a")\np.add_argument(dest="b", nargs="+")', "??? ???", "arguments a, b in place"),
        ("p.add_argument(NAME)\np.add_argument(*names)", "", "whose names are computed are not listed"),
        ('p.add_argument("data", nargs="?")\np.add_argument("more", nargs="*")', "", ""),
        ('p.add_argument("data", nargs=argparse.REMAINDER)', "", ""),
    ],
)
def test_a_positional_argument_is_to_be_filled_in(code, command, remark):
    """It stands in the command; a run is refused until it has a value."""
    program = program_of(PARSER + code)
    assert " ".join(program.words) == command
    assert remark in " ".join(program.remarks)


SUBCOMMANDS = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--seed", default=0)
common = argparse.ArgumentParser(add_help=False)
common.add_argument("--data", default="x")
sub = p.add_subparsers()
t = sub.add_parser("train", parents=[common])
t.add_argument("--lr", type=float, default=0.1)
t = sub.add_parser("eval")
t.add_argument("--checkpoint")
t.add_argument("file")
sub.add_parser()
"""


def test_the_options_of_the_chosen_subcommand_are_written(written):
    """Those of another one are not; those of the whole program are a comment."""
    assert written(SUBCOMMANDS) == [
        "task:",
        '  command: [python, train.py, train, "{args}"]',
        "  # the subcommand is train (there are also: eval)",
        "# seed: null  # it comes before the subcommand: add it to task.command",
        'data: "x"',
        "lr: 0.1",
    ]


def test_a_subcommand_that_cannot_be_chosen_is_to_be_filled_in(written):
    """Nothing tells which is meant."""
    text = SUBCOMMANDS.replace('"train"', '"resnet"')
    assert written(text)[1:3] == [
        '  command: [python, train.py, "???", "{args}"]',
        "  # put a subcommand in place of ??? in task.command: resnet, eval",
    ]


def test_a_parser_of_jsonargparse_takes_lists_as_json_and_bools_as_they_are(written):
    """Its type=bool reads true and false."""
    text = 'import jsonargparse as j\nj.ArgumentParser().add_argument("--a", type=bool, default=False)'
    assert written(text)[2:] == [
        "  args: {list: json}  # how options are written for jsonargparse",
        "a: false",
    ]
