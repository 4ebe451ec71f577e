"""What fails because the volume is in trouble is tried again, and whoever waits for it is told."""

from __future__ import annotations

import pytest

from sweeper.core.errors import StorageError, TransientStorageError
from sweeper.store.retrying import LONGEST, Retrier, line, say_once


class Sick:
    """A look at a volume that works again after so many tries; the clock moves with every pause."""

    def __init__(self, failures: int, error: type[Exception] = TransientStorageError) -> None:
        self.failures, self.error = failures, error
        self.looks = 0

    def __call__(self) -> str:
        self.looks += 1
        if self.looks <= self.failures:
            raise self.error("reading the journal: Input/output error")
        return "found"


def test_what_fails_for_a_while_is_tried_again_with_growing_pauses(pauses: list[float]) -> None:
    """Its result is that of the first try that works; each pause is announced with what is wrong."""
    sick, messages = Sick(8), list[str]()
    assert Retrier(messages.append)(sick) == "found"
    assert sick.looks == 9
    assert pauses == sorted(pauses)
    assert 0.0 < pauses[0] < 0.5 < pauses[-1] <= 2.0
    assert set(messages) == {"reading the journal: Input/output error"}
    assert len(messages) == len(pauses) == 7  # the second try is made at once: a stale handle is opened anew


def test_after_minutes_it_is_given_up_and_the_line_says_what_to_do(pauses: list[float]) -> None:
    """The controller stops then, and can be resumed."""
    with pytest.raises(
        TransientStorageError, match=r"reading the journal: .* \(tried again for 10 min\); resume the sweep"
    ):
        Retrier()(Sick(10_000))
    assert LONGEST <= sum(pauses) < LONGEST + 3.0


def test_what_time_does_not_mend_is_not_tried_again(pauses: list[float]) -> None:
    """A full disk, missing rights and damage are errors at once."""
    sick = Sick(1, StorageError)
    with pytest.raises(StorageError):
        Retrier()(sick)
    assert (sick.looks, pauses) == (1, [])


def test_whoever_is_told_may_look_too_and_may_end_the_waiting(pauses: list[float]) -> None:
    """What it looks at meanwhile is not waited for in turn, and what it raises is raised."""
    retry, inner = Retrier(), Sick(10)

    def meanwhile(problem: str) -> None:
        with pytest.raises(TransientStorageError):
            retry(inner)
        if len(pauses) == 3:
            raise TransientStorageError("somebody wants us to leave")

    retry.meanwhile = meanwhile
    with pytest.raises(TransientStorageError, match="leave"):
        retry(Sick(10_000))
    assert (len(pauses), inner.looks) == (3, 4)
    retry.meanwhile = lambda problem: None
    assert retry(Sick(2)) == "found"


def test_a_problem_is_reported_once_at_the_start() -> None:
    """Nobody reads the same line a hundred times."""
    messages: list[str] = []
    meanwhile = say_once(messages.append)
    for problem in ("a", "a", "b", "a"):
        meanwhile(problem)
    assert messages == [line("a"), line("b")]
