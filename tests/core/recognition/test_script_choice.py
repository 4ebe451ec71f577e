"""Which script is meant if none is named, and what of another module is reached."""

from __future__ import annotations

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.recognition.recognize import recognise
from sweeper.core.recognition.script_choice import ScriptCandidate, choose
from sweeper.core.recognition.syntax import parse_source


def candidate(text: str) -> ScriptCandidate:
    """`path`, with a `+` if it has options, a `-` if it does nothing, and `@name` for an entry."""
    path, _, entry = text.partition("@")
    return ScriptCandidate(path.rstrip("+-"), "+" in path, "-" not in path, entry)


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        ("train.py main.py+ other.py+", "train.py"),
        ("main.py+ other.py+ src/train.py", "main.py"),
        ("main.py other.py+ helper.py", "other.py"),
        ("a.py b.py src/train.py", "src/train.py"),
        ("main.py src/pkg/train.py", "src/pkg/train.py"),
        ("a.py b.py pkg/main.py+", "pkg/main.py"),
        ("a.py pkg/cli.py@tool b.py", "pkg/cli.py"),
        ("a.py pkg/__main__.py b.py", "pkg/__main__.py"),
        ("a.py run.sh+ b.py", "run.sh"),
        ("main.py b.py", "main.py"),
        ("helper.py- only.py", "only.py"),
        ("helper.py-", None),
        ("", None),
    ],
)
def test_the_script_that_its_name_or_its_options_tell_is_chosen(paths, chosen):
    """In the order of the rules; a module that only defines names is no script."""
    found = choose([candidate(path) for path in paths.split()])
    assert (found.path if found else None) == chosen


@pytest.mark.parametrize(
    "paths", ["a.py+ b.py+", "a.py b.py", "a/train.py b/train.py", "a/x.py@one b/y.py@two"]
)
def test_an_ambiguous_project_names_the_scripts_and_the_way_out(paths):
    """Nothing is guessed."""
    candidates = [candidate(path) for path in paths.split()]
    names = ", ".join(one.path for one in candidates)
    with pytest.raises(
        UsageError, match=f"could be meant: {names}; nothing.*cvsweep init {candidates[0].path}"
    ):
        choose(candidates)


def test_a_long_list_of_scripts_is_cut():
    """One line stays one line."""
    with pytest.raises(UsageError, match=r"7\.py, …; nothing"):
        choose([candidate(f"{at}.py+") for at in range(9)])


OPTIONS = """
import argparse
LR = 0.5
def get_args():
    return parser().parse_args()
def parser():
    p = argparse.ArgumentParser()
    p.add_argument("--lr", default=LR)
    return p
def main():
    argparse.ArgumentParser().add_argument("--other")
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("from options import get_args\nget_args()\ndef main(): ...\nmain()\n", ["lr"]),
        ("import options as o\no.get_args()\n", ["lr"]),
        ("from options import *\ndef main(): ...\nget_args()\nmain()\n", ["lr"]),
        ("from options import LR\ndef main(): ...\nmain()\n", None),
    ],
)
def test_only_what_a_script_takes_from_a_module_counts(script, names):
    """A module's own command line is not the script's."""
    own, module = parse_source(script), parse_source(OPTIONS)
    assert own is not None
    assert module is not None
    found = recognise(module.reached_by(own.uses()))
    assert (found and [one.name for one in found.options]) == names


def test_functions_and_classes_of_other_modules_are_found_and_their_constants_kept_apart():
    """LR means another value in the other module."""
    own = parse_source("import fire\nfrom model import train\nLR = 0.1\nSEED = 1\nfire.Fire(train)\n")
    other = parse_source("LR = 0.5\ndef train(lr=LR, seed=SEED): ...\nclass A: ...\n")
    assert own is not None
    assert other is not None
    whole = own.with_names_of([other])
    found = recognise(whole)
    assert found is not None
    assert [(one.name, one.known) for one in found.options] == [("lr", False), ("seed", True)]
    assert set(whole.classes()) == {"A"}
    assert whole.function("A") is None


@pytest.mark.parametrize(
    ("line", "full"),
    [
        ("from . import x", ".x"),
        ("from ..a import x", "..a.x"),
        ("import a.b as x", "a.b"),
        ("import x.b", "x"),
        ("from a import b as x", "a.b"),
    ],
)
def test_an_import_is_known_by_its_full_name(line, full):
    """Dots in front stand for a relative one."""
    source = parse_source(line)
    assert source is not None
    assert source.imports["x"] == full


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("'words'\nx = 1\ndef f(): ...\n", False),
        ("print(1)\n", True),
        ("if __name__ == '__main__':\n    f()\n", True),
        ("for x in y: ...\n", True),
    ],
)
def test_a_module_that_only_defines_names_does_nothing(text, does):
    """A text at its top is a comment."""
    source = parse_source(text)
    assert source is not None
    assert source.does_something is does
