"""What a quota may not show yet of our creates: timelines of pending charges."""

from __future__ import annotations

import pytest

from tests.clusters.kubernetes.quotas.timeline import play, written

CHARGES = {
    "nothing was asked for": """
        at    event        pending
        0     -            0
    """,
    "a create counts from before it is sent until it is answered, however long that takes": """
        at    event        pending
        0     ask a 2      2
        9e9   -            2
    """,
    "a create that is refused counts no more": """
        at    event        pending
        0     ask a 2      2
        0     refused a    0
    """,
    "a create may be refused that is not pending any more": """
        at    event        pending
        0     refused a    0
    """,
    "after its answer it counts for the informer lag": """
        at    event        pending
        5     created a 2  2
        7     -            2
        7.01  -            0      # shown by now, whatever we saw
    """,
    "the rise comes before the answer": """
        at    event        pending  free
        0     listed 1     0        7
        0     ask a 2      2        5
        1     used 3       0        5
        2     created a 2  0        5      # and the answer does not count once more
    """,
    "the rise comes after the answer": """
        at    event        pending  free
        0     listed 1     0        7
        0     ask a 2      2        5
        1     created a 2  2        5
        2     used 3       0        5
    """,
    "the rise comes in two steps": """
        at    event        pending  free
        0     listed 1     0        7
        0     created a 2  2        5
        1     used 2       1        5
        1.1   used 3       0        5
    """,
    "the server made the pod dearer": """
        at    event        pending  free
        0     listed 1     0        7
        0     ask a 2      2        5
        1     used 4       0        4      # 2 of these 3 are credited, as far as we know by now
        2     created a 3  1        3
        4.01  -            0        4
    """,
    "the server made the pod cheaper, and the rest of its rise pays for no other create": """
        at    event        pending  free
        0     listed 1     0        7
        0     ask a 3      3        4
        1     used 4       0        4
        2     created a 1  0        4
        3     ask b 2      2        2
    """,
    "a fall shows no create": """
        at    event        pending  free
        0     listed 3     0        5
        0     created a 2  2        3
        1     used 1       2        5
    """,
    "a listing shows no single change, so no create": """
        at    event        pending  free
        0     created a 2  2        10000
        1     listed 8     2        0
        2.01  -            0        0
    """,
    "a listing after a break of the watch, too": """
        at    event        pending  free
        0     listed 1     0        7
        0     created a 2  2        5
        1     listed 3     2        3      # these 3 may have the 2 of a, or not
        2.01  -            0        5
    """,
    "a resource that is newly counted comes with all that is used of it, so it shows no create": """
        at    event        pending  free
        0     uncounted    0        10000
        0     created a 2  2        10000
        1     used 8       2        0
        1.5   used 7       2        0
        2.01  -            0        1
    """,
    "a resource that is newly counted rises from then on": """
        at    event        pending  free
        0     uncounted    0        10000
        0     ask a 2      2        10000
        1     used 3       2        3
        1.1   used 5       0        3
    """,
    "a rise of another quota shows nothing in this one": """
        at    event               pending  free
        0     listed 1 in other   0        7
        0     listed 1            0        7
        0     created a 2         2        5
        1     used 8 in other     2        0
        1     used 3              0        0
    """,
    "a rise pays for no create that is sent later": """
        at    event        pending  free
        0     listed 0     0        8
        0     ask a 1      1        7
        1     used 5       0        3      # 4 of these were another member's
        2     ask b 2      2        1
    """,
    "another member's rise in the same second is taken for ours, until we hear more": """
        at    event        pending  free
        0     listed 0     0        8
        0     ask a 1      1        7
        0.1   used 1       0        7      # theirs, in fact
        0.2   used 2       0        6      # and this is ours
        0.3   created a 1  0        6
        2.31  -            0        6
    """,
    "a charge that leaves takes the rises along, as if all had been its own": """
        at    event           pending  free
        0     listed 0        0        8
        0     ask slow 1      1        7
        0     ask b 1         2        6
        0.1   used 1          1        6
        0.2   created b 1     1        6
        2.2   -               1        6
        2.21  -               1        6   # b is over, and slow counts in full, until its answer
        9     -               1        6
    """,
    "a rise that comes too late pays for other charges": """
        at    event        pending  free
        0     listed 1     0        7
        0     created a 2  2        5
        0     ask b 2      4        3
        3     used 3       0        4      # a counts as shown since 2.0, so this is for b
    """,
    "a create that is refused takes the rises along, too": """
        at    event        pending  free
        0     listed 6     0        2
        0     ask a 1      1        1
        0     ask b 1      2        0
        0.1   used 7       1        0
        0.2   refused a    1        0      # the rise was b's, but it might have been another member's
        0.3   created b 1  1        0
        2.31  -            0        1
    """,
    "asked for once more, a create is charged once more": """
        at    event        pending  free
        0     listed 0     0        8
        0     ask a 2      2        6
        1     used 2       0        6      # its answer was lost, and nobody knows why `used` has risen
        2     ask a 2      2        4
    """,
    "answered once more, a create counts for longer": """
        at    event        pending
        0     ask a 2      2
        1     created a 2  2
        2     created a 2  2
        3.5   -            2
        4.01  -            0
    """,
    "answered once more after its time, it counts anew": """
        at    event        pending
        0     listed 0     0
        0     created a 2  2
        0.1   used 2       0
        5     created a 2  2
        7.01  -            0
    """,
    "the end of one pod and another one's create come in one step, which shows neither": """
        at    event        pending  released  free  alone
        0     listed 2     0        0         6     no
        0     holds x 2    0        0         6     yes
        1     ask a 2      2        0         4     yes
        1.1   ended x      2        2         4     yes
        1.2   used 2       2        2         4     yes   # x went and a came
        1.3   created a 2  2        2         4     yes
        3.11  -            2        0         4     no
        3.31  -            0        0         6     yes   # for this long we sent less than we could have
    """,
    "a recount that is too low adds no room beyond our own pods": """
        at    event        pending  free  alone
        0     listed 5     0        3     no
        0     holds x 5    0        3     yes
        1     used 2       0        3     yes             # the recount has missed 3 of ours
        2     ask a 1      1        2     yes
        2.1   used 3       0        2     yes
        2.2   created a 1  0        2     yes
        9     used 6       0        2     yes             # the next recount
    """,
    "a recount that corrects `used` upwards pays for pending creates as any rise does": """
        at    event        pending  free
        0     listed 2     0        6
        0     holds x 4    0        4
        1     ask a 1      1        3
        1.1   used 4       0        3
        1.2   used 5       0        3
    """,
}


@pytest.mark.parametrize("table", CHARGES.values(), ids=CHARGES)
def test_a_charge_counts_until_a_rise_has_shown_it_or_its_time_is_up(table: str) -> None:
    """In each of these timelines."""
    assert play(table) == written(table)
