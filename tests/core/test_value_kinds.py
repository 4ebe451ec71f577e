"""A text for a key that is a number: what was meant, unless it can be meant as it is."""

from __future__ import annotations

import pytest

from sweeper.core.value_kinds import empty_dict, looks_mistaken, mistaken, mistaken_list


@pytest.mark.parametrize(
    ("text", "known", "answer"),
    [
        ("0..4", 0, "several values are written 'seed=range(0,5)', the text 'seed=\"0..4\"'"),
        ("0..4", None, "several values are written 'seed=range(0,5)'"),
        ("1-5", 0, "'seed=range(1,6)'"),
        ("0:5", 0, "'seed=range(0,5)'"),
        ("0:10:2", 0, "'seed=range(0,10,2)'"),
        ("1 2", 0.1, "several values are written seed=1,2"),
        ("0.1|0.2", 0.1, "seed=0.1,0.2"),
        ("1e-3.5", 0.1, "is a text, not a number as in the configuration"),
        ("", 0.1, "has no value, perhaps because of a shell variable that is not set"),
        ("", True, "to mean an empty text write 'seed=\"\"'"),
        ("$SEED", 0, "'seed=${oc.env:SEED}' lets the configuration read it"),
    ],
)
def test_a_text_that_looks_like_numbers_says_what_was_meant(text, known, answer):
    """Where the configuration has a number, or nothing yet."""
    assert looks_mistaken(text)
    assert answer in mistaken("seed", text, known)


@pytest.mark.parametrize(
    ("text", "known"),
    [("0..4", "x"), ("1-5", None), ("", "x"), ("", None), ("auto", 0.1), ("16-mixed", 32), ("10k", 1000),
     ("$SEED", "x"), ("${seed}", 0), ("0x10", 1), ("1.2.3", "1.2"), ("1 2", True)],
)  # fmt: skip
def test_a_text_that_can_be_meant_is_left_alone(text, known):
    """Texts and unknown kinds stay as they are, and so do texts that are no numbers at all."""
    assert mistaken("seed", text, known) == ""


def test_what_is_no_number_at_all_need_not_be_looked_at():
    """The configuration is composed once more only for a text that may be mistaken."""
    assert not any(map(looks_mistaken, ["auto", "16-mixed", "10k", "relu", "a.b"]))


def test_a_list_where_a_number_was_is_one_value():
    """Both ways to write what is meant are said."""
    shown = mistaken_list("lr", "[1,2]", 0.1)
    assert "several values are written lr=1,2, the list 'lr=choice([1,2])'" in shown
    assert mistaken_list("lr", "[1,2]", [1]) == ""


def test_an_empty_dict_does_not_do_what_it_looks_like():
    """Hydra merges it into what is there, and a command line has nothing to write for it."""
    assert empty_dict("opt", {"lr": 1}).startswith("opt={} changes nothing: a dict is merged")
    assert "'~opt.lr' leaves out a key" in empty_dict("opt", {"lr": 1})
    assert (
        empty_dict("lr", {})
        == empty_dict("lr", 0.1)
        == ("lr={} is an empty dict: of that nothing can be written as an option")
    )
