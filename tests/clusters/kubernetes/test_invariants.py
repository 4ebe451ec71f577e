"""What must hold of a tracker is noticed if it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sweeper.clusters.kubernetes.deletion import Deletion
from sweeper.clusters.kubernetes.invariants import validate
from sweeper.clusters.kubernetes.tracked_pod import Stage
from sweeper.clusters.kubernetes.tracker import Tracker
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.tracking import FIRST, SECOND, Tracking, made

THIRD = Attempt(2, 1)
GONE = Deletion("pod-x", 0.0, due=0.0)


def busy() -> Tracker:
    """One attempt has its pod, one is being asked for, and somebody else's pod has our labels."""
    found = Tracking()
    found.run()
    found.ask(SECOND)
    foreign = made("v")
    foreign["metadata"]["name"] = "pod-x"
    found.show(foreign)
    return found.tracker


def test_what_events_bring_about_holds():
    assert validate(busy()) == []


def _drop_index(tracker: Tracker) -> None:
    tracker.by_uid.clear()


def _index_twice(tracker: Tracker) -> None:
    tracker.by_uid["w"] = FIRST


def _index_nobody(tracker: Tracker) -> None:
    tracker.by_uid["w"] = THIRD


def _refuse(tracker: Tracker) -> None:
    tracker[FIRST].refused = "no"


def _refuse_under_way(tracker: Tracker) -> None:
    tracker[SECOND].refused = "no"


def _ask_again(tracker: Tracker) -> None:
    tracker[FIRST].stage = Stage.DUE


def _forget_the_answer(tracker: Tracker) -> None:
    tracker[SECOND].stage = Stage.SETTLED


def _do_not_charge(tracker: Tracker) -> None:
    tracker.pending_charges.dropped(tracker[SECOND].name)


def _drop(tracker: Tracker) -> None:
    tracker[FIRST].dropped = True


def _delete_another(tracker: Tracker) -> None:
    tracker.deletions["v"] = GONE


def _delete_nothing(tracker: Tracker) -> None:
    tracker.deletions["w"] = GONE


def _delete_what_is_kept(tracker: Tracker) -> None:
    tracker.deletions["u"] = GONE
    tracker.kept.add("u")


def _vanish(tracker: Tracker) -> None:
    del tracker.cache.pods["u"]


def _leave(tracker: Tracker) -> None:
    tracker.leaving["u"] = {}


def _wait(tracker: Tracker) -> None:
    tracker.blocked_since = 1.0


def _ask_for_what_is_to_end(tracker: Tracker) -> None:
    tracker[SECOND].stage, tracker[SECOND].unwanted = Stage.DUE, True


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_drop_index, "its pod is not in the index"),
        (_index_twice, "the pod w is in the index"),
        (_index_nobody, "the pod w is in the index"),
        (_refuse, "it was refused and has a pod"),
        (_refuse_under_way, "it was refused and is asked for"),
        (_ask_again, "its create is to be sent although it has a pod"),
        (_ask_for_what_is_to_end, "its create is to be sent although it is to end"),
        (_forget_the_answer, "it is charged, and not asked for"),
        (_do_not_charge, "it is asked for, and not charged"),
        (_drop, "it was dropped, and nothing is awaited for it"),
        (_delete_another, "is to be deleted, and is not ours"),
        (_delete_nothing, "is to be deleted, and there is none"),
        (_delete_what_is_kept, "is kept and to be deleted"),
        (_vanish, "it holds quota without a pod"),
        (_leave, "is charged as one that is leaving"),
        (_wait, "blocked since 1.0"),
    ],
)
def test_what_contradicts_itself_is_reported(spoil: Callable[[Tracker], None], words: str):
    """Each in a line that names the pod."""
    tracker = busy()
    spoil(tracker)
    assert any(words in line for line in validate(tracker)), validate(tracker)
