"""The data types of a sweep (trial, attempt, cause, outcome, sighting): frozen, without behaviour."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

Value = Any
"""The value of a parameter or metric, a JSON value: null, bool, int, float, str, list, dict."""


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
    """The phase of an attempt. ENDED: none of its processes runs any more; REFUSED: none ever will."""

    REFUSED = "refused"
    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"


class Status(StrEnum):
    """The state of a trial. The counts of all states always sum to the number of trials."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Trial:
    """One point of the grid, which does not change once it is added to the sweep.

    Trials of older sweeps have no `choices`, `overrides` and `secrets`.

    Attributes:
        index: its position in the sweep.
        key: its identity (trial_key).
        params: all resolved parameters, nested keys as nested dicts.
        command: the exact shell text that runs it (core/command.py).
        cwd: "code" (the project's folder) or "out" (the attempt's folder).
        time_limit: in seconds; None for no limit.
        choices: the option of each config group of the project at this point.
        overrides: the Hydra overrides with which the program itself gives this point; those of cvsweep's and
            Hydra's own sections are left out.
        secrets: the dotted keys of the parameters that hold a secret (core/secrets.py).
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
    """One execution of a trial: one process tree or one pod. Numbers start at 1 and only increase."""

    trial: int
    number: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a backend shows of one attempt.

    Attributes:
        uid: the identity with which the attempt claims its folder.
        since: when it entered `phase`, on the engine's monotonic clock.
        node: where it runs; empty if that is not known.
        cause: why it ended, if only the backend can know that (an out-of-memory kill, an eviction). A pending
            attempt with a cause has waited too long (for a node, an image, a volume) and is to be stopped.
        message: the explanation of `cause`.
        ran: False if it is certain that nothing of it ever ran.
        exited: it ended by itself, as far as the backend can tell.
        gpus, gpu: as in Outcome.
        interrupted: the backend observed that it was deleted, evicted or killed.
        preempted: it was ended in favour of others who were entitled to its quota or node.
        seconds: how long it ran, 0.0 if it never began; None if the backend cannot tell.
        held: the seconds from the request until its capacity was free again; None if the backend cannot tell.
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
    """What the shim wrote when the program ended: the proof of its end.

    Attributes:
        uid: the identity that claimed the attempt's folder.
        code: the exit code.
        terminated: a SIGTERM arrived before the program ended.
        start, end: seconds since the boot of the host, so that steps of the wall clock do not matter.
        ended_at: the wall time (Unix seconds) of the file itself.
        oom_kills: how many processes the kernel's OOM killer ended in the whole cgroup meanwhile; 0 if that
            was not counted.
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

    `problem` is a line that says why none of it can be used. `warning` is a line about what was read (a part
    is missing, names were changed). Both are empty if there is no problem, also if there is nothing to read.
    `seen` names some of the files that the attempt left, if there are no metrics.
    """

    metrics: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""
    warning: str = ""
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What an ended attempt left in its folder; `metrics`, `problem` and `warning` are as in Reading.

    `claimed` is False if the attempt never claimed its folder: the program was never started.
    """

    exit: ExitRecord | None
    metrics: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""
    warning: str = ""
    log_tail: str = ""
    claimed: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the journal stores about an ended attempt.

    Attributes:
        seconds: the run time of the program itself.
        ended_at: wall time in Unix seconds.
        code: the exit code; None without an exit record.
        metrics: the final metrics.
        error: the line that best explains the failure, usually the exception of a traceback.
        gpus: how many GPUs it used (a fraction if several trials share one); None if the backend cannot tell.
        gpu: which GPUs, as in CUDA_VISIBLE_DEVICES.
        warning: a line about its metrics, or about why there are none.
        held: for how many seconds it occupied capacity (a pod its quota), including the wait for a node and
            an image; None if capacity costs nothing, or if the time is not known.
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
    """Return the same text for equal values. Types count: `1`, `1.0` and `true` differ; `1e-3` is `0.001`."""
    return _CANONICAL.encode(value)


def trial_key(params: Mapping[str, Value], command: str, choices: Mapping[str, str] | None = None) -> str:
    """Return the identity of a point: a hash of its parameters, command and choices, 12 hexadecimal digits.

    Without choices it is the same key as in sweeps of format 1.
    """
    parts: list[Value] = [dict(params), command, *([dict(choices)] if choices else [])]
    return hashlib.blake2b(canonical_json(parts).encode(), digest_size=6).hexdigest()
