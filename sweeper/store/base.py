"""The sweep folder as the engine sees it while it holds the sweep; folder.py has the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sweeper.core.model import Attempt, ExitRecord, Trial
from sweeper.core.records import Record
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot
from sweeper.store.requests import Request

T = TypeVar("T")


class Store(Protocol):
    """What the engine needs of a sweep folder; failures raise StorageError, a lost sweep SupersededError.

    While the volume is in trouble, operations are retried for minutes, except writes into the journal and
    operations on the files of one attempt: those raise TransientStorageError, so that the others go on.
    """

    def meanwhile(self, do: Callable[[str], object]) -> None:
        """Register `do`, which is called with the problem each time before an operation is tried again."""

    def retried(self, do: Callable[[], T]) -> T:
        """Return the result of `do`, which is retried like every other operation."""

    @property
    def records(self) -> Sequence[Record]:
        """The records that the journal held when this controller took the sweep over."""

    def let_records_go(self) -> None:
        """Free the memory of `records` once they are folded; a later use reads them again."""

    def append(self, record: Record) -> None:
        """Gather a record for the next flush."""

    def flush(self, *, sync: bool = True) -> None:
        """Write the gathered records (durably if `sync`), then call `check`."""

    def check(self) -> None:
        """Raise SupersededError if another controller has taken the sweep over."""

    def prepare(self, trial: Trial, attempt: Attempt) -> bool:
        """Create the attempt folder; return False if it already exists."""

    def claim_abandoned(self, trial: Trial, attempt: Attempt) -> str | None:
        """Claim an attempt so that it can never run; return None, or who has claimed it before."""

    def places(self, trial: Trial, attempt: Attempt) -> tuple[str, str, str]:
        """Return the paths of the shim, the trial's folder and the attempt folder."""

    def read_exit(self, trial: Trial, attempt: Attempt) -> ExitRecord | None:
        """Return the exit record, once the backend has reported the end; None if there is none yet."""

    def read_log_tail(self, trial: Trial, attempt: Attempt) -> str:
        """Return the end of the attempt's log."""

    def lost(self, trial: Trial, attempt: Attempt) -> str:
        """Return why the files of an ended attempt are partly or wholly unreadable; empty if they are not."""

    def change_results(self, results: Mapping[str, Any]) -> Settings:
        """Change these settings of results from now on; return all settings."""

    def change_settings(self, settings: Settings) -> None:
        """Replace the settings from now on."""

    def requests(self) -> list[Request]:
        """Return the requests of other commands, oldest first."""

    @property
    def messages(self) -> Sequence[str]:
        """Messages for readers about the folder itself."""

    def remove_request(self, request_id: str) -> None:
        """Remove a request that is granted and journalled."""

    def refuse_request(self, request_id: str, why: str) -> None:
        """Set aside a request that cannot be granted, and show readers the reason."""

    def write_status(self, snapshot: Snapshot) -> str:
        """Replace status.json, which readers read first; return why that failed, or "" if it did not.

        StorageError if the disk is full: nothing else can be written then, either.
        """
