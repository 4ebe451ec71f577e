"""What the journal says: one frozen record a decision or a fact, and its plain-data form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sweeper.core.model import Attempt, Cause, Outcome, Trial


@dataclass(frozen=True, slots=True)
class Added:
    """A trial joined the sweep."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class Launching:
    """The intent to start an attempt; it is durable before anything starts. `at` is wall time."""

    attempt: Attempt
    at: float


@dataclass(frozen=True, slots=True)
class Launched:
    """The fact: the attempt was started and will claim its folder as `uid`."""

    attempt: Attempt
    uid: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Voided:
    """The attempt never ran and never will: its folder was claimed against it. It counts for nothing."""

    attempt: Attempt
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The decision to end a live attempt, and the cause that its end then has."""

    attempt: Attempt
    cause: Cause


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt's outcome, recorded once. `again` puts the trial back in the queue after `delay` seconds."""

    attempt: Attempt
    uid: str
    outcome: Outcome
    again: bool = False
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Wished:
    """A wish from another command was granted: `kind` is cancel or retry; no `trials` means all it can mean."""

    id: str
    kind: str
    trials: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing more is launched until the sweep is resumed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """Somebody asked for the sweep to go on."""


Record = Added | Launching | Launched | Voided | Stopping | Ended | Wished | Paused | Resumed

_TAGS: dict[str, type[Any]] = {
    "added": Added,
    "launching": Launching,
    "launched": Launched,
    "voided": Voided,
    "stopping": Stopping,
    "ended": Ended,
    "wished": Wished,
    "paused": Paused,
    "resumed": Resumed,
}
_NAMES = {cls: tag for tag, cls in _TAGS.items()}
_FIELDS = {cls: tuple(f.name for f in fields(cls)) for cls in (*_NAMES, Trial, Outcome)}


def to_json(record: Record) -> dict[str, Any]:
    """Plain data for one line of the journal."""
    cls = type(record)
    data: dict[str, Any] = {"is": _NAMES[cls]}
    for name in _FIELDS[cls]:
        value = getattr(record, name)
        if name == "attempt":
            data["trial"], data["number"] = value.trial, value.number
        elif name in {"outcome", "trial"}:
            data.update(_plain(value))
        else:
            data[name] = value
    return data


def from_json(data: Mapping[str, Any]) -> Record | None:
    """The record behind one line; None for a kind that this version does not know."""
    cls = _TAGS.get(data["is"])
    if cls is None:
        return None
    values = dict(data)
    if cls is Added:
        return Added(_build(Trial, values))
    if "trial" in values:
        values["attempt"] = Attempt(values["trial"], values["number"])
    if cls is Ended:
        values["cause"] = Cause(values["cause"])
        values["outcome"] = _build(Outcome, values)
    elif cls is Stopping:
        values["cause"] = Cause(values["cause"])
    elif cls is Wished and values["trials"] is not None:
        values["trials"] = tuple(values["trials"])
    record: Record = _build(cls, values)
    return record


def _plain(value: Trial | Outcome) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _FIELDS[type(value)]}


def _build(cls: type[Any], values: Mapping[str, Any]) -> Any:
    return cls(**{name: values[name] for name in _FIELDS[cls] if name in values})
