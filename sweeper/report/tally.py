"""The costs of a sweep so far, computed from its journal record by record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned, Ended, Launching, Record


@dataclass(slots=True)
class Tally:
    """Sums over all attempts that have ended, including those that were retried.

    Attributes:
        gpus: the GPUs of an attempt for which the journal does not have the number; None if unknown.
        began: the wall time of the first launch; None if there is none yet.
        ended: the wall time of the last end; None if there is none yet.
        seconds: the run time of the attempts.
        gpu_seconds: the run time of each attempt times its GPUs.
        quota_gpu_seconds: the time for which the pod of each attempt held quota times its GPUs.
        unknown: the number of ended attempts whose number of GPUs is unknown.
        retries: for each cause, how often a trial was queued again after it.
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
        """Add records, in the order of the journal, and return the tally itself."""
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
