"""The known bugs can still be put back: their text is in the tree, and so are the tests that must notice."""

from __future__ import annotations

import pytest

from tests.reliability.mutants import MUTANTS, ROOT, Mutant, mutated


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_known_bug_has_its_place_and_its_tests(mutant: Mutant) -> None:
    """The text that it replaces is in its file exactly once."""
    text = (ROOT / mutant.path).read_text()
    assert mutated(mutant, text) != text
    assert [test for test in mutant.tests if not (ROOT / test.partition("::")[0]).exists()] == []


def test_every_known_bug_has_a_name_of_its_own() -> None:
    assert len({one.name for one in MUTANTS}) == len(MUTANTS)
