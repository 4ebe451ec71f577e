"""What a quota may not show yet of our pods' ends: timelines of pending charges."""

from __future__ import annotations

import pytest

from tests.clusters.kubernetes.quotas.timeline import play, written

RELEASES = {
    "an end counts as not shown for the informer lag": """
        at    event        released
        5     holds x 2    0
        5     ended x      2
        7     -            2
        7.01  -            0
    """,
    "the ends of several pods add up": """
        at    event        released
        5     holds x 1    0
        5     holds y 1    0
        5     holds z 1    0
        5     ended x      1
        5     ended y      2
        5     ended z      3
    """,
    "a fall shows as much of an end": """
        at    event        released  free
        0     listed 5     0         3
        0     holds x 3    0         3
        0     ended x      3         3
        1     used 3       1         5
    """,
    "a rise shows no end": """
        at    event        released  free
        0     listed 3     0         5
        0     holds x 3    0         5
        0     ended x      3         5
        1     used 5       3         3
    """,
    "a fall may be shown before the end that caused it": """
        at    event        released  free
        0     listed 5     0         3
        0     holds x 3    0         3
        0     used 3       0         5
        1     ended x      1         5
    """,
    "but not long before it": """
        at    event        released  free
        0     listed 5     0         3
        0     holds x 3    0         3
        0     used 3       0         5
        9     ended x      3         5
    """,
    "a fall counts for one and a half times the informer lag": """
        at    event        released
        0     listed 5     0
        0     used 3       0
        2.5   holds x 3    0
        2.5   ended x      1
        3     -            1
        3.01  -            3
        4.51  -            0
    """,
    "a fall of another quota shows no end in this one": """
        at    event              released
        0     listed 9 in other  0
        0     used 3 in other    0
        0     holds x 1          0
        0     ended x            1
    """,
    "a listing shows no end": """
        at    event        released  free  alone
        0     listed 5     0         3     no
        0     holds x 5    0         3     yes
        0     ended x      5         3     yes
        1     listed 0     5         8     yes
    """,
    "a resource that is not counted any more shows no end": """
        at    event        released
        0     listed 5     0
        0     holds x 3    0
        0     ended x      3
        1     uncounted    3
    """,
    "a create is no release": """
        at    event        released
        0     ask a 1      0
    """,
    "another member's fall is taken for ours, so we believe that others are there": """
        at    event        pending  released  free  alone
        0     listed 3     0        0         5     no
        0     holds x 1    0        0         5     no
        1     used 2       0        0         6     no    # theirs
        1.1   ended x      0        0         6     no
        1.2   used 1       0        0         7     no    # the other is still there
    """,
    "a pod of ours that has ended is not taken for somebody else's": """
        at    event        pending  released  free  alone
        0     listed 1     0        0         7     no
        0     holds x 1    0        0         7     yes
        1     ended x      0        1         7     yes
        1.1   used 0       0        0         8     yes
    """,
    "somebody else's pod in place of ours is taken for ours for the informer lag": """
        at    event        pending  released  free  alone
        0     listed 8     0        0         0     no
        0     holds x 1    0        0         0     no
        0     holds y 7    0        0         0     yes
        1     ended x      0        1         0     yes   # and in one step somebody took its place
        3     -            0        1         0     yes
        3.01  -            0        0         0     no
    """,
}


@pytest.mark.parametrize("table", RELEASES.values(), ids=RELEASES)
def test_a_release_counts_until_a_fall_has_shown_it_or_its_time_is_up(table: str) -> None:
    """In each of these timelines."""
    assert play(table) == written(table)
