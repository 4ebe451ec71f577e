"""The nouns of a sweep (trial, attempt, cause, outcome, sighting): frozen data without behaviour."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

Value = Any
"""A parameter's or metric's value as JSON knows it: null, bool, int, float, str, list, dict."""


class Cause(StrEnum):
    """Why an attempt ended."""

    COMPLETED = "completed"
    ERROR = "error"
    OOM = "oom"
    CUDA_OOM = "cuda_oom"
    EVICTED = "evicted"
    PREEMPTED = "preempted"
    DELETED = "deleted"
    REJECTED = "rejected"
    NODE_LOST = "node_lost"
    CONTAINER_LOST = "container_lost"
    DEADLINE = "deadline"
    UNSCHEDULABLE = "unschedulable"
    RETURNED = "returned"
    IMAGE = "image"
    BAD_SPEC = "bad_spec"
    NO_RESULT = "no_result"
    BAD_RESULT = "bad_result"
    NO_RECORD = "no_record"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """What a backend shows of an attempt. ENDED: no process of it runs any more; REFUSED: none ever will."""

    REFUSED = "refused"
    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"


class Status(StrEnum):
    """Where a trial stands. The counts of these always sum to the number of trials."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Trial:
    """One point of the grid, frozen when it was added to the sweep.

    `params` holds every resolved parameter, nested keys as nested dicts; `command` is the exact
    shell text that runs it (see core/command.py); `cwd` is "code" (the project's folder) or "out"
    (the attempt's folder); `time_limit` is in seconds. `choices` maps each config group of the project
    to the option that it has at this point; `overrides` are what a person would type to get this point
    from the program itself, without cvsweep's own sections and Hydra's; `secrets` are the dotted keys of
    the parameters that hold a secret (core/secrets.py). Trials of older sweeps have none of these.
    """

    index: int
    key: str
    params: Mapping[str, Value]
    command: str
    cwd: str = "code"
    time_limit: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


class Attempt(NamedTuple):
    """One execution of a trial: one process tree or one pod. Numbers start at 1 and only grow."""

    trial: int
    number: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a backend shows of one attempt.

    `uid` is the identity that the attempt claims its folder with; `since` is when it entered
    `phase`, on the engine's clock; `cause` and `message` are what the backend alone
    can know of an end (an out-of-memory kill, an eviction). A pending attempt that has a `cause` has
    waited too long for what does not come (a node, an image, a volume): it is to be ended for it.
    `ran` is False where it is certain that nothing of it ever has; `exited` says that nobody ended it
    from outside, as far as the backend can tell; `interrupted` that the backend saw somebody or something
    begin to end it (a deletion, an eviction) or kill it; `preempted` that whoever did had a right to what
    it held.
    `seconds` is how long it ran, 0.0 if it never began; `held` how long it held its place there, from when
    it was asked for; both None if the backend cannot tell. `gpus` and `gpu` are as in Outcome.
    """

    attempt: Attempt
    phase: Phase
    uid: str
    since: float
    node: str = ""
    cause: Cause | None = None
    message: str = ""
    ran: bool = True
    exited: bool = False
    gpus: float | None = None
    gpu: str = ""
    interrupted: bool = False
    preempted: bool = False
    seconds: float | None = None
    held: float | None = None


@dataclass(frozen=True, slots=True)
class ExitRecord:
    """What the shim wrote when the program ended: the proof of an end.

    `start` and `end` are seconds since the boot of the host that ran it, so their difference is
    immune to clock steps; `ended_at` is the wall time (Unix seconds) of the file itself.
    `terminated` says that a TERM arrived before the program ended. `oom_kills` is how many processes
    the kernel killed for want of memory meanwhile, in the whole cgroup; 0 where nobody counted.
    """

    uid: str
    code: int
    terminated: bool
    start: float
    end: float
    ended_at: float
    host: str
    oom_kills: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of an ended attempt's results.

    `problem` is the line that says why nothing there can be used; `warning` the line with remarks on
    what was read (a part is missing, names were changed). Both are empty if all is well, also if there
    is nothing to read. `seen` names some of the files that the attempt left, if no metrics were found.
    """

    metrics: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""
    warning: str = ""
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What an ended attempt left in its folder; `metrics`, `problem` and `warning` are as in Reading.

    `claimed` is False if nobody ever claimed the folder: the program was never started.
    """

    exit: ExitRecord | None
    metrics: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""
    warning: str = ""
    log_tail: str = ""
    claimed: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the journal keeps of an ended attempt.

    `seconds` is the program's own run time; `ended_at` is wall time in Unix seconds; `error` is
    the line that best says why it failed (what a traceback raised, usually). `gpus` is how many
    GPUs it held (a share of one where several trials are packed on it), None where the backend cannot
    tell; `gpu` is which, as its CUDA_VISIBLE_DEVICES said. `warning` is the line with remarks on its
    metrics, or on why there are none. `held` is for how many seconds it held its place (a pod its quota),
    waiting for a node and an image included; None where places cost nothing or nobody can tell.
    """

    cause: Cause
    seconds: float
    ended_at: float
    code: int | None = None
    host: str = ""
    metrics: Mapping[str, Value] = field(default_factory=dict)
    error: str = ""
    gpus: float | None = None
    gpu: str = ""
    warning: str = ""
    held: float | None = None


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def canonical_json(value: Value) -> str:
    """One spelling for equal values. Types count: `1`, `1.0` and `true` differ, `1e-3` is `0.001`."""
    return _CANONICAL.encode(value)


def trial_key(params: Mapping[str, Value], command: str, choices: Mapping[str, str] | None = None) -> str:
    """The identity of a point: 12 hexadecimal digits over its parameters, its command and its choices.

    Without choices it is the key that sweeps of format 1 have.
    """
    parts: list[Value] = [dict(params), command, *([dict(choices)] if choices else [])]
    return hashlib.blake2b(canonical_json(parts).encode(), digest_size=6).hexdigest()
