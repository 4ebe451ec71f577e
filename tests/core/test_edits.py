"""What is said when the code was edited while its sweep ran."""

from sweeper.core.edits import code_versions, edit_notes
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import Added, Edited, Ended, Launched, Launching, Record
from sweeper.core.state import State


def ran(trial: int, number: int = 1, cause: Cause = Cause.COMPLETED, again: bool = False) -> list[Record]:
    attempt = Attempt(trial, number)
    ended = Ended(attempt, "u", Outcome(cause, 1.0, 0.0, 0), again)
    return [Launching(attempt, 0.0), Launched(attempt, "u"), ended]


def state_of(count: int, *records: Record) -> State:
    added = [Added(Trial(index, f"k{index}", {}, "true")) for index in range(count)]
    return State().apply_all([*added, *records])


def test_unedited_code_is_not_mentioned():
    """All trials that have ended ran the code as it was; the others have run nothing yet."""
    state = state_of(2, *ran(0))
    assert code_versions(state) == ["as made", None]
    assert edit_notes(state) == []


def test_each_version_is_named_with_its_trials_and_files():
    """What is launched after an edit counts for it; an edit that is taken back is none."""
    state = state_of(
        5,
        *ran(0),
        Edited("aa11", ("a.py", "b\n.py", "c.py", "d.py")),
        *ran(1),
        *ran(2),
        Edited("bb22", ("a.py",)),
        *ran(3),
        Edited(""),
        *ran(4),
    )
    assert code_versions(state) == ["as made", "aa11", "aa11", "bb22", "as made"]
    assert edit_notes(state) == [
        "the code was edited (a.py, b\\n.py, c.py, …) before trials 1, 2 ran:"
        " version aa11, not the one that the sweep was made with",
        "the code was edited (a.py) before trial 3 ran:"
        " version bb22, not the one that the sweep was made with",
    ]


def test_what_runs_while_the_code_is_edited_counts_for_what_it_was_started_with():
    """The version is that of the launch, and a row tells of the attempt that its outcome is of."""
    first, second = ran(0, 1, Cause.ERROR, again=True), ran(0, 2)
    state = state_of(1, *first[:2], Edited("aa11"), first[2])
    assert code_versions(state) == ["as made"]
    state.apply(second[0])
    assert code_versions(state) == ["as made"]
    state.apply_all(second[1:])
    assert code_versions(state) == ["aa11"]
