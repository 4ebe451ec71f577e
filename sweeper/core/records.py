"""The records of the journal: a frozen class for each kind of decision or fact, and its plain-data form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from sys import intern
from typing import Any

from sweeper.core.fields import (
    LARGEST,
    flag,
    named_texts,
    seconds,
    seconds_or_none,
    table,
    text,
    texts,
    whole,
    whole_or_none,
    wholes,
)
from sweeper.core.frozen import maker
from sweeper.core.model import Attempt, Cause, Outcome, Trial, Value
from sweeper.core.notes_and_tags import Noted, Tagged, noted, tagged


@dataclass(frozen=True, slots=True)
class Added:
    """A trial was added to the sweep; `at` is wall time, 0.0 if the trial was created with the sweep."""

    trial: Trial
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Launching:
    """The intent to start an attempt, which is durable before anything starts. `at` is wall time."""

    attempt: Attempt
    at: float


@dataclass(frozen=True, slots=True)
class Launched:
    """The attempt was started, and claims its folder as `uid`.

    Attributes:
        node: where it runs; empty if that is not known.
        pending: it exists, but nothing of it runs yet. Another record follows when it runs.
        at: the wall time at which this was observed; 0.0 if unknown.
        waited: the seconds that its trial was in the queue until then, if this is the trial's first start
            and the time is known.
    """

    attempt: Attempt
    uid: str
    node: str = ""
    pending: bool = False
    at: float = 0.0
    waited: float | None = None


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The attempt never ran and never will: it was not started, or cannot claim its folder any more.

    It spends no retry budget.
    """

    attempt: Attempt
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The decision to stop a live attempt, with the cause and the message for its outcome."""

    attempt: Attempt
    cause: Cause
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt's outcome, recorded once. `again` queues the trial again after `delay` seconds.

    `waited` is as in Launched, for an attempt that ended before it was observed running.
    """

    attempt: Attempt
    uid: str
    outcome: Outcome
    again: bool = False
    delay: float = 0.0
    waited: float | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """The results of an ended attempt were read again; they replace those of its outcome.

    `cause` is completed, no_result or bad_result, with its `error`; `warning` is as in Outcome; `at` is
    the wall time of the reading. If nothing could be read, `kept` is the reason, and nothing is replaced.
    """

    attempt: Attempt
    cause: Cause
    metrics: Mapping[str, Value]
    error: str = ""
    at: float = 0.0
    warning: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """A request of another command was granted.

    `kind` is as in Request (store/requests.py). `trials` is None for all trials that it can apply to.
    `completed`: a retry runs completed trials again, too.
    """

    id: str
    kind: str
    trials: tuple[int, ...] | None = None
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """These settings were changed, by their full names (`retry.wait_max`); sweep.json holds all settings.

    `at` is wall time.
    """

    settings: Mapping[str, Value]
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing more is launched until the sweep is resumed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """A user resumed the paused sweep."""


@dataclass(frozen=True, slots=True)
class Offered:
    """How many attempts may be live at once from `at` (wall time) on, as the backend reports."""

    slots: int
    at: float


@dataclass(frozen=True, slots=True)
class Edited:
    """The code that trials run has changed: later attempts run this `version` of it.

    `version` is empty if the code is again the one that the sweep was created with. `files` are some of the
    files that differ. `at` is wall time.
    """

    version: str
    files: tuple[str, ...] = ()
    at: float = 0.0


Record = (
    Added
    | Launching
    | Launched
    | Abandoned
    | Stopping
    | Ended
    | Collected
    | Granted
    | Changed
    | Noted
    | Tagged
    | Paused
    | Resumed
    | Offered
    | Edited
)

_NAMES: Mapping[type[Any], str] = {
    Added: "added",
    Launching: "launching",
    Launched: "launched",
    Abandoned: "voided",
    Stopping: "stopping",
    Ended: "ended",
    Collected: "collected",
    Granted: "wished",
    Changed: "changed",
    Noted: "noted",
    Tagged: "tagged",
    Paused: "paused",
    Resumed: "resumed",
    Offered: "offered",
    Edited: "edited",
}
_OFTEN_EMPTY: Mapping[type[Any], tuple[str, ...]] = {
    Added: ("choices", "overrides", "secrets"),
    Launched: ("waited",),
    Ended: ("waited", "held"),
}
"""Fields that are left out of a line if they are empty or null."""
_FIELDS = {cls: tuple(f.name for f in fields(cls)) for cls in (*_NAMES, Trial, Outcome)}
_MOST_CHOICES = 1000
_known_choices: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
_make_trial, _make_outcome, _make_added = maker(Trial), maker(Outcome), maker(Added)
_make_launching, _make_launched, _make_ended = maker(Launching), maker(Launched), maker(Ended)


def kind_of(record: Record) -> str:
    """Return the name of the record's kind in the journal."""
    return _NAMES[type(record)]


def to_json(record: Record) -> dict[str, Any]:
    """Return the record as plain data, for one line of the journal."""
    cls = type(record)
    data: dict[str, Any] = {"is": _NAMES[cls]}
    for name in _FIELDS[cls]:
        value = getattr(record, name)
        if name == "attempt":
            data["trial"], data["number"] = value
        elif name in {"outcome", "trial"}:
            data.update({inner: getattr(value, inner) for inner in _FIELDS[type(value)]})
        else:
            data[name] = value
    for name in _OFTEN_EMPTY.get(cls, ()):
        if not data[name] and data[name] != 0:
            del data[name]
    return data


def from_json(data: Mapping[str, Any]) -> Record | None:
    """Return the record of one line; None if this version does not know its kind.

    KeyError, TypeError or ValueError if a field is missing, or has a value of a wrong type or range.
    """
    build = _BUILDERS.get(data["is"])
    return build(data) if build else None


def _attempt(data: Mapping[str, Any]) -> Attempt:
    trial, number = data["trial"], data["number"]
    if type(trial) is int and type(number) is int and 0 <= trial < LARGEST and 0 <= number < LARGEST:
        return Attempt(trial, number)  # the fast path: a journal has about three such lines per attempt
    return Attempt(whole(data, "trial"), whole(data, "number"))


def _added(data: Mapping[str, Any]) -> Added:
    trial = _make_trial(
        whole(data, "index"),
        text(data, "key"),
        table(data, "params"),
        text(data, "command"),
        intern(text(data, "cwd", "code")),
        seconds_or_none(data, "time_limit"),
        _choices(data),
        tuple(map(intern, texts(data, "overrides", ()))),
        texts(data, "secrets", ()),
    )
    return _make_added(trial, seconds(data, "at", 0.0))


def _choices(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the same dict for equal choices, to save memory: many trials have equal ones."""
    found = named_texts(data, "choices")
    key = tuple(found.items())
    if key in _known_choices:
        return _known_choices[key]
    if len(_known_choices) >= _MOST_CHOICES:
        _known_choices.clear()
    _known_choices[key] = found
    return found


def _launched(data: Mapping[str, Any]) -> Launched:
    uid, node = text(data, "uid"), intern(text(data, "node", ""))
    at, waited = seconds(data, "at", 0.0), seconds_or_none(data, "waited")
    return _make_launched(_attempt(data), uid, node, flag(data, "pending"), at, waited)


def _ended(data: Mapping[str, Any]) -> Ended:
    outcome = _make_outcome(
        Cause(data["cause"]),
        seconds(data, "seconds"),
        seconds(data, "ended_at"),
        whole_or_none(data, "code"),
        intern(text(data, "host", "")),
        table(data, "metrics", {}),
        text(data, "error", ""),
        seconds_or_none(data, "gpus"),
        intern(text(data, "gpu", "")),
        text(data, "warning", ""),
        seconds_or_none(data, "held"),
    )
    delay, waited = seconds(data, "delay", 0.0), seconds_or_none(data, "waited")
    return _make_ended(_attempt(data), text(data, "uid"), outcome, flag(data, "again"), delay, waited)


def _collected(data: Mapping[str, Any]) -> Collected:
    return Collected(
        _attempt(data),
        Cause(data["cause"]),
        table(data, "metrics"),
        text(data, "error", ""),
        seconds(data, "at", 0.0),
        text(data, "warning", ""),
        text(data, "kept", ""),
    )


# Written out, not derived from the fields, for speed: the journals of ten thousand trials are read with it.
_BUILDERS: Mapping[str, Callable[[Mapping[str, Any]], Record]] = {
    "added": _added,
    "launching": lambda data: _make_launching(_attempt(data), seconds(data, "at")),
    "launched": _launched,
    "voided": lambda data: Abandoned(_attempt(data), text(data, "reason", "")),
    "stopping": lambda data: Stopping(_attempt(data), Cause(data["cause"]), text(data, "reason", "")),
    "ended": _ended,
    "collected": _collected,
    "wished": lambda data: Granted(
        text(data, "id"), text(data, "kind"), wholes(data, "trials"), flag(data, "completed")
    ),
    "changed": lambda data: Changed(table(data, "settings"), seconds(data, "at", 0.0)),
    "noted": noted,
    "tagged": tagged,
    "paused": lambda data: Paused(text(data, "reason")),
    "resumed": lambda data: Resumed(),
    "edited": lambda data: Edited(text(data, "version"), texts(data, "files"), seconds(data, "at")),
    "offered": lambda data: Offered(whole(data, "slots"), seconds(data, "at")),
}
