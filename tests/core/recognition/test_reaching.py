"""What a script uses of other modules, and what it leaves alone."""

from __future__ import annotations

import ast

import pytest

from sweeper.core.recognition.reaching import reached
from sweeper.core.recognition.syntax import ParsedFile, parse_source

CORE = """
def make_parser():
    parser = ArgumentParser()
    _add(parser)
    return parser

def _add(parser):
    parser.add_argument("--aug", type=bool)

def load(): ...
"""
THROUGH = "from pkg.core import make_parser\n"


def source(text: str) -> ParsedFile:
    parsed = parse_source(text)
    assert parsed is not None
    return parsed


def uses_the_parser(script: str, *modules: str) -> bool:
    found = reached(source(script), [source(text) for text in (CORE, *modules)])
    return "--aug" in ast.unparse(found[0].tree)


@pytest.mark.parametrize(
    ("script", "modules"),
    [
        ("from pkg.core import make_parser\nmake_parser().parse_args()", ()),
        ("from pkg.core import make_parser as made\nmade().parse_args()", ()),
        ("import pkg.core as core\ncore.make_parser()", ()),
        ("import pkg.core\npkg.core.make_parser()", ()),
        ("from pkg.core import *\nmake_parser()", ()),
        ("from pkg import make_parser\nmake_parser()", (THROUGH,)),
        ("from pkg.main import main\nmain()", (f"{THROUGH}def main(): make_parser()",)),
        ("from pkg.main import main\nmain()", ("def main():\n import pkg.core as c\n c.make_parser()",)),
        ("from pkg import core\nmake = core.make_parser\nmake()", ()),
    ],
)  # fmt: skip
def test_a_parser_that_the_script_takes_is_reached(script: str, modules: tuple[str, ...]) -> None:
    assert uses_the_parser(script, *modules)


@pytest.mark.parametrize(
    ("script", "modules"),
    [
        ("from pkg.core import load\nload()", ()),
        ("from pkg.core import make_parser, load\nload()", ()),
        ("from pkg.data import read\nread()", (f"{THROUGH}def read(): ...\ndef main(): make_parser()",)),
        ("from pkg.data import read\nread()",
         (f"{THROUGH}def read(): ...\nif __name__ == '__main__':\n    make_parser()",)),
    ],
)  # fmt: skip
def test_a_parser_that_only_another_program_takes_is_not_reached(
    script: str, modules: tuple[str, ...]
) -> None:
    assert not uses_the_parser(script, *modules)
