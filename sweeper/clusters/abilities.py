"""What a cluster may be able to do beside running attempts: a verb asks for it by its protocol.

A cluster has an ability if it has its methods. Without it the verb does with the sweep's folder alone, or
says that this cluster has no such thing.
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

    `uid` is the attempt's identity; empty while it is not known. BackendError where it cannot be read.
    """

    def follow_log(
        self, sweep: SweepContext, attempt: Attempt, uid: str, shown: Shown, ended: Callable[[], bool]
    ) -> bool:
        """Show the output as it comes; True if only the log file can have more output.

        `ended` says whether the attempt has ended.
        """

    def copy_log(self, sweep: SweepContext, attempt: Attempt, uid: str, shown: Shown) -> None:
        """Show the output of an attempt that left no file, as far as there is any."""


@runtime_checkable
class HasShell(Protocol):
    """A command beside an attempt that runs."""

    def shell(
        self,
        sweep: SweepContext,
        attempt: Attempt,
        uid: str,
        variables: Callable[[], Mapping[str, str]],
        command: Sequence[str],
        console: Console,
    ) -> int:
        """Run the command (a shell, if it is empty) as the attempt's program runs; its exit code.

        `variables` gives what the program finds in its environment, with paths as attempts see them.
        `console` has the streams that the command gets.
        """


@runtime_checkable
class HasUsage(Protocol):
    """A cluster that others share."""

    def usage(self) -> Usage:
        """Who holds what, and what is free."""


@runtime_checkable
class HasDiagnosis(Protocol):
    """What an administrator wants to see of an attempt."""

    def diagnosis(self, sweep: SweepContext, attempt: Attempt) -> Iterator[DiagnosisSection]:
        """What the cluster shows of it now; where that cannot be read, why."""
