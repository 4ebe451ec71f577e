"""Packed trials are the same trials."""

from __future__ import annotations

import sys
from dataclasses import fields, replace

import pytest

from sweeper.core import packed
from sweeper.core.model import Trial
from sweeper.core.packed import PackedTrial, Packer

PLAIN = Trial(
    7,
    "0123456789ab",
    {"lr": 1e-3, "name": "ünï \ud800", "nested": {"deep": [1, None, True]}},
    "exec python train.py --lr=0.001",
    "out",
    30.0,
    {"model": "cnn"},
    ("lr=1e-3", "model=cnn"),
    ("nested.key",),
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first trial on."""
    monkeypatch.setattr(packed, "FIRST", 0)


def test_a_packed_trial_has_all_that_it_had() -> None:
    """Every field has its value and its type, whichever is asked for first, and however many are packed."""
    packer = Packer()
    plain = [PLAIN, replace(PLAIN, index=8, params={}, choices={}, overrides=(), secrets=(), time_limit=None)]
    ours = [packer.pack(one) for one in plain]
    for _ in range(2):
        for one, trial in zip(plain, ours, strict=True):
            assert isinstance(trial, PackedTrial)
            for field in fields(Trial):
                wanted, found = getattr(one, field.name), getattr(trial, field.name)
                assert (found, type(found)) == (wanted, type(wanted))


def test_it_equals_what_it_was_made_from() -> None:
    """Both ways round; another trial it does not equal, and nothing that is no trial."""
    trial = Packer().pack(PLAIN)
    other = replace(PLAIN, params={})
    assert trial == PLAIN
    assert PLAIN == trial  # noqa: SIM300  # the other way round
    assert trial != other
    assert other != trial
    assert trial != PLAIN.key


def test_the_first_trials_of_a_sweep_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep of few trials pays nothing."""
    monkeypatch.setattr(packed, "FIRST", 8)
    packer = Packer()
    assert packer.pack(PLAIN) is PLAIN
    assert packer.pack(replace(PLAIN, index=8)) == replace(PLAIN, index=8)


def test_it_takes_little_memory() -> None:
    """What it has in common with others is not kept again."""
    packer = Packer()
    packer.pack(PLAIN)
    trial = packer.pack(replace(PLAIN, params={**PLAIN.params, "lr": 0.37}))
    assert isinstance(trial, PackedTrial)
    assert sys.getsizeof(trial._packed) < 100
