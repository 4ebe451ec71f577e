"""The cluster `local`: processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sweeper.clusters.cluster import Cluster
from sweeper.clusters.local.settings import LOCAL, LocalSettings
from sweeper.core.errors import CvsweepError

if TYPE_CHECKING:
    from sweeper.clusters.base import Backend, SweepContext
    from sweeper.clusters.check import Check


class LocalCluster(Cluster[LocalSettings]):
    """See docs/settings.md."""

    name: ClassVar[str] = LOCAL
    settings_class: ClassVar[type[Any]] = LocalSettings
    runs_here: ClassVar[bool] = True
    live_keys: ClassVar[Sequence[str]] = ("max_parallel",)
    subject: ClassVar[str] = "machine"

    def describe(self) -> str:
        from sweeper.clusters.local.slots import find_machine  # only now: readers need none of it

        return f"on {os.uname().nodename}, {find_machine(self.settings).slots} at a time"

    def resolve(self) -> Self:
        if self.settings.gpus:
            from sweeper.clusters.local.slots import find_machine

            find_machine(self.settings)  # refuses to give a trial more GPUs than there are
        return self

    def checks(self, sweep: SweepContext) -> Iterator[Check]:
        from sweeper.clusters.check import Check, Level
        from sweeper.clusters.local.slots import find_machine

        try:
            machine = find_machine(self.settings)
        except CvsweepError as error:
            yield Check(self.subject, Level.FAILURE, str(error))
        else:
            yield Check(self.subject, Level.OK, machine.describe())

    def packages_remark(self) -> str:
        return ""

    def open(self, sweep: SweepContext) -> Backend:
        from sweeper.clusters.local.backend import LocalBackend  # only now: readers need none of it

        return LocalBackend(self.settings, sweep.has_record, gone=sweep.gone, environment=sweep.environment)
