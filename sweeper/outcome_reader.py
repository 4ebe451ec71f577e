"""Reads the files of ended attempts, for a few seconds per turn, and again while the volume is in trouble."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sweeper.attempt_files import AttemptFiles
from sweeper.backoff import Backoff
from sweeper.core.errors import TransientStorageError
from sweeper.core.model import Attempt, Finding, Phase, Sighting
from sweeper.core.state import State

LONGEST = 3600.0
"""Seconds for which reading an attempt is retried. All other attempts go on meanwhile."""

_AGAIN = Backoff(1.0, 30.0)
_SECONDS = 5.0
"""Seconds after which a turn reads no further attempt: without turns, the sweep's lease is lost."""


@dataclass(slots=True)
class _Trouble:
    """Why an attempt cannot be read: since when, how often it was tried, and when it is tried again."""

    problem: str
    since: float
    tries: int = 0
    due: float = 0.0


class OutcomeReader:
    """Reads ended attempts; one that cannot be read now does not delay the others (see `message`)."""

    def __init__(self, state: State, findings: AttemptFiles, monotonic: Callable[[], float]) -> None:
        self._state, self._findings, self._monotonic = state, findings, monotonic
        self._troubles: dict[Attempt, _Trouble] = {}

    @property
    def message(self) -> str:
        """A message that names the attempts that cannot be read now; empty if all can."""
        if not self._troubles:
            return ""
        first, trouble = next(iter(self._troubles.items()))
        more = f" (and {len(self._troubles) - 1} more)" if len(self._troubles) > 1 else ""
        return f"trial {first.trial}{more} has ended and is read again later: {trouble.problem}"

    @property
    def is_empty(self) -> bool:
        """Whether no attempt is waiting to be read."""
        return self._findings.is_empty and not self._troubles

    def look(self, sightings: Mapping[Attempt, Sighting], now: float) -> dict[Attempt, Finding]:
        """Read the ended attempts that are due; return the findings that are complete."""
        found: dict[Attempt, Finding] = {}
        for attempt, sighting in sightings.items():
            if sighting.phase is not Phase.ENDED or attempt not in self._state.live:
                continue
            if attempt in self._troubles and now < self._troubles[attempt].due:
                continue
            if finding := self._look(sighting, now):
                found[attempt] = finding
            if self._monotonic() - now > _SECONDS:
                break
        return found

    def forget(self, attempt: Attempt) -> None:
        """Drop what is stored about an attempt whose outcome is durable."""
        self._findings.forget(attempt)
        self._troubles.pop(attempt, None)

    def _look(self, sighting: Sighting, now: float) -> Finding | None:
        attempt = sighting.attempt
        if attempt in self._troubles:  # the grace time starts once the files can be read
            sighting = replace(sighting, since=now)
        trial = self._state.trials[attempt.trial].trial
        try:
            finding = self._findings.of(trial, sighting, now)
        except TransientStorageError as error:
            self._try_later(attempt, error, now)
            return None
        self._troubles.pop(attempt, None)
        return finding

    def _try_later(self, attempt: Attempt, error: TransientStorageError, now: float) -> None:
        self._findings.forget(attempt)
        trouble = self._troubles.setdefault(attempt, _Trouble("", now))
        if now - trouble.since > LONGEST:
            raise error
        trouble.problem, trouble.tries = str(error), trouble.tries + 1
        trouble.due = now + _AGAIN.rest(trouble.tries)
