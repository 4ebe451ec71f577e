"""Optional abilities of clusters, besides running attempts: commands check for these protocols.

A cluster has an ability if it has its methods. Without it, a command uses the sweep's folder alone, or
reports that this cluster does not support it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sweeper.clusters.base import SweepContext
from sweeper.clusters.console import Console
from sweeper.clusters.shown import Shown
from sweeper.clusters.usage import Usage
from sweeper.core.model import Attempt

if TYPE_CHECKING:
    from sweeper.core.diagnosis import DiagnosisSection


@runtime_checkable
class HasLogs(Protocol):
    """The output of attempts, sooner than the shared folder shows it.

    `uid` is the attempt's identity; empty while it is not known. BackendError if the output cannot be read.
    """

    def follow_log(
        self, sweep: SweepContext, attempt: Attempt, uid: str, shown: Shown, ended: Callable[[], bool]
    ) -> bool:
        """Show the output as it comes; True if only the log file can have more output.

        `ended` says whether the attempt has ended.
        """

    def copy_log(self, sweep: SweepContext, attempt: Attempt, uid: str, shown: Shown) -> None:
        """Show the available output of an attempt that left no log file."""


@runtime_checkable
class HasShell(Protocol):
    """Commands that run in the environment of a running attempt."""

    def shell(
        self,
        sweep: SweepContext,
        attempt: Attempt,
        uid: str,
        variables: Callable[[], Mapping[str, str]],
        command: Sequence[str],
        console: Console,
    ) -> int:
        """Run the command (a shell if it is empty) beside the attempt's program; return its exit code.

        `variables` returns the environment variables of the program, with paths as attempts see them.
        `console` holds the streams of the command.
        """


@runtime_checkable
class HasUsage(Protocol):
    """The usage of a cluster that several users share."""

    def usage(self) -> Usage:
        """Return who uses which GPUs, and how many are free."""


@runtime_checkable
class HasDiagnosis(Protocol):
    """Data about an attempt for an administrator."""

    def diagnosis(self, sweep: SweepContext, attempt: Attempt) -> Iterator[DiagnosisSection]:
        """Yield what the cluster shows of the attempt now, or why that cannot be read."""
