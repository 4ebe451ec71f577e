"""The configuration that is written for fire, jsonargparse and LightningCLI."""

from __future__ import annotations

import pytest

from sweeper.core.recognition.model import Option
from tests.core.recognition.conftest import program_of

FIRE = (
    "import fire\ndef train(lr=0.1, *, name='8', flag=False, dims=(1,), data, opt=f()): ...\ndef _no(): ...\n"
)
FIRE_ARGS = "  args: {bool: python, list: json, dict: json, text: python, none: python}"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("fire.Fire(train)", []),
        ("fire.Fire(component=train)", []),
        ("fire.Fire()", ["train"]),
        ("fire.Fire({'fit': train, 'other': missing})", ["fit"]),
        ("fire.Fire([train])", ["train"]),
    ],
)
def test_the_parameters_of_a_function_for_fire(written, call, words):
    """A default that only running tells is left out: fire has no word for it."""
    lines = written(FIRE + call)
    assert lines[1] == f'  command: [{", ".join(["python", "train.py", *words])}, "{{args}}"]'
    assert [line.partition("  #")[0] for line in lines if "subcommand" not in line][2:] == [
        FIRE_ARGS,
        "lr: 0.1",
        'name: "8"',
        "flag: false",
        "dims: [1]",
        "data: ???",
        "# opt: null",
    ]


def test_a_class_for_fire_has_the_parameters_of_its_method_too(written):
    """The subcommand is the method."""
    methods = "    def __init__(self, seed=1): ...\n    def train(self, lr=0.1): ...\n"
    text = f"import fire\nclass T:\n{methods}fire.Fire(T)"
    assert written(text)[1] == '  command: [python, train.py, train, "{args}"]'
    assert written(text)[-2:] == ["seed: 1", "lr: 0.1"]


@pytest.mark.parametrize(
    "call", ["fire.Fire(unknown)", "fire.Fire({'a': train, 'b': train})", "fire.Fire(f())"]
)
def test_fire_with_something_else_has_no_known_options(call):
    """Nothing is guessed."""
    assert program_of(FIRE + call).options == ()


JSONARGPARSE = """
from jsonargparse import CLI
from dataclasses import dataclass
@dataclass
class Opt:
    lr: float = 0.1
def main(data: str, amp: bool = False, opt: Opt = Opt(), dims: "list[int]" = None): ...
"""


@pytest.mark.parametrize("call", ["CLI(main)", "CLI()", "CLI(components=main)"])
def test_the_parameters_of_a_function_for_jsonargparse(written, call):
    """A parameter without a default comes by its position; a dataclass is a group."""
    assert written(JSONARGPARSE + call)[1:] == [
        '  command: [python, train.py, "???", "{args}"]',
        "  # put the positional argument data in place of ??? in task.command",
        "  args: {list: json, none: json}  # how options are written for jsonargparse",
        "amp: false",
        "dims: null",
        "opt:",
        "  lr: 0.1",
    ]


def test_jsonargparse_can_take_all_by_name_and_choose_a_function():
    """as_positional=False; a list of functions has subcommands."""
    by_name = program_of(JSONARGPARSE + "CLI(main, as_positional=False)")
    assert by_name.words == ()
    assert by_name.options[0] == Option("data", required=True)
    several = program_of(JSONARGPARSE + "def other(): ...\nCLI([main, other])")
    assert several.words == ("main", "???")
    unknown = program_of(JSONARGPARSE + "def a(): ...\ndef b(): ...\nCLI((a, b))")
    assert (unknown.words, unknown.options) == (("???",), ())


LIGHTNING = """
from lightning.pytorch.cli import LightningCLI
class Model(Base):
    def __init__(self, lr: float = 0.1, hidden: int = f()): ...
class Data(Base):
    x = 1
"""


@pytest.mark.parametrize(
    "call", ["LightningCLI(Model, Data)", "LightningCLI(model_class=Model)", "LightningCLI(Model)"]
)
def test_the_parameters_of_the_model_of_lightning_cli(written, call):
    """Its files go into the trial's folder."""
    lines = written(LIGHTNING + call)
    assert lines[1] == '  command: [python, train.py, fit, "--trainer.default_root_dir={out}", "{args}"]'
    assert lines[-3:] == ["model:", "  lr: 0.1", "  # hidden: null  # its default is not in the source"]


def test_lightning_cli_without_a_subcommand():
    """run=False."""
    program = program_of(LIGHTNING + "LightningCLI(run=False)")
    assert program.words == ("--trainer.default_root_dir={out}",)
    assert program.options == ()
