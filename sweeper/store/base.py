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
    """The contract; what cannot be done raises StorageError, a lost sweep SupersededError.

    While the volume is in trouble everything but a write into the journal is tried again for minutes. What
    concerns the files of one attempt is not: it raises TransientStorageError, so that the others go on.
    """

    def meanwhile(self, do: Callable[[str], object]) -> None:
        """Have `do` called, with what is wrong, each time before something is tried again."""

    def retried(self, do: Callable[[], T]) -> T:
        """The result of `do`, which is tried again like everything else."""

    @property
    def records(self) -> Sequence[Record]:
        """What the journal held when the sweep was taken."""

    def let_records_go(self) -> None:
        """They have been folded: they take no memory from now on, and whoever asks has them read again."""

    def append(self, record: Record) -> None:
        """Gather a record for the next flush."""

    def flush(self, *, sync: bool = True) -> None:
        """Write what was gathered (durably if `sync`), then check."""

    def check(self) -> None:
        """Notice that another controller has taken the sweep over."""

    def prepare(self, trial: Trial, attempt: Attempt) -> bool:
        """Make the attempt's folder; False where it was there already."""

    def claim_abandoned(self, trial: Trial, attempt: Attempt) -> str | None:
        """Claim a doubtful attempt so that it can never run. None: it is abandoned; else: who claimed it."""

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

    def change_settings(self, settings: Settings) -> None:
        """Let these settings hold from now on."""

    def requests(self) -> list[Request]:
        """The requests of other commands, oldest first."""

    @property
    def messages(self) -> Sequence[str]:
        """What readers are to know about the folder itself."""

    def remove_request(self, request_id: str) -> None:
        """The request is granted and journalled."""

    def refuse_request(self, request_id: str, why: str) -> None:
        """The request cannot be granted: it is set aside, and readers hear why."""

    def write_status(self, snapshot: Snapshot) -> str:
        """Replace status.json, which readers read first; why that could not be done, empty if it was.

        StorageError if the disk is full: nothing else can be written then, either.
        """
