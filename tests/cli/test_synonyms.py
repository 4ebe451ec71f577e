"""First words that are no verbs of cvsweep, and what is answered to each."""

from __future__ import annotations

import shlex

import pytest

from sweeper.cli import synonyms
from sweeper.cli.main import VERBS
from sweeper.cli.synonyms import instead

WANTED = {
    "kill x 3": "type: cvsweep cancel x 3",
    "KILL": "type: cvsweep cancel",
    "label x 3 best": "type: cvsweep tag x 3 best",
    "list": "type: cvsweep ls",
    "ps": "type: cvsweep ls",
    "show x": "type: cvsweep status x",
    "watch": "type: cvsweep status -w",
    "top": "type: cvsweep status -w",
    "log 3": "type: cvsweep logs 3",
    "tail 3": "type: cvsweep logs -f 3",
    "best 'a b'": "type: cvsweep results --top 1 'a b'",
    "export": "type: cvsweep results -o csv",
    "plot": "type: cvsweep report --open",
    "continue": "type: cvsweep resume",
    "rerun 3": "type: cvsweep retry 3",
    "delete x": "type: cvsweep rm x",
    "prune x": "type: cvsweep clean --checkpoints x",
    "mv x y": "type: cvsweep rename x y",
    "run": "a run needs no verb; type: cvsweep -m lr=1e-3,1e-4",
    "start -m lr=1,2": "a run needs no verb; type: cvsweep -m lr=1,2",
    "submit train.py": "a run needs no verb; type: cvsweep -m lr=1e-3,1e-4",
    "sweep": "a run needs no verb; ",
    "pause": "type: cvsweep stop",
    "version": "type: cvsweep --version",
}


@pytest.mark.parametrize("line", WANTED)
def test_a_verb_of_another_tool_is_answered_with_what_to_type(line):
    assert instead(shlex.split(line)).startswith(WANTED[line])


def test_what_nobody_knows_is_not_guessed():
    assert instead(["xyzzy"]) == ""


def test_no_word_that_is_explained_is_a_verb():
    """The explanation would never be seen, or a verb of that name be hidden by it."""
    explained = {*synonyms._VERBS, *synonyms._SENTENCES, *synonyms._RUNS}
    assert not explained & {*VERBS, "help"}
    assert {typed.split()[0] for typed in synonyms._AS} <= set(VERBS)
    shown = [*synonyms._VERBS, *synonyms._SENTENCES, *synonyms._RUNS]
    assert sorted(shown) == sorted(set(shown))


def test_a_sweep_in_the_place_of_a_verb_is_known(tiny, sweep):
    sweep("night")
    for word in ("night", "sweeps/night"):
        result = tiny.run(word)
        assert result.err == f"cvsweep: '{word}' is a sweep, not a verb; type: cvsweep status {word}\n"


def test_a_configuration_that_is_wrong_hides_no_unknown_verb(tiny):
    (tiny.folder / "configs/config.yaml").write_text("lr: [1")
    assert tiny.run("statsu").err.endswith("did you mean: cvsweep status?\n")


@pytest.mark.parametrize("verb", ["status", "retry"])
def test_help_of_a_verb_is_its_own(tiny, verb):
    assert tiny.run("help", verb).out == tiny.run(verb, "--help").out
