"""What is journalled when a request is granted."""

from __future__ import annotations

from sweeper.core.notes_and_tags import Noted, Tagged
from sweeper.core.records import Added, Changed, Granted
from sweeper.core.state import State
from sweeper.request_records import answer
from sweeper.store.requests import new_request
from tests.builders import make_trial


def state(count: int) -> State:
    return State().apply_all(Added(make_trial(index)) for index in range(count))


def test_notes_and_tags_are_journalled_before_the_request_counts_as_granted() -> None:
    """One flush writes both."""
    note = new_request("note", (1,), note="odd")
    assert answer(state(3), note, 5.0) == [Noted("odd", (1,), 5.0), Granted(note.id, "note", (1,))]
    tag = new_request("tag", tags=("best",), untags=("old",))
    assert answer(state(3), tag, 6.0) == [Tagged(("best",), ("old",), None, 6.0), Granted(tag.id, "tag")]


def test_changed_settings_are_journalled_by_name() -> None:
    """sweep.json has all of them."""
    request = new_request("set", settings={"retry.wait_max": 60})
    assert answer(state(1), request, 5.0) == [
        Changed({"retry.wait_max": 60}, 5.0),
        Granted(request.id, "set"),
    ]


def test_trials_that_the_sweep_does_not_have_get_no_note() -> None:
    """They may be added later, and it was not meant for them."""
    request = new_request("note", (0, 7), note="odd")
    assert answer(state(1), request, 5.0)[0] == Noted("odd", (0,), 5.0)
    assert answer(state(0), request, 5.0)[0] == Noted("odd", (), 5.0)
