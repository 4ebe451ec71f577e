"""This machine's clock since its boot."""

from __future__ import annotations

import pytest

from sweeper.store import machine


def test_a_moment_of_this_boot_is_some_time_ago() -> None:
    """Whatever the wall clock was set to meanwhile."""
    found = machine.seconds_since(machine.moment())
    assert found is not None
    assert 0.0 <= found < 60.0


@pytest.mark.parametrize("moment", ["", "another-boot 5.0", " 5.0", f"{machine.here().boot_id} x"])
def test_of_another_boot_nobody_can_tell(moment: str) -> None:
    """Nor of what is no moment at all."""
    assert machine.seconds_since(moment) is None
