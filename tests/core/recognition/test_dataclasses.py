"""The configuration that is written for tyro, Hugging Face and simple-parsing."""

from __future__ import annotations

import pytest

from sweeper.core.recognition.model import Option
from tests.core.recognition.conftest import program_of, without_remarks

DATACLASSES = """
from dataclasses import dataclass, field
from typing import ClassVar, Optional, Union
import tyro, transformers, simple_parsing
from transformers import TrainingArguments
def dims(): ...
@dataclass
class Base:
    seed: int = 1
@dataclass(frozen=True)
class Opt:
    lr: float = field(default=0.1, metadata={})
    nesterov: bool = True
@dataclass
class Training(Base, Unknown):
    "Words."
    kind: ClassVar[int] = 3
    hidden: int = field(default=1, init=False)
    opt: Opt = field(default_factory=Opt)
    data: str = field()
    dims: list[int] = field(default_factory=lambda: [1, 2])
    tags: "Optional[list[str]]" = field(default_factory=list)
    odd: int = field(default_factory=dims)
    more: int = field(default_factory=a.b)
    wd: "float | None" = None
    rate: Union[int, str] = 3
    both: None | float = 2.5
    amp: Optional[bool] = False
    x.y: int = 1
"""
FIELDS = [
    "seed: 1",
    "data: ???",
    "dims: [1, 2]",
    "tags: []",
    "odd",
    "more",
    "wd: null",
    "rate: 3",
    "both: 2.5",
    "amp: false",
]


def test_the_fields_of_a_dataclass_for_tyro(written):
    """A dataclass in it is a group."""
    lines = without_remarks(written(DATACLASSES + "tyro.cli(Training)"))
    assert lines[2] == "  args: {bool: no-flag, none: python}"
    shown = [line for line in lines[3:] if line.partition(":")[0] not in ("# odd", "# more")]
    assert shown == [*(line for line in FIELDS if ":" in line), "opt:", "  lr: 0.1", "  nesterov: true"]


def test_the_parameters_of_a_function_for_tyro():
    """Or nothing, if it is neither."""
    assert program_of("import tyro\ndef main(lr: float = 1.0): ...\ntyro.cli(main)").options == (
        Option("lr", default=1.0),
    )
    assert program_of("import tyro\ntyro.cli()").options == ()
    assert program_of("import tyro\ntyro.cli(make(1))").options == ()


def test_the_fields_of_dataclasses_for_hugging_face(written):
    """The well-known arguments of its trainer can be swept, and its files go into the trial's folder."""
    text = DATACLASSES + "transformers.HfArgumentParser((Opt, TrainingArguments))"
    assert without_remarks(written(text))[1:] == [
        '  command: [python, train.py, "--output_dir={out}", "{args}"]',
        "",
        "lr: 0.1",
        "nesterov: true",
        "learning_rate: null",
        "num_train_epochs: null",
        "per_device_train_batch_size: null",
        "weight_decay: null",
        "seed: null",
    ]
    assert "  # Other TrainingArguments: e.g. +do_train=true on the command line, or do_train: true here" in (
        written(text)
    )


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("HfArgumentParser(Base)", {"seed"}),
        ("HfArgumentParser(dataclass_types=[Base, Unknown])", {"seed"}),
        ("class Own(TrainingArguments):\n    mine: int = 1\nHfArgumentParser(Own)", {"output_dir", "mine"}),
        ("HfArgumentParser()", set()),
    ],
)
def test_the_dataclasses_of_hugging_face_are_found(call, names):
    """One or several; a class made from TrainingArguments is one of a trainer."""
    text = f"{DATACLASSES}\nfrom transformers import HfArgumentParser\n{call}"
    found = {one.name for one in program_of(text).options}
    assert names <= found
    assert ("learning_rate" in found) == ("output_dir" in names)
    assert bool(program_of(text).remarks) == ("output_dir" in names)


@pytest.mark.parametrize("call", ["simple_parsing.parse(Training)", "p.add_arguments(Training, dest='x')"])
def test_the_fields_of_a_dataclass_for_simple_parsing(written, call):
    """A dataclass in it is left out: the names of its fields depend on the parser."""
    text = DATACLASSES.replace("tyro, transformers, ", "") + call + "\np.add_arguments()\n"
    lines = without_remarks(written(text))
    assert lines[2:] == [
        "seed: 1",
        "# opt: null",
        *(line if ":" in line else f"{line}: null" for line in FIELDS[1:]),
    ]


def test_options_beside_the_dataclasses_of_simple_parsing_count_too():
    """They are declared as with argparse; without a dataclass it is argparse."""
    text = DATACLASSES + "p = simple_parsing.ArgumentParser()\np.add_argument('--n', default=1)\n"
    assert [one.name for one in program_of(text + "p.add_arguments(Base, 'b')").options] == ["seed", "n"]
    assert program_of(text).library == "argparse"
