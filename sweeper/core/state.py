"""The state of a sweep: the result of its journal records, in the form that planning needs.

Only applying a record changes a state, so a controller that reads the same journal after a restart gets
exactly the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from sweeper.core.deletions import Deletions
from sweeper.core.model import Attempt, Cause, Outcome, Status, Trial
from sweeper.core.notes_and_tags import Noted, NotesAndTags, Tagged
from sweeper.core.outcome import signature
from sweeper.core.queue import Queue
from sweeper.core.records import (
    Abandoned,
    Added,
    Changed,
    Collected,
    Edited,
    Ended,
    Granted,
    Launched,
    Launching,
    Offered,
    Paused,
    Record,
    Resumed,
    Stopping,
)
from sweeper.core.retry import COLLECTABLE, FATAL, FREE, pause_left
from sweeper.core.varying import Varying

ENDS = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
NOTHING: Mapping[Cause, int] = {}
"""The spent budgets of a trial without retries. The dict is shared, so it is replaced and never changed."""


class CompletedAttempt(NamedTuple):
    """The outcome of a completed attempt, its number, and the version of the code that it ran."""

    outcome: Outcome
    number: int
    code: str


@dataclass(slots=True)
class TrialState:
    """The state of one trial.

    Attributes:
        number: the highest attempt number that was ever used.
        due: the monotonic time from which it may be launched, if it is queued; 0.0 for at once.
        spent: how often it was retried after each cause.
        outcome: the last outcome.
        ended: the number of the attempt with this outcome; 0 if there is none.
        added_at: the wall time at which it was added to an existing sweep; 0.0 if created with the sweep.
        started_at: the wall time at which an attempt of it first ran; None if none has.
        waited: the seconds that it was in the queue until then, by a monotonic clock; None if unknown.
        code: the version of the code that the last outcome comes from, as in Live.
        rerun_of: the completed attempt that is run again; it counts again if the rerun is cancelled.
    """

    trial: Trial
    status: Status = Status.QUEUED
    number: int = 0
    due: float = 0.0
    spent: Mapping[Cause, int] = field(default_factory=lambda: NOTHING)
    outcome: Outcome | None = None
    ended: int = 0
    added_at: float = 0.0
    started_at: float | None = None
    waited: float | None = None
    code: str = ""
    rerun_of: CompletedAttempt | None = None

    @property
    def result_attempt(self) -> int:
        """The number of the attempt that has the results: the completed one, else the latest."""
        return self.ended if self.status is Status.COMPLETED else self.number


@dataclass(slots=True)
class Live:
    """A launched attempt that has not ended.

    Attributes:
        launched_at: the wall time of the launch.
        ran_at: the wall time at which it was first observed running; 0.0 if it is pending, or if unknown.
        uid: its identity; empty if it is not known yet.
        pending: it exists, but does not run yet.
        stop: the cause with which it was asked to stop, if it was.
        reason: the message that belongs to `stop`.
        code: the version of the code that it runs; empty for the one that the sweep was created with.
        shown: cached texts about its trial (core/snapshot.py), after the number of trials for which they
            were made: with more trials, other parameters may vary.
    """

    launched_at: float
    ran_at: float = 0.0
    uid: str = ""
    node: str = ""
    pending: bool = False
    stop: Cause | None = None
    reason: str = ""
    code: str = ""
    shown: tuple[int, str, str, str] | None = field(default=None, compare=False)


class State:
    """The state of a sweep after all records applied so far. Only `apply` changes it."""

    def __init__(self) -> None:
        self.trials: list[TrialState] = []
        self.by_key: dict[str, int] = {}
        self._varying = Varying()
        self.live: dict[Attempt, Live] = {}
        self.counts: dict[Status, int] = dict.fromkeys(Status, 0)
        self.granted: set[str] = set()
        self.paused = ""
        self.code = ""
        self.edits: dict[str, tuple[str, ...]] = {}
        # An ordered set of failed trials, in the order in which they failed for good.
        self.failures: dict[int, None] = {}
        self.measured = 0
        self.measured_seconds = 0.0
        self.alike: dict[int, str] = {}
        self.fatal = ""
        self.deletions = Deletions()
        self.notes_and_tags = NotesAndTags()
        self._signature: tuple[Cause, str] | None = None
        self._queue = Queue()
        self._handlers: dict[type[Any], Callable[[Any], None]] = {
            Added: self._add,
            Launching: self._launching,
            Launched: self._launched,
            Stopping: self._stopping,
            Abandoned: self._abandoned,
            Collected: self._collected,
            Granted: self._grant,
            Paused: self._pause,
            Resumed: self._unpause,
            Edited: self._edit,
            Noted: self.notes_and_tags.note,
            Tagged: self.notes_and_tags.tag,
            Changed: lambda record: None,  # sweep.json holds the current settings
            Offered: lambda record: None,  # an offer of the backend does not change the state of a trial
        }

    def due(self, now: float, most: int) -> Iterator[TrialState]:
        """Yield up to `most` trials to launch at monotonic time `now`, in order."""
        ready = islice(self._queue, max(0, most))
        return (self.trials[index] for due, index in ready if due <= now)

    @property
    def next_due(self) -> float | None:
        """The monotonic time from which the first queued trial may be launched; None if none is queued."""
        return next((due for due, _ in self._queue), None)

    @property
    def varying(self) -> Varying:
        """What distinguishes the trials, including those that were added since the last call."""
        return self._varying.take(one.trial for one in self.trials[self._varying.taken :])

    def apply(self, record: Record, now: float = 0.0, wall: float = 0.0) -> None:
        """Apply one record; `now` and `wall` convert wait times to this process's monotonic clock."""
        if isinstance(record, Ended):
            self._ended(record, now, wall)
        else:
            self._handlers[type(record)](record)

    def apply_all(self, records: Iterable[Record], now: float = 0.0, wall: float = 0.0) -> State:
        """Apply many records; return the state itself."""
        for record in records:
            self.apply(record, now, wall)
        return self

    def _add(self, record: Added) -> None:
        trial = record.trial
        if trial.key in self.by_key:
            return
        self.by_key[trial.key] = trial.index
        self.trials.append(TrialState(trial, added_at=record.at))
        self.counts[Status.QUEUED] += 1
        self._queue.add(0.0, trial.index)

    def _launching(self, record: Launching) -> None:
        attempt = record.attempt
        one = self.trials[attempt.trial]
        if attempt.number <= one.number:
            return  # a duplicated line: each attempt number is used once
        self._queue.remove(one.due, attempt.trial)
        self._move(one, Status.RUNNING)
        one.number = attempt.number
        self.live[attempt] = Live(launched_at=record.at, code=self.code)

    # A record about an attempt that has already ended changes nothing: its recorded outcome is final.

    def _launched(self, record: Launched) -> None:
        live = self.live.get(record.attempt)
        if live:
            live.uid, live.node, live.pending = record.uid, record.node, record.pending
            live.ran_at = 0.0 if record.pending else record.at
            one = self.trials[record.attempt.trial]
            if one.started_at is None and not record.pending:
                one.started_at = record.at or live.launched_at
                one.waited = record.waited

    def _stopping(self, record: Stopping) -> None:
        live = self.live.get(record.attempt)
        if live and live.stop is None:
            live.stop, live.reason = record.cause, record.reason

    def _abandoned(self, record: Abandoned) -> None:
        live = self.live.pop(record.attempt, None)
        if live is None:
            return
        one = self.trials[record.attempt.trial]
        if live.stop is Cause.CANCELLED:
            self._drop(one)
        else:
            self._enqueue(one, Status.QUEUED, 0.0)

    def _ended(self, record: Ended, now: float, wall: float) -> None:
        live = self.live.pop(record.attempt, None)
        if live is None:
            return
        one, outcome = self.trials[record.attempt.trial], record.outcome
        one.outcome, one.ended, one.code = outcome, record.attempt.number, live.code
        if one.started_at is None and outcome.code is not None:  # it began and ended between two observations
            one.started_at = max(live.launched_at, outcome.ended_at - outcome.seconds)
            one.waited = record.waited
        self._learn(one, outcome)
        if outcome.cause is Cause.COMPLETED:
            one.rerun_of = None
            self._move(one, Status.COMPLETED)
        elif live.stop is Cause.CANCELLED:
            self._drop(one)
        elif outcome.cause is Cause.RETURNED:
            self._enqueue(one, Status.QUEUED, 0.0)  # no wait, no retry spent: it made way for others
        elif record.again:
            one.spent = {**one.spent, outcome.cause: one.spent.get(outcome.cause, 0) + 1}
            self._enqueue(one, Status.WAITING, now + pause_left(record.delay, outcome.ended_at, wall))
        else:
            self._fail(one)

    def _collected(self, record: Collected) -> None:
        """Replace the results in a trial's outcome, if it is of the same attempt and can still change."""
        one = self.trials[record.attempt.trial]
        usable = record.cause in COLLECTABLE and not record.kept
        if not (usable and one.outcome and can_collect(one) and one.ended == record.attempt.number):
            return
        one.outcome = replace(
            one.outcome,
            cause=record.cause,
            metrics=record.metrics,
            error=record.error,
            warning=record.warning,
        )
        if record.cause is Cause.COMPLETED:
            self._forgive(one)
            self._move(one, Status.COMPLETED)
        elif one.status is Status.COMPLETED:
            self._fail(one)

    def _fail(self, one: TrialState) -> None:
        one.rerun_of = None
        self._move(one, Status.FAILED)
        self.failures[one.trial.index] = None

    def _forgive(self, one: TrialState) -> None:
        if one.status is Status.FAILED:
            del self.failures[one.trial.index]

    def _drop(self, one: TrialState) -> None:
        """Cancel a trial that does not run; if it had completed before, that outcome counts again."""
        done, one.rerun_of = one.rerun_of, None
        if done:
            one.outcome, one.ended, one.code = done
        self._move(one, Status.COMPLETED if done else Status.CANCELLED)

    def _learn(self, one: TrialState, outcome: Outcome) -> None:
        if outcome.cause is Cause.COMPLETED:
            self.measured += 1
            self.measured_seconds += outcome.seconds
        self.deletions.learn(outcome)
        if outcome.cause in FATAL:
            self.fatal = outcome.error
        if outcome.cause in FREE or outcome.cause is Cause.CANCELLED:
            return
        mark = (outcome.cause, signature(outcome.error))
        if self._signature is None:
            self._signature = mark
        if mark == self._signature and outcome.cause is not Cause.COMPLETED:
            self.alike[one.trial.index] = outcome.error
        else:
            self._signature, self.alike = (Cause.COMPLETED, ""), {}

    def _grant(self, request: Granted) -> None:
        if request.id in self.granted:
            return  # a duplicated line
        self.granted.add(request.id)
        chosen = self.trials if request.trials is None else self._existing(request.trials)
        if request.kind == "cancel":
            self._cancel(chosen)
        elif request.kind == "retry":
            self._unpause()
            kinds = {Status.FAILED}
            kinds |= {Status.CANCELLED} if request.trials is not None else set()
            kinds |= {Status.COMPLETED} if request.completed else set()
            for one in chosen:
                self._retry(one, kinds)

    def _existing(self, indexes: Iterable[int]) -> list[TrialState]:
        # A request is a file that others may have written: an index without a trial must not make the journal
        # unusable.
        return [self.trials[index] for index in indexes if 0 <= index < len(self.trials)]

    def _cancel(self, chosen: Iterable[TrialState]) -> None:
        indexes = set()
        for one in chosen:
            if one.status in (Status.QUEUED, Status.WAITING):
                self._queue.remove(one.due, one.trial.index)
                self._drop(one)
            elif one.status is Status.RUNNING:
                indexes.add(one.trial.index)
        for attempt, live in self.live.items():
            if attempt.trial in indexes:
                live.stop, live.reason = Cause.CANCELLED, ""

    def _retry(self, one: TrialState, kinds: Set[Status]) -> None:
        if one.status in kinds:
            one.spent = NOTHING
            if one.status is Status.COMPLETED and one.outcome:
                one.rerun_of = CompletedAttempt(one.outcome, one.ended, one.code)
            self._forgive(one)
            self._enqueue(one, Status.QUEUED, 0.0)

    def _edit(self, record: Edited) -> None:
        self.code = record.version
        self.edits[record.version] = record.files

    def _pause(self, record: Paused) -> None:
        self.paused = record.reason

    def _unpause(self, record: Resumed | None = None) -> None:
        self.paused = self.fatal = ""
        self.deletions.clear()
        self._signature, self.alike = None, {}

    def _enqueue(self, one: TrialState, status: Status, due: float) -> None:
        one.due = due
        self._queue.add(due, one.trial.index)
        self._move(one, status)

    def _move(self, one: TrialState, status: Status) -> None:
        self.counts[one.status] -= 1
        self.counts[status] += 1
        one.status = status


def can_collect(one: TrialState) -> bool:
    """Whether a trial's results can be read again: its program completed, and no other attempt will run."""
    return one.status in ENDS and one.outcome is not None and one.outcome.cause in COLLECTABLE


def new_trials(state: State, trials: Iterable[Trial]) -> list[Trial]:
    """Return those of `trials` that the sweep does not have yet, with their indexes in the sweep."""
    fresh = {trial.key: trial for trial in trials if trial.key not in state.by_key}
    return [replace(trial, index=index) for index, trial in enumerate(fresh.values(), len(state.trials))]
