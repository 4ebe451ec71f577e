"""How times are put into words."""

from __future__ import annotations

import time

from sweeper.cli import describe


def test_a_moment_of_today_is_its_hour_alone():
    """A moment of today is its hour alone, any other has its date."""
    at = time.mktime((2026, 3, 1, 2, 14, 0, 0, 0, -1))
    assert describe.moment(at, now=at + 60) == "02:14"
    assert describe.moment(at, now=at + 86400) == "2026-03-01 02:14"
