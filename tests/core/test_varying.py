"""What tells the trials of a sweep apart."""

import math

import pytest

from sweeper.core import varying as varying_module
from sweeper.core.varying import Varying


def words(make, *trials):
    """What is said of each of these trials, given as facts of them."""
    made = [make.trial(index, **facts) for index, facts in enumerate(trials)]
    varying = Varying().take(made)
    return [varying.describe(trial) for trial in made]


def of(make, *params):
    return words(make, *({"params": one} for one in params))


def test_nothing_tells_a_single_trial_apart(make):
    """A sweep of one trial, or of none, has nothing that varies."""
    assert of(make, {"lr": 1}) == [""]
    assert Varying().take([]).taken == 0


def test_only_what_varies_is_shown_in_the_order_of_the_configuration(make):
    """Constant parameters are left out; nested ones have dotted names."""
    assert of(
        make,
        {"lr": 0.1, "opt": {"name": "adam", "wd": 0}, "seed": 0, "x": None},
        {"lr": 0.1, "opt": {"name": "adam", "wd": 0}, "seed": 1, "x": None},
        {"lr": 0.01, "opt": {"name": "sgd", "wd": 0}, "seed": 0, "x": "a"},
    ) == [
        "lr=0.1, opt.name=adam, seed=0, x=null",
        "lr=0.1, opt.name=adam, seed=1, x=null",
        "lr=0.01, opt.name=sgd, seed=0, x=a",
    ]


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        (1, 1.0, ["x=1", "x=1.0"]),
        (1, True, ["x=1", "x=true"]),
        (0.0, -0.0, ["", ""]),
        (math.nan, float("nan"), ["", ""]),
        ([1], [2], ["x=[1]", "x=[2]"]),
        ([math.nan], [float("nan")], ["", ""]),
        ({"a": 1}, {"a": 1}, ["", ""]),
        ({"a": 1}, {"b": 2}, ["x.a=1", "x.b=2"]),
        ({"a": 1}, 5, ["x.a=1", "x=5"]),
        ({}, {"a": 1}, ["x={}", "x.a=1"]),
    ],
)
def test_values_of_one_key(make, one, other, shown):
    """Kinds count; NaN is itself; sections are compared key by key."""
    assert of(make, {"x": one}, {"x": other}) == shown


def test_a_key_that_only_some_trials_have_varies(make):
    """It is shown where it is, also if the first trial does not have it."""
    assert of(make, {"a": 1}, {"a": 1, "b": {"c": 2}}, {}) == ["a=1", "a=1, b.c=2", ""]


def test_choices_come_first_and_what_nobody_has_overridden_last(make):
    """A choice brings parameters of its own: they must not push away what a person sweeps over."""
    cnn = {"params": {"depth": 3, "lr": 0.1}, "choices": {"data": "a", "model": "cnn"}}
    vit = {"params": {"depth": 9, "lr": 0.2}, "choices": {"data": "a", "model": "vit"}}
    swept = {"overrides": ("model=cnn", "+lr=0.1")}
    assert words(make, cnn | swept, vit) == ["model=cnn, lr=0.1, depth=3", "model=vit, lr=0.2, depth=9"]


def test_a_choice_that_a_trial_does_not_have_is_left_out(make):
    """A trial without the group shows what else it has."""
    trials = [make.trial(0, choices={"model": "cnn"}), make.trial(1, choices={})]
    varying = Varying().take(trials)
    assert [varying.describe(one) for one in trials] == ["model=cnn, seed=0", "seed=1"]
    assert [varying.choices(one) for one in trials] == ["model=cnn", ""]


def test_what_is_found_later_holds_for_earlier_trials_too(make):
    """Trials may be added while a sweep runs."""
    first, second, third = (make.trial(at, params={"a": at // 2, "b": at % 2}) for at in range(3))
    varying = Varying().take([first, second])
    assert [varying.describe(first), varying.describe(first)] == ["b=0", "b=0"]
    assert varying.take([third]).describe(first) == "a=0, b=0"
    assert varying.taken == 3


def test_a_secret_is_masked(make):
    """A literal one cannot be read; a reference to a variable is shown as it was written."""
    literal = {"params": {"token": "abcdef"}, "secrets": ("token",)}
    referring = {"params": {"token": "${oc.env:TOKEN}"}, "secrets": ("token",)}
    assert words(make, literal, referring) == ["token=***", "token=${oc.env:TOKEN}"]


def test_a_long_value_does_not_hide_those_behind_it(make):
    """Values are cut, and cannot steer a terminal."""
    first, _ = of(make, {"a": "x" * 500, "b": "\x1b[2J"}, {"a": "y", "b": "z"})
    assert first == f"a={'x' * 39}…, b=\\x1b[2J"


def test_descriptions_are_remembered_for_a_part_of_the_trials(make, monkeypatch):
    """Of a sweep of any size; those that were forgotten come out the same."""
    monkeypatch.setattr(varying_module, "_REMEMBERED", 2)
    trials = [make.trial(at, params={"a": at}) for at in range(5)]
    varying = Varying().take(trials)
    assert [varying.describe(one) for one in [*trials, *trials]] == [
        f"a={at}" for at in (*range(5), *range(5))
    ]
    assert len(varying._descriptions) <= 2
