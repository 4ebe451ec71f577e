"""Reads the exit record, metrics or log tail of an ended attempt, once the volume shows them.

A network volume may show a file a minute after another machine wrote it, so the record of an attempt may be
missing at first. It is waited for only if the attempt claimed its folder: without a claim, no program runs.
"""

from __future__ import annotations

from dataclasses import replace

from sweeper.collecting import Read
from sweeper.core.errors import DamagedTrialError, StorageError, TransientStorageError
from sweeper.core.model import Attempt, ExitRecord, Finding, Sighting, Trial
from sweeper.store.base import Store


class AttemptFiles:
    """Reads the files of ended attempts; they may appear up to `grace` seconds after the end."""

    def __init__(self, store: Store, read_metrics: Read, grace: float) -> None:
        self._store, self._read_metrics, self._grace = store, read_metrics, grace
        self._since: dict[Attempt, float] = {}
        self._claimed: set[Attempt] = set()

    def of(self, trial: Trial, sighting: Sighting, now: float) -> Finding | None:
        """Return what an ended attempt left, or None while more of its files may still appear.

        The grace time starts at the end of the attempt, even if that was before this controller started.
        TransientStorageError while the volume is in trouble.
        """
        attempt = sighting.attempt
        since = self._since.setdefault(attempt, min(now, sighting.since))
        record = self._store.read_exit(trial, attempt)
        if not sighting.ran or (record is not None and record.uid == sighting.uid):
            return self._read(trial, attempt, record)
        if self._is_claimed(trial, attempt):
            return None if now - since < self._grace else self._read(trial, attempt, record)
        # A program may have emptied its folder, including the claim, and a record may be there nevertheless.
        record = self._store.read_exit(trial, attempt)
        return replace(self._read(trial, attempt, record), claimed=record is not None)

    def forget(self, attempt: Attempt) -> None:
        """Drop what is stored about an attempt whose outcome is durable."""
        self._since.pop(attempt, None)
        self._claimed.discard(attempt)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stored about any attempt."""
        return not (self._since or self._claimed)

    def _is_claimed(self, trial: Trial, attempt: Attempt) -> bool:
        """Whether the attempt has claimed its folder; if not, claim it here, so that it can never run."""
        if attempt not in self._claimed:
            try:
                if self._store.claim_abandoned(trial, attempt) is None:
                    return False
            except TransientStorageError:
                raise  # it is tried again once the volume works
            except (DamagedTrialError, StorageError):
                return True  # not known: so it is waited for
            self._claimed.add(attempt)
        return True

    def _read(self, trial: Trial, attempt: Attempt, record: ExitRecord | None) -> Finding:
        if record is None or record.code:
            return Finding(record, log_tail=self._store.read_log_tail(trial, attempt))
        _, _, out = self._store.places(trial, attempt)
        read = self._read_metrics(out)
        return Finding(record, read.metrics, read.problem, read.warning)
