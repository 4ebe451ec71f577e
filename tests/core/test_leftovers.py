"""Which unfinished folders belong to runs that are no more."""

from __future__ import annotations

import pytest

from sweeper.core.leftovers import OLD, is_left
from sweeper.core.presence import Heartbeat, Machine

HERE = Machine("boot", "4026531836")


def signed(boot: str = "boot", space: str = "4026531836") -> Heartbeat:
    return Heartbeat("host", boot, space, 7, 8, 9.0)


@pytest.mark.parametrize(
    ("who", "here", "alive", "age", "left"),
    [
        (signed(), HERE, True, 100 * OLD, False),  # it lives, however long it takes
        (signed(), HERE, False, 0.0, True),
        (signed(boot="other"), HERE, False, OLD, False),  # on another machine, or before a restart
        (signed(space="other"), HERE, False, OLD, False),  # in another container
        (signed(boot="other"), HERE, True, OLD + 1.0, True),  # its number is somebody else's here
        (signed(boot="", space=""), Machine("", ""), False, 0.0, False),  # nobody can tell
    ],
)
def test_what_a_living_run_makes_is_never_taken_for_left(
    who: Heartbeat, here: Machine, alive: bool, age: float, left: bool
) -> None:
    assert is_left(who, here, alive=alive, age=age) is left
