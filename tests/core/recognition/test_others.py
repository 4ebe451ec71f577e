"""The configuration that is written for absl, Hydra, and scripts without a library."""

from __future__ import annotations

import pytest

from sweeper.core.recognition.model import Option, OptionKind
from sweeper.core.recognition.recognize import recognise
from sweeper.core.recognition.syntax import parse_source
from tests.core.recognition.conftest import program_of, without_remarks

ABSL = """
from absl import app, flags
from absl.flags import DEFINE_integer
flags.DEFINE_float("lr", 0.1, "x")
DEFINE_integer("seed", default=1, help="x")
flags.DEFINE_bool("amp", False, "x", required=False)
flags.DEFINE_string("name", None, "x")
flags.DEFINE_string("data", None, "x", required=True)
flags.DEFINE_string("more", None, "x")
flags.DEFINE_enum_class("kind", OptionKind.a, OptionKind, "x")
flags.DEFINE_float(NAME, 1, "x")
flags.DEFINE_float("computed", f(), "x")
flags.DEFINE_float()
flags.mark_flag_as_required("more")
flags.mark_flag_as_required()
"""


def test_the_flags_of_absl(written):
    """Each kind of value."""
    lines = written(ABSL + 'flags.DEFINE_list("tags", "a,b", "x")\nflags.DEFINE_multi_integer("n", 1, "x")\n')
    assert without_remarks(lines)[2:] == [
        "  args: {list: comma}",
        "lr: 0.1",
        "seed: 1",
        "amp: false",
        "name: null",
        "data: ???",
        "more: ???",
        "# kind: null",
        '# "?": null',
        "computed: null",
        'tags: ["a", "b"]',
        '"n": null',
    ]


def test_repeated_flags_of_absl_alone(written):
    """They are repeated if no other flag takes a list."""
    lines = written(
        ABSL + 'flags.DEFINE_multi_integer("n", [1, 2], "x")\nflags.DEFINE_multi_integer("m", None, "x")'
    )
    assert "  args: {list: repeat}" in without_remarks(lines)
    assert lines[-2:] == ['"n": [1, 2]', "m: null"]


def test_how_a_flag_of_absl_takes_many_values(written):
    """Only a list flag splits a string at its commas; a space-separated list is one word, as it is typed."""
    lines = written(
        ABSL + 'flags.DEFINE_multi_string("m", "p,q", "x")\nflags.DEFINE_spaceseplist("s", "x y", "x")\n'
        'flags.DEFINE_spaceseplist("t", ["x", "y"], "x")\nflags.DEFINE_multi_integer("n", 3, "x")'
    )
    assert lines[-4:] == ['m: ["p,q"]', 's: "x y"', 't: "x y"', '"n": [3]']


HYDRA = "import hydra\n@hydra.main({})\ndef main(cfg): ...\n"


@pytest.mark.parametrize(
    ("words", "app"),
    [
        ('config_path="conf", config_name="config", version_base=None', ("conf", "config")),
        ('"../configs", "train.yaml"', ("../configs", "train")),
        ('config_path=os.path.join("a"), config_name="c"', ("os.path.join('a')", "c")),
        ('config_path=None, config_name="c"', None),
        ("", None),
    ],
)
def test_the_configuration_of_a_hydra_app(words, app):
    """Its folder and its name, as they stand in the decorator."""
    program = program_of(HYDRA.format(words))
    assert (program.library, program.app) == ("Hydra", app)


def test_a_hydra_app_without_words():
    """`@hydra.main` alone is one, too."""
    assert program_of("import hydra\n@hydra.main\ndef main(cfg): ...\n").app is None


def test_a_hydra_app_whose_configuration_is_a_dataclass_gets_values(written):
    """A default that only running tells is left out: Hydra has no word for it."""
    text = """
        from dataclasses import dataclass, field
        import hydra
        @dataclass
        class Config:
            defaults: list = field(default_factory=list)
            lr: float = 0.1
            seed: int = MISSING
            wd: float = None
        store(name="config", node=Config)
        store(group="opt", name="x", node=Config)
        store(name="other", node={})
        other(node=Config)
        @hydra.main(config_name="config")
        def main(cfg): ...
        """
    assert written(text)[2:] == [
        "  args_style: hydra  # parameters arrive as Hydra's overrides",
        "lr: 0.1",
        "# seed: null  # its default is not in the source",
        "wd: null",
    ]


ENVIRONMENT = """
import os
from os import environ
lr = float(os.environ.get("LR", "0.1"))
seed = os.getenv("SEED", 3)
name = environ["NAME"]
text = os.environ.get("TEXT", "1e-3")
path = os.environ["PATH"] + os.environ["HF_TOKEN"] + os.environ["MY_PASSWORD"]
os.environ["OUT"] = "x"
other = os.environ.get(NAME) or os.environ.get("LR", "7") or table["x"]
computed = os.environ.get("COMPUTED", f())
whole = os.getenv()
"""


def test_a_script_that_reads_environment_variables(written):
    """Those of the system and secrets are no parameters."""
    assert written(ENVIRONMENT)[:2] == ["task:", "  command: [python, train.py]"]
    assert sorted(written(ENVIRONMENT)[2:]) == [
        "  args_style: env  # parameters arrive as environment variables",
        "# COMPUTED: null  # without a value here, trials inherit yours",
        "# SEED: null  # without a value here, trials inherit yours",
        "LR: 0.1",
        "NAME: ???  # needed: write a value here or on the command line, or drop this line to inherit it",
        'TEXT: "1e-3"',
    ]


def test_a_script_that_reads_positional_words(written):
    """The shell puts the variables in their places."""
    text = (
        "import sys\nlr = float(sys.argv[1])\na.b = sys.argv[4]\nprint(sys.argv[0], sys.argv[:], sys.argv[n])"
    )
    assert without_remarks(written(text))[1:] == [
        '  command: [sh, "-c", \'exec python train.py "$lr" "$arg2" "$arg3" "$arg4"\']',
        "  args_style: env",
        "lr: ???",
        "arg2: ???",
        "arg3: ???",
        "arg4: ???",
    ]


def test_a_script_without_options_has_none():
    """Nothing is found, and nothing is made up."""
    assert program_of("print(1)\n") is None


def test_the_module_is_read_and_never_run():
    """A source that is no Python is none; one that would end the process does not."""
    assert parse_source("def (") is None
    assert parse_source("\0") is None
    source = parse_source(
        "raise SystemExit(7)\nimport click\n@click.command()\n@click.option('--x')\ndef f(): ..."
    )
    assert source is not None
    assert recognise(source).options == (Option("x", OptionKind.VALUE),)
