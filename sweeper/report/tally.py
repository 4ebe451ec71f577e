"""The cost of a sweep so far, folded from its journal a record at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned, Ended, Launching, Record


@dataclass(slots=True)
class Tally:
    """Sums over all attempts, those that were tried again included.

    `began` and `ended` are the wall times of the first launch and the last end, None before there is
    one; `seconds` is what the attempts ran, `gpu_seconds` the same times the GPUs that each held,
    `quota_gpu_seconds` these GPUs times for how long the attempts' pods held quota, and
    `unknown` counts the ended attempts of which nobody can tell how many that were. `retries` says after
    which causes a trial went back to the queue, and how often. `gpus` is how many an attempt holds of
    which the journal does not say it.
    """

    gpus: float | None = None
    began: float | None = None
    ended: float | None = None
    seconds: float = 0.0
    gpu_seconds: float = 0.0
    quota_gpu_seconds: float = 0.0
    unknown: int = 0
    retries: dict[Cause, int] = field(default_factory=dict)
    _live: set[Attempt] = field(default_factory=set)

    def take(self, records: Iterable[Record]) -> Tally:
        """Take records in, in the order of the journal; return the tally itself."""
        for record in records:
            if isinstance(record, Launching):
                self.began = record.at if self.began is None else min(self.began, record.at)
                self._live.add(record.attempt)
            elif isinstance(record, Abandoned):
                self._live.discard(record.attempt)
            elif isinstance(record, Ended) and record.attempt in self._live:
                self._live.discard(record.attempt)
                self._end(record)
        return self

    def _end(self, record: Ended) -> None:
        outcome = record.outcome
        self.ended = outcome.ended_at if self.ended is None else max(self.ended, outcome.ended_at)
        self.seconds += outcome.seconds
        gpus = self.gpus if outcome.gpus is None else outcome.gpus
        if gpus is None:
            self.unknown += 1
        else:
            self.gpu_seconds += outcome.seconds * gpus
            self.quota_gpu_seconds += (outcome.held or 0.0) * gpus
        if record.again:
            self.retries[outcome.cause] = self.retries.get(outcome.cause, 0) + 1
