"""A controller that dies at any line: the next one comes to the same end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.sim import crashes
from tests.sim.effects import Fate


@pytest.mark.parametrize("fate", Fate)
def test_a_crash_at_any_effect_changes_nothing(fate: Fate) -> None:
    """Before it, after it, its reply lost, or a write torn: the same trials, states, causes and metrics.

    Every fifth effect here; `python -m tests.reliability` plays them all.
    """
    assert (
        _wrongs(crashes.FOR_SINGLES, islice(crashes.singles(crashes.FOR_SINGLES, [fate]), 0, None, 5)) == []
    )


def test_some_of_all_two_crashes_change_nothing() -> None:
    """Every 1,201st pair here; `python -m tests.reliability` plays them all."""
    assert _wrongs(crashes.FOR_PAIRS, crashes.pairs(crashes.FOR_PAIRS, parts=1201)) == []


def test_what_is_played_has_effects_of_every_kind() -> None:
    """Files made, linked, renamed and removed, writes and syncs, pods created and deleted."""
    kinds = {name.split()[0] for name in crashes.names(crashes.FOR_SINGLES)}
    assert kinds >= {"create", "link", "rename", "unlink", "write", "sync", "mkdir", "POST", "DELETE"}


def _wrongs(small: crashes.Small, played: Iterator[crashes.Fates]) -> list[str]:
    return [wrong for fates in played for wrong in crashes.wrongs(small, fates)]
