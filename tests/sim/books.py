"""What must hold of a journal, whoever has written it: at every moment, and once the sweep is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned, Ended, Granted, Launching, Record
from sweeper.core.retry import BUDGETS
from sweeper.core.state import ENDS, State


def hold(wrongs: Iterable[str]) -> None:
    """Fail with what is wrong, if anything is."""
    found = list(wrongs)
    assert not found, "; ".join(found)


def wrongs(records: Iterable[Record]) -> Iterator[str]:
    """What does not hold now."""
    records = list(records)
    ended = Counter(one.attempt for one in records if isinstance(one, Ended))
    if twice := [attempt for attempt, count in ended.items() if count > 1]:
        yield f"I6: {twice} ended more than once"
    numbers: dict[int, int] = {}
    for attempt in _launched(records):
        if attempt.number != numbers.get(attempt.trial, 0) + 1:
            yield f"I4: {attempt} follows number {numbers.get(attempt.trial, 0)}"
        numbers[attempt.trial] = attempt.number
    state = State().apply_all(records)
    if sum(state.counts.values()) != len(state.trials):
        yield f"I2: {state.counts} of {len(state.trials)} trials"


def wrongs_at_the_end(records: Iterable[Record], budgets: Mapping[str, int]) -> Iterator[str]:
    """What does not hold of a sweep that is done; `budgets` are those of its settings."""
    records = list(records)
    yield from wrongs(records)
    for index, one in enumerate(State().apply_all(records).trials):
        if one.status not in ENDS:
            yield f"I2: trial {index} is {one.status}"
    ends = [one.attempt for one in records if isinstance(one, Ended | Abandoned)]
    if sorted(ends) != sorted(_launched(records)):
        yield f"I2: launched were {sorted(_launched(records))}, and ended or voided {sorted(ends)}"
    tries = Counter(
        (one.attempt.trial, one.outcome.cause) for one in records if isinstance(one, Ended) and one.again
    )
    retries = 1 + sum(isinstance(one, Granted) and one.kind == "retry" for one in records)
    for (trial, cause), count in tries.items():
        if cause is not Cause.RETURNED and count > retries * budgets.get(cause, BUDGETS.get(cause, 0)):
            yield f"I5: trial {trial} was tried again {count} times after {cause}"


def _launched(records: Iterable[Record]) -> list[Attempt]:
    return [one.attempt for one in records if isinstance(one, Launching)]
