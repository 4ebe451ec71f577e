"""Builders for the tests of the core: each makes one valid thing, and takes what should differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from sweeper.core.model import Attempt, Cause, ExitRecord, Finding, Outcome, Phase, Sighting, Trial
from sweeper.core.records import Added, Ended, Launched, Launching, Record
from sweeper.core.state import State

OWN = ("metrics", "problem", "warning", "log_tail", "claimed")


class Make:
    """The builders. Times are small numbers, and an attempt's identity is spelled from its numbers."""

    @staticmethod
    def trial(index: int = 0, **changes: Any) -> Trial:
        known: dict[str, Any] = {"key": f"{index:012x}", "params": {"seed": index}, "command": "exec true"}
        return Trial(index, **(known | changes))

    @staticmethod
    def uid(trial: int = 0, number: int = 1) -> str:
        return f"host:boot:{trial}:{number}"

    @staticmethod
    def outcome(cause: Cause = Cause.COMPLETED, **changes: Any) -> Outcome:
        known: dict[str, Any] = {"seconds": 10.0, "ended_at": 0.0}
        return Outcome(cause, **(known | changes))

    @classmethod
    def exit(cls, code: int = 0, **changes: Any) -> ExitRecord:
        known: dict[str, Any] = {
            "uid": cls.uid(),
            "terminated": False,
            "start": 100.0,
            "end": 110.0,
            "ended_at": 5010.0,
            "host": "here",
        }
        return ExitRecord(code=code, **(known | changes))

    @classmethod
    def finding(cls, code: int | None = 0, **changes: Any) -> Finding:
        """What an attempt left: an exit record with `code` (no record for None), and the finding's fields."""
        own = {name: changes.pop(name) for name in OWN if name in changes}
        return Finding(None if code is None else cls.exit(code, **changes), **own)

    @classmethod
    def sighting(
        cls, trial: int = 0, number: int = 1, phase: Phase = Phase.ENDED, **changes: Any
    ) -> Sighting:
        known: dict[str, Any] = {"uid": cls.uid(trial, number), "since": 0.0}
        return Sighting(Attempt(trial, number), phase, **(known | changes))

    @classmethod
    def started(cls, trial: int = 0, number: int = 1, at: float = 0.0) -> list[Record]:
        attempt = Attempt(trial, number)
        return [Launching(attempt, at), Launched(attempt, cls.uid(trial, number))]

    @classmethod
    def ran(
        cls,
        trial: int = 0,
        number: int = 1,
        cause: Cause = Cause.COMPLETED,
        again: bool = False,
        delay: float = 0.0,
        **changes: Any,
    ) -> list[Record]:
        """A whole attempt, from its launch to its recorded end."""
        end = Ended(
            Attempt(trial, number), cls.uid(trial, number), cls.outcome(cause, **changes), again, delay
        )
        return [*cls.started(trial, number), end]

    @classmethod
    def failed(cls, *indexes: int, **changes: Any) -> list[Record]:
        """An attempt of each trial, failed for good with the same error unless `changes` say otherwise."""
        known: dict[str, Any] = {"cause": Cause.ERROR, "error": "boom"} | changes
        return [record for index in indexes for record in cls.ran(index, **known)]

    @classmethod
    def added(cls, trials: int) -> list[Record]:
        return [Added(cls.trial(index)) for index in range(trials)]

    @classmethod
    def state(
        cls, trials: int | Iterable[Trial], *records: Record, now: float = 0.0, wall: float = 0.0
    ) -> State:
        added = cls.added(trials) if isinstance(trials, int) else [Added(trial) for trial in trials]
        return State().apply_all([*added, *records], now, wall)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    """The builders of this folder."""
    return Make
