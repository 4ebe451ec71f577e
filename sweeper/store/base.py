"""The sweep folder as the engine sees it while it holds the sweep; folder.py has the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sweeper.core.model import Attempt, ExitRecord, Trial
from sweeper.core.records import Record
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot
from sweeper.store.requests import Request


class Store(Protocol):
    """The contract; what cannot be done raises StorageError, a lost sweep SupersededError."""

    @property
    def records(self) -> Sequence[Record]:
        """What the journal held when the sweep was taken."""

    def append(self, record: Record) -> None:
        """Gather a record for the next flush."""

    def flush(self, *, sync: bool = True) -> None:
        """Write what was gathered (durably if `sync`), then check."""

    def check(self) -> None:
        """Notice that another controller has taken the sweep over."""

    def prepare(self, trial: Trial, attempt: Attempt) -> bool:
        """Make the attempt's folder; False where it was there already."""

    def claim_void(self, trial: Trial, attempt: Attempt) -> str | None:
        """Claim a doubtful attempt so that it can never run. None: it is void; else: who claimed it."""

    def places(self, trial: Trial, attempt: Attempt) -> tuple[str, str, str]:
        """The shim, the trial's folder and the attempt's folder."""

    def read_exit(self, trial: Trial, attempt: Attempt) -> ExitRecord | None:
        """The exit record, once the backend has reported the end; None while it is not there."""

    def read_log_tail(self, trial: Trial, attempt: Attempt) -> str:
        """The end of the attempt's log."""

    def lost(self, trial: Trial, attempt: Attempt) -> str:
        """Why what an ended attempt has left cannot be read any more, or not all of it; empty if it can."""

    def change_results(self, results: Mapping[str, Any]) -> Settings:
        """Let these settings of results hold from now on; return all settings."""

    def requests(self) -> list[Request]:
        """The wishes of other commands, oldest first."""

    @property
    def notes(self) -> Sequence[str]:
        """What readers are to know about the folder itself."""

    def remove_request(self, request_id: str) -> None:
        """The wish is granted and journalled."""

    def write_status(self, snapshot: Snapshot) -> None:
        """Replace what readers see at a glance."""
