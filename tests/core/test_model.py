"""The identity of a point."""

import dataclasses
import math
import string
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.model import canonical_json, trial_key

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
PARAMS = st.dictionaries(st.text(), VALUES, max_size=6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1e-3, 0.001),
        (1_000, 1000),
        (1e0, 1.0),
        ((8, 16), [8, 16]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": {"x": [1], "y": None}}, {"a": {"y": None, "x": [1]}}),
    ],
)
def test_equal_values(one, other):
    """Two spellings of one value make one trial."""
    assert trial_key({"v": one}, "run") == trial_key({"v": other}, "run")


def test_types_count():
    """Values that differ in type or in content make different trials, however alike they look."""
    values = [
        1,
        1.0,
        True,
        "1",
        "1.0",
        "true",
        "True",
        None,
        "null",
        0,
        False,
        "",
        [],
        {},
        [1],
        ["1"],
        {"1": 1},
    ]
    keys = [trial_key({"v": value}, "run") for value in values]
    assert [pair for pair in combinations(range(len(keys)), 2) if keys[pair[0]] == keys[pair[1]]] == []


def test_names_count():
    """A value under another name makes another trial, and so does a missing one."""
    assert (
        len({trial_key(params, "run") for params in ({"a": 1}, {"b": 1}, {}, {"a": {"b": 1}}, {"a.b": 1})})
        == 5
    )


def test_command_counts():
    """The same parameters with another command make another trial."""
    assert trial_key({"lr": 1}, "exec python a.py") != trial_key({"lr": 1}, "exec python b.py")


def test_choices_count():
    """Another option of a config group makes another trial; without choices a key is as it always was."""
    keys = [trial_key({"lr": 1}, "run", choices) for choices in (None, {}, {"model": "a"}, {"model": "b"})]
    assert keys[0] == keys[1] == trial_key({"lr": 1}, "run")
    assert len(set(keys)) == 3


@settings(deadline=None, max_examples=40)
@given(PARAMS, st.randoms(use_true_random=False))
def test_order_does_not_count(params, random):
    """The order in which parameters are written changes nothing."""
    shuffled = list(params.items())
    random.shuffle(shuffled)
    assert trial_key(dict(shuffled), "run") == trial_key(params, "run")


@settings(deadline=None, max_examples=40)
@given(PARAMS)
def test_key_is_short_and_plain(params):
    """A key is 12 hexadecimal digits, whatever the parameters hold."""
    key = trial_key(params, "run")
    assert len(key) == 12
    assert set(key) <= set(string.hexdigits.lower())


def test_key_is_stable():
    """The key of a point never changes between versions: a folder written today is found tomorrow."""
    assert (
        trial_key({"lr": 1e-3, "model": {"name": "mlp"}, "wd": None}, "exec python train.py")
        == "2b289332f8b1"
    )


@pytest.mark.parametrize(("value", "text"), [(math.nan, "NaN"), (math.inf, "Infinity"), ("é", '"\\u00e9"')])
def test_odd_values(value, text):
    """What strict JSON does not know, and what is not ASCII, has one spelling too."""
    assert canonical_json(value) == text


def test_nouns_are_frozen(make):
    """A noun cannot be changed once it is made."""
    for noun in (make.trial(), make.sighting(), make.outcome(), make.finding(), make.exit()):
        name = dataclasses.fields(noun)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(noun, name, None)
