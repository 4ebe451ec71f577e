"""A controller that dies at any line: the next one comes to the same end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.conftest import PLAYED
from tests.sim import crashes
from tests.sim.effects import Fate


@pytest.mark.parametrize("fate", Fate)
def test_a_crash_at_any_effect_changes_nothing(fate: Fate) -> None:
    """Before it, after it, its reply lost, or a write torn: the same trials, states, causes and metrics.

    Every 17th effect here, for the mutants every fifth; `python -m tests.reliability` plays them all.
    """
    played = islice(crashes.singles(crashes.FOR_SINGLES, [fate]), 0, None, round(5 / PLAYED))
    assert _wrongs(crashes.FOR_SINGLES, played) == []


def test_some_of_all_two_crashes_change_nothing() -> None:
    """One in 4,003 pairs here, in 1,201 for the mutants; `python -m tests.reliability` plays them all."""
    parts = round(1201 / PLAYED)
    assert _wrongs(crashes.FOR_PAIRS, crashes.pairs(crashes.FOR_PAIRS, parts=parts)) == []


def test_what_is_played_has_effects_of_every_kind() -> None:
    """Files made, linked, renamed and removed, writes and syncs, pods created and deleted."""
    kinds = {name.split()[0] for name in crashes.names(crashes.FOR_SINGLES)}
    assert kinds >= {"create", "link", "rename", "unlink", "write", "sync", "mkdir", "POST", "DELETE"}


def _wrongs(small: crashes.Small, played: Iterator[crashes.Fates]) -> list[str]:
    return [wrong for fates in played for wrong in crashes.wrongs(small, fates)]
