"""What status.json holds and the live view shows: the state of a sweep at one moment.

Named tuples, not dataclasses: `cvsweep status` imports them, and they are made in a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sweeper.core.fields import (
    flag,
    only,
    seconds,
    seconds_or_none,
    table,
    text,
    texts,
    whole,
    whole_or_none,
    wholes,
)
from sweeper.core.standing import pause_of

if TYPE_CHECKING:  # whoever only reads status.json need not pay for the model
    from sweeper.core.model import Attempt, Trial
    from sweeper.core.state import State

_MOST = 50
_ONLY_IF_ANY = ("note", "tags", "tagged", "best")


class RunningTrial(NamedTuple):
    """A live attempt; `stopping` says why it is being ended.

    `started_at` is when it began to run, or was asked for if it is pending (wall time in Unix seconds).

    `pending`: it was asked for, and nothing of it runs yet. `choices` are those in which trials differ,
    as in `model=cnn`; `varying` are these and the parameters in which they do; `key` is the trial's; `pod`
    is what its pod is called, where it has one.
    """

    trial: int
    attempt: int
    started_at: float
    node: str
    command: str
    stopping: str
    pending: bool = False
    choices: str = ""
    varying: str = ""
    key: str = ""
    pod: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunningTrial:
        only(data, cls._fields)
        return cls(
            whole(data, "trial"),
            whole(data, "attempt"),
            seconds(data, "started_at"),
            text(data, "node"),
            text(data, "command"),
            text(data, "stopping"),
            flag(data, "pending"),
            *(text(data, key, "") for key in ("choices", "varying", "key", "pod")),
        )


class FailedTrial(NamedTuple):
    """A trial that failed for good, and the line that says why; `choices` as in RunningTrial."""

    trial: int
    attempt: int
    cause: str
    error: str
    choices: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FailedTrial:
        only(data, cls._fields)
        trial, attempt = whole(data, "trial"), whole(data, "attempt")
        return cls(trial, attempt, text(data, "cause"), text(data, "error"), text(data, "choices", ""))


class Snapshot(NamedTuple):
    """Counts by status name, the live attempts, the last failures, newest first.

    `paused` is why nothing more is launched, empty if nothing is left to launch.

    `eta` is in seconds, None while nothing has been measured; times are wall times; `notes` are what
    the backend has to say (why it takes nothing now, what it waits for). `note` and `tags` are what people
    wrote on the sweep itself, and `tagged` names the trials that each tag is on. `best` is the best trial so
    far and its value (both None if there is none), and the metric and the mode by which it is the best; it is
    empty if nobody has looked, or if no metric ranks the trials.
    """

    at: float
    counts: Mapping[str, int]
    slots: int
    running: Sequence[RunningTrial]
    failures: Sequence[FailedTrial]
    paused: str
    eta: float | None
    notes: Sequence[str] = ()
    note: str = ""
    tags: Sequence[str] = ()
    tagged: Mapping[str, Sequence[int]] = {}  # of a named tuple, and nobody changes it
    best: Mapping[str, Any] = {}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        running = [one._asdict() for one in self.running]
        data = self._asdict() | {"running": running, "failures": [one._asdict() for one in self.failures]}
        # Older versions read no snapshot that has a key that they do not know.
        return {name: value for name, value in data.items() if value or name not in _ONLY_IF_ANY}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Snapshot:
        """From plain data; KeyError, TypeError or ValueError where that is no snapshot of this version."""
        only(data, cls._fields)
        counts = {name: whole(data["counts"], name) for name in table(data, "counts")}
        return cls(
            at=seconds(data, "at"),
            counts=counts,
            slots=whole(data, "slots"),
            running=[RunningTrial.from_json(one) for one in data["running"]],
            failures=[FailedTrial.from_json(one) for one in data["failures"]],
            paused=pause_of(counts, text(data, "paused")),  # an older version keeps it after the end
            eta=seconds_or_none(data, "eta"),
            notes=texts(data, "notes", ()),
            note=text(data, "note", ""),
            tags=texts(data, "tags", ()),
            tagged={tag: wholes(data["tagged"], tag) or () for tag in table(data, "tagged", {})},
            best=_best(table(data, "best", {})),
        )


def _best(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if not data:
        return {}
    value = data["value"]
    if type(value) not in (int, float, type(None)):
        raise TypeError(f"value is {value!r}")
    named = {"metric": text(data, "metric"), "mode": text(data, "mode")}
    return {**named, "trial": whole_or_none(data, "trial"), "value": value}


def snapshot(
    state: State,
    wall: float,
    slots: int,
    notes: Sequence[str] = (),
    live_for: Callable[[Attempt], float | None] = lambda attempt: None,
    pods: Mapping[Attempt, str] | None = None,
    best: Mapping[str, Any] | None = None,
) -> Snapshot:
    """The sweep as it stands at wall time `wall`; `slots` is how many trials may run at once.

    `live_for` says for how long an attempt has run or waited, None if only the wall clock can tell: what then
    is shown as its start is right for the wall clock of now, whatever it was set to since. `pods` are the
    names of the attempts' pods; `best` is as in Snapshot.
    """

    def started_at(attempt: Attempt) -> float:
        seconds = live_for(attempt)
        live = state.live[attempt]
        return (live.ran_at or live.launched_at) if seconds is None else wall - seconds

    return Snapshot(
        at=wall,
        counts={str(status): count for status, count in state.counts.items()},
        slots=slots,
        running=[
            _running(state, attempt, started_at(attempt), (pods or {}).get(attempt, ""))
            for attempt in islice(state.live, _MOST)
        ],
        failures=[_failed(state, index) for index in islice(reversed(state.failures), _MOST)],
        paused=pause_of(state.counts, state.paused),
        eta=_eta(state, wall, slots, started_at),
        notes=tuple(notes),
        note=state.notes_and_tags.notes.get(None, ""),
        tags=state.notes_and_tags.tags.get(None, ()),
        tagged=state.notes_and_tags.tagged(),
        best=best or {},
    )


def _running(state: State, attempt: Attempt, started_at: float, pod: str) -> RunningTrial:
    live = state.live[attempt]
    if live.shown is None or live.shown[0] != len(state.trials):
        live.shown = _shown(state, state.trials[attempt.trial].trial)
    _, command, choices, varying = live.shown
    return RunningTrial(
        attempt.trial,
        attempt.number,
        started_at,
        live.node,
        command,
        stopping=str(live.stop or ""),
        pending=live.pending or not live.uid,
        choices=choices,
        varying=varying,
        key=state.trials[attempt.trial].trial.key,
        pod=pod,
    )


def _shown(state: State, trial: Trial) -> tuple[int, str, str, str]:
    from sweeper.core.secrets import shown_command  # only now, for the same reason

    command, varying = shown_command(trial)[:500], state.varying
    return len(state.trials), command, varying.choices(trial), varying.describe(trial)


def _failed(state: State, index: int) -> FailedTrial:
    one = state.trials[index]
    cause, error = (str(one.outcome.cause), one.outcome.error) if one.outcome else ("", "")
    return FailedTrial(index, one.number, cause, error, state.varying.choices(one.trial))


def _eta(state: State, wall: float, slots: int, started_at: Callable[[Attempt], float]) -> float | None:
    if not state.measured or not slots:
        return None
    from sweeper.core.model import Status

    mean = state.measured_seconds / state.measured
    waiting = state.counts[Status.QUEUED] + state.counts[Status.WAITING]
    begun = [
        mean if live.pending else max(0.0, mean - (wall - started_at(attempt)))
        for attempt, live in state.live.items()
    ]
    last = mean if waiting else max(begun, default=0.0)
    return max(last, (waiting * mean + sum(begun)) / slots)
