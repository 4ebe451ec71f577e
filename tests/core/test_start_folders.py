"""Trials that differ only in the folder in which they start."""

from __future__ import annotations

import pytest

from sweeper.core.model import Trial
from sweeper.core.start_folders import derived_key, recognized

K_CODE, K_OUT = derived_key("k", "code"), derived_key("k", "out")


@pytest.mark.parametrize(
    ("given", "there", "want"),
    [
        ({"k": "code"}, {}, ["k"]),
        ({"k": "code"}, {"k": "code"}, ["k"]),
        ({"k": "out"}, {"k": "code"}, [K_OUT]),
        ({"k": "code"}, {"k": "out"}, [K_CODE]),
        ({"k": "code", K_OUT: "out"}, {}, ["k", K_OUT]),
        ({"k": "code", K_OUT: "out"}, {"k": "code"}, ["k", K_OUT]),
        ({"k": "code", K_OUT: "out"}, {"k": "out"}, [K_CODE, "k"]),
        ({"k": "out", K_CODE: "code"}, {"k": "code", K_OUT: "out"}, [K_OUT, "k"]),
        ({"k": "out", "other": "code"}, {"other": "code"}, ["k", "other"]),
    ],
)
def test_a_trial_has_the_key_that_it_has_in_the_sweep(
    given: dict[str, str], there: dict[str, str], want: list[str]
) -> None:
    """In whichever order the folders were given."""
    trials = [Trial(index, key, {}, "true", cwd) for index, (key, cwd) in enumerate(given.items())]
    assert [one.key for one in recognized(trials, there)] == want
