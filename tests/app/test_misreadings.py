"""A grid that the script would misread is refused before anything is made."""

from __future__ import annotations

import pytest

from sweeper.app.program_sources import program_sources

SCRIPT = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
parser.add_argument("--y", type=int)
parser.add_argument("--amp", action="store_true")
print("v:", int(parser.parse_args().amp))
"""


@pytest.mark.parametrize("command", ["python,train.py", "python,-u,{code}/train.py", "python,-m,train"])
def test_a_flag_that_would_get_a_value_is_refused_with_the_way_out(tiny, command):
    """The source says so: no trial has to fail for it."""
    (tiny.folder / "train.py").write_text(SCRIPT)
    before = tiny.tree()
    words = [f"task.command=[{','.join(repr(word) for word in [*command.split(','), '{args}'])}]"]
    result = tiny.run("-m", *words, "task.args_style=argparse", "+amp=true,false", "sweep.name=x")
    assert (result.code, result.out) == (2, "")
    assert "train.py would misread the parameter amp: action='store_true' takes no value" in result.err
    assert "task.args.bool=flag" in result.err
    assert tiny.tree() == before


def test_with_the_way_out_each_trial_has_its_own_value(tiny):
    """The flag is there for true, and not for false."""
    (tiny.folder / "train.py").write_text(SCRIPT)
    words = ["task.command=[python,train.py,'{args}']", "task.args_style=argparse", "task.args.bool=flag"]
    result = tiny.run("-m", *words, "results.reader=log", "+amp=true,false", "sweep.name=x")
    assert result.code == 0
    assert {row["amp"]: row["v"] for row in tiny.rows()} == {True: 1, False: 0}


BOOLS = """\
import argparse
def make_parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("--x", type=float)
    parser.add_argument("--y", type=int)
    parser.add_argument("--aug", type=bool, default=True)
    parser.add_argument("--amp", action="store_true")
    return parser
"""
TAKES = "print('v:', int(make_parser().parse_args().aug))\n"


@pytest.mark.parametrize(
    ("path", "command", "text"),
    [
        ("train.py", "python,-m,cProfile,train.py", "from pkg.core import make_parser\n"),
        ("pkg/__main__.py", "python,-m,pkg", "from . import core\nmake_parser = core.make_parser\n"),
    ],
)
def test_an_option_that_a_module_of_the_project_declares_is_judged(tiny, path, command, text):
    """Whether the command names the script or its module."""
    _write(tiny.folder, path, text + TAKES)
    words = [f"task.command=[{command},'{{args}}']", "task.args_style=argparse", "--dry-run"]
    result = tiny.run("-m", *words, "+aug=false,true", "task.args.bool=flag")
    assert (result.code, result.out) == (2, "")
    assert f"{path} would misread the parameter aug: type=bool makes true of every text" in result.err


@pytest.mark.parametrize(
    "text", ["import pkg.core\n", "import fire\nimport pkg.core\ndef main(aug): ...\nfire.Fire(main)\n"]
)
def test_a_parser_of_a_module_that_the_script_does_not_take_is_left_alone(tmp_path, text):
    """It may be the parser of another program."""
    _write(tmp_path, "train.py", text)
    (tmp_path / "pkg" / "core.py").write_text(BOOLS + "parser = make_parser()\n" * ("fire" in text))
    assert not any("type=bool" in one for one in program_sources(["python", "train.py"], tmp_path)[1])


def _write(folder, path, text):
    (folder / "pkg").mkdir()
    (folder / "pkg" / "core.py").write_text(BOOLS)
    (folder / path).write_text(text)


def test_the_texts_that_are_advised_for_type_bool_arrive_as_false_and_true(tiny):
    """The empty text is the one that `bool` makes False of."""
    (tiny.folder / "train.py").write_text(BOOLS + TAKES)
    words = ["task.command=[python,train.py,'{args}']", "task.args_style=argparse", "task.args.bool=flag"]
    assert "aug='','true'" in tiny.run("-m", *words, "+aug=false,true", "--dry-run").err
    result = tiny.run("-m", *words, "results.reader=log", "+aug='','true'", "sweep.name=x")
    assert result.code == 0
    assert [row["v"] for row in tiny.rows()] == [0, 1]


@pytest.mark.parametrize(
    "command", ["[sh,program.sh]", "[sh,program.sh,'{args}']", "[echo,absent.py,'{args}']"]
)
def test_a_program_that_cannot_be_judged_is_left_alone(tiny, command):
    """It is no Python, it is not here, or it gets no options."""
    result = tiny.run(f"task.command={command}", "task.args_style=argparse", "+amp=false", "--dry-run")
    assert result.code == 0


@pytest.mark.parametrize(
    ("words", "said_so"),
    [
        (["+wd=null,0.1"], True),
        (["+opt.wd=null,0.1"], True),
        (["+wd=0,0.1"], False),
        (["+wd=null,0.1", "task.args.none=json"], False),
        (["+wd=null,0.1", "task.args_style=env"], False),
    ],
)
def test_a_swept_null_that_the_program_never_sees_is_reported(tiny, words, said_so):
    """Such a trial runs with the program's default, whatever that is."""
    result = tiny.run("-m", "task.args_style=argparse", *words, "--dry-run")
    assert result.code == 0
    assert ("wd=null is left out of the command, so the program uses its default" in result.err) is said_so
