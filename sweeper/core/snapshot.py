"""The state of a sweep at one moment, for status.json and the live view.

`cvsweep status` imports this module, so the classes are named tuples: defining one takes a tenth of the time
of a dataclass.
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

if TYPE_CHECKING:  # these imports take time, and readers of status.json do not need them
    from sweeper.core.model import Attempt, Trial
    from sweeper.core.state import State

_MOST = 50
_ONLY_IF_ANY = ("note", "tags", "tagged", "best")


class RunningTrial(NamedTuple):
    """A live attempt.

    Attributes:
        trial, attempt: the index of the trial and the number of the attempt.
        started_at: when it began to run, or was requested if it is pending (Unix seconds).
        command: the beginning of the trial's command.
        stopping: the cause with which it is being stopped; empty if it is not.
        pending: it was requested, but does not run yet.
        choices: the choices that vary between trials, as in `model=cnn`.
        varying: these and the parameters that vary.
        pod: the name of its pod, if it has one.
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
    """A trial that failed for good, with its error; `choices` is as in RunningTrial."""

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
    """The state of a sweep at one moment.

    Attributes:
        at: its wall time (Unix seconds).
        counts: the number of trials by the name of their status.
        slots: how many attempts may be live at once.
        running: live attempts; 50 at most.
        failures: the last failures, newest first; 50 at most.
        paused: why nothing more is launched; empty if the sweep is not paused or all trials have ended.
        eta: the estimated seconds until the end; None while no trial has completed or no slot is known.
        notes: messages of the controller and the backend, such as why nothing can be launched now.
        note, tags: what users wrote on the sweep itself.
        tagged: the trials that have each tag.
        best: the best trial so far and its value (both None if there is none), with the metric and the mode
            that rank them; empty if that was not computed, or if no metric ranks the trials.
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
    tagged: Mapping[str, Sequence[int]] = {}  # a shared default, which is never changed
    best: Mapping[str, Any] = {}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        running = [one._asdict() for one in self.running]
        data = self._asdict() | {"running": running, "failures": [one._asdict() for one in self.failures]}
        # Older versions refuse a snapshot with a key that they do not know, so these are omitted if empty.
        return {name: value for name, value in data.items() if value or name not in _ONLY_IF_ANY}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Snapshot:
        """Return the snapshot from plain data.

        KeyError, TypeError or ValueError if it is not a snapshot that this version can read.
        """
        only(data, cls._fields)
        counts = {name: whole(data["counts"], name) for name in table(data, "counts")}
        return cls(
            at=seconds(data, "at"),
            counts=counts,
            slots=whole(data, "slots"),
            running=[RunningTrial.from_json(one) for one in data["running"]],
            failures=[FailedTrial.from_json(one) for one in data["failures"]],
            paused=pause_of(counts, text(data, "paused")),  # older versions keep it after the end
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
    """Return the state of a sweep at wall time `wall`.

    Args:
        slots: how many attempts may be live at once.
        notes: messages for readers.
        live_for: returns for how many seconds an attempt has run or waited. The start is computed from that,
            so it fits the current wall clock even if that clock was set in between. None: the recorded start
            is used.
        pods: the names of the attempts' pods.
        best: as in Snapshot.
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
    from sweeper.core.secrets import shown_command  # only when needed: `cvsweep status` does not need it

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
