"""The checksum inside a JSON object."""

import json

import pytest

from sweeper.core.checksum import is_intact, with_checksum

DATA = {"name": "x", "numbers": [1, 2.5, float("nan")], "odd": "ü \ud800", "nested": {"b": 1, "a": None}}


def test_what_was_written_is_intact():
    """Also after a round trip through JSON, and if somebody formats the file again."""
    text = json.dumps(with_checksum(DATA))
    assert is_intact(json.loads(text))
    assert is_intact(json.loads(json.dumps(json.loads(text), indent=8, sort_keys=True)))


def test_an_object_without_a_checksum_passes():
    """It is of an older version."""
    assert is_intact(DATA)


def test_writing_it_again_renews_it():
    """The checksum itself does not count."""
    assert with_checksum({**with_checksum({"a": 1}), "a": 2}) == with_checksum({"a": 2})


@pytest.mark.parametrize("change", [{"name": "y"}, {"numbers": []}, {"new": 1}, {"checksum": None}])
def test_any_change_is_noticed(change):
    """A value, a key that is new, and the checksum."""
    assert not is_intact({**with_checksum(DATA), **change})


def test_every_flipped_bit_is_noticed_or_changes_nothing():
    """Each bit of a file: it is no JSON any more, or not intact, or says the same."""
    raw = json.dumps(with_checksum({"lr": 0.5, "n": 12})).encode()
    for place in range(len(raw)):
        for bit in range(8):
            flipped = bytearray(raw)
            flipped[place] ^= 1 << bit
            try:
                found = json.loads(flipped)
            except ValueError:
                continue
            rest = {key: found[key] for key in ("lr", "n") if key in found}
            assert not is_intact(found) or rest == {"lr": 0.5, "n": 12}
