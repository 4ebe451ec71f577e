"""The trial that a person means, and the way out for one who writes it in another way."""

from __future__ import annotations

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.selectors import is_selector, trial, trials

KEYS = ["0123456789ab", "0123ffffffff", "abcdef012345", "99990000aaaa"]


@pytest.mark.parametrize(
    ("text", "want"),
    [("0", 0), ("3", 3), ("03", 3), ("abcd", 2), ("01234", 0), ("9999", 3), ("0123ffffffff", 1)],
)
def test_a_trial_is_its_index_or_the_start_of_its_key(text: str, want: int) -> None:
    assert trial(text, KEYS) == want
    assert is_selector(text)


@pytest.mark.parametrize(
    ("text", "want"), [("1", [1]), ("1-3", [1, 2, 3]), ("2-2", [2]), ("00-1", [0, 1]), ("abcdef", [2])]
)
def test_a_span_names_several(text: str, want: list[int]) -> None:
    assert list(trials(text, KEYS)) == want


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4", "there is no trial '4'; they are numbered from 0 to 3"),
        ("-1", "there is no trial '-1'; they are numbered from 0 to 3"),
        ("²", "there is no trial '²'; they are numbered from 0 to 3"),
        ("9" * 5000, "they are numbered from 0 to 3"),
        ("0123", "the keys of several trials begin with '0123' (0, 1): write more of it"),
        ("1,3", "where several may be named, they are words of their own: 1 3"),
        ("1, 3-4,", "they are numbered"),
        ("1,2-3,", "they are words of their own: 1 2-3"),
        ("1..3", "a span of trials is 1-3, where several may be named"),
        ("[1:3]", "a span of trials is 1-3, where"),
        ("2-", "a span of trials has two ends: 2-3"),
        ("#2", "type the number alone: 2"),
        ("trial 2", "type the number alone: 2"),
        ("[2]", "type the number alone: 2"),
        ("00002-abcdef012345", "of a trial's folder type the number: 2"),
        ("all", "0 to 3; without a TRIAL, cancel and collect take all of them"),
        ("last", "they are numbered from 0 to 3; cvsweep results --columns trial,state shows them"),
        ("lr=0.1", "cvsweep results --where 'lr==0.1' --columns trial shows which they are"),
        ("lr==0.1", "cvsweep results --where 'lr==0.1' --columns"),
        ("ab", "of a key type the first 4 letters at least"),
        ("ABCDEF", "keys are in lower case: abcdef"),
        ("ABCDEE", "they are numbered from 0 to 3"),
        ("3-1", "3-1: the first trial of a span must not come after the last"),
        ("1-9", "there is no trial '9'; they are numbered from 0 to 3"),
    ],
)
def test_what_is_no_trial_is_answered_with_what_to_type(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        trials(text, KEYS)
    assert message in str(error.value)


def test_where_one_trial_is_meant_a_span_is_refused() -> None:
    with pytest.raises(UsageError, match=r"there is no trial '1-2'; only one can be named here, as in 1$"):
        trial("1-2", KEYS)


def test_many_keys_with_one_beginning_are_not_all_named() -> None:
    with pytest.raises(UsageError, match=r"\(0, 1, 2, …\)"):
        trial("aaaa", ["aaaa0", "aaaa1", "aaaa2", "aaaa3"])


def test_a_sweep_without_trials_has_none() -> None:
    with pytest.raises(UsageError, match="there is no trial '0'; the sweep has no trials"):
        trial("0", [])


@pytest.mark.parametrize("text", ["7", "²", "abcd", "1-2", "1,2", "3-", "#1", "00001-abcd", "last", "-1"])
def test_what_looks_like_a_trial_is_taken_for_one(text: str) -> None:
    assert is_selector(text)


@pytest.mark.parametrize("text", ["digits-x", "digits", "", "sweeps/x", "abc", "x=1", "-w", "night-2"])
def test_what_may_be_a_sweep_is_not(text: str) -> None:
    assert not is_selector(text)
