"""The base class of clusters: one kind of place where attempts run, with its settings.

Code outside of clusters/ uses this interface, and no particular cluster.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from sweeper.clusters.clock import BootClock, Clock, WallClock
from sweeper.core.cluster import ClusterSettings
from sweeper.core.presence import NOBODY, ClusterHolder
from sweeper.core.sections import stored
from sweeper.files.sections import read_section

if TYPE_CHECKING:
    from sweeper.clusters.base import Backend, Place, SweepContext
    from sweeper.clusters.check import Check

S = TypeVar("S")


class Cluster(Generic[S]):
    """One kind of cluster, bound to its settings. Subclasses override what differs."""

    name: ClassVar[str]
    """The value of `cluster.backend`."""

    settings_class: ClassVar[type[Any]]
    """A frozen dataclass of the settings; its field `backend` is the name.

    Each field has a default, a help text and a rule (see core/setting.py). The checks of `read` are made from
    them, and Hydra's schema `base_NAME`, on which a file in configs/cluster builds.
    """

    fixed_keys: ClassVar[Sequence[str]] = ()
    """Settings that identify the cluster: they do not change during the whole sweep."""

    live_keys: ClassVar[Sequence[str]] = ()
    """Settings that may change while a sweep runs; if there are any, the Backend is Adjustable (base.py)."""

    runs_here: ClassVar[bool] = False
    """Attempts are processes of this machine, with its files, its programs and its environment."""

    subject: ClassVar[str] = "cluster"
    """Its name in the output of `doctor`."""

    unit: ClassVar[str] = "process"
    """A word for messages: what an attempt runs in."""

    credentials: ClassVar[str] = "credentials"
    """A word for messages: what we need to reach the cluster."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    # Settings ------------------------------------------------------------------------------------

    @classmethod
    def read(cls, section: Mapping[str, Any], project: Path) -> tuple[Self, Sequence[str]]:
        """Return the cluster of a configuration's section, and messages about it.

        UsageError if a value is invalid. Relative paths begin at `project`.
        """
        return cls(read_section("cluster", cls.settings_class, section)), ()

    @classmethod
    def from_plain(cls, settings: ClusterSettings) -> Self:
        """Return the cluster from sweep.json, which another version may have written; see `stored`.

        TypeError if a value has a type that its setting cannot have.
        """
        return cls(stored(cls.settings_class, settings.data))

    @classmethod
    def keys(cls) -> list[str]:
        """Return the names of all settings."""
        return [field.name for field in fields(cls.settings_class)]

    def plain(self) -> ClusterSettings:
        """Return the settings as sweep.json has them."""
        return plain(self.settings)

    def is_elsewhere(self, other: Cluster[Any]) -> str:
        """Return how another cluster of this kind differs, as the end of a sentence; else empty."""
        for key in self.fixed_keys:
            old, new = getattr(self.settings, key), getattr(other.settings, key)
            if old and new and old != new:
                return f"in the {key} {old}"
        return ""

    def for_reader(self) -> Self:
        """Return the cluster for reading another user's sweep: with the reader's own credentials."""
        return self

    def located(self, place: Place) -> Self:
        """Return the cluster as this machine reaches it, for a sweep at `place`.

        UsageError if it cannot be worked out how attempts see the sweep's folder.
        """
        return self

    # Before anything runs ------------------------------------------------------------------------

    def describe(self) -> str:
        """Return where trials run, as the text after "10 trials would run"."""
        return f"on the cluster {self.name}"

    def identity(self) -> str:
        """Return for messages where, and as which user, attempts are started; empty if that is obvious.

        BackendError or UsageError if it cannot be determined.
        """
        return ""

    def resolve(self) -> Self:
        """Return the cluster with our identity and location added, so that later controllers use the same.

        UsageError if trials could not run with these settings.
        """
        return self

    def checks(self, sweep: SweepContext) -> Iterator[Check]:
        """Yield all checks that are possible before the first attempt, one after another."""
        return iter(())

    def why_no_variable(self, name: str, key: str) -> str:
        """Return why attempts will not have this environment variable, which the parameter `key` needs.

        Empty if they will, or if that cannot be known.
        """
        if not self.runs_here or name in os.environ:
            return ""
        return (
            f"the environment variable {name} is not set, and parameter {key} needs it:"
            f" nothing was started; export {name} in this shell, then try again"
        )

    def program_remark(self, names: str) -> str:
        """Return the remark of `doctor` on programs that only an attempt can find."""
        return f"{names}: only a trial can tell whether the cluster has it"

    def packages_remark(self) -> str:
        """Return where trials get their packages, if not from this machine."""
        return f"they are those of the cluster {self.name}"

    def public_remark(self, variable: str) -> str:
        """Return the warning about a secret in clear text in `cluster.env`."""
        return f"cluster.env.{variable} is a secret in clear text, which everybody can read there"

    @property
    def gpus_per_attempt(self) -> float | None:
        """How many GPUs every attempt holds; None if only the attempt itself can tell."""
        return None

    @property
    def grows_memory(self) -> bool:
        """Whether retry.memory_factor has an effect."""
        return False

    def path_inside(self, path: str, *, what: str = "sweep.root", writable: bool = True) -> str:
        """Return an absolute path of this machine as attempts see it.

        UsageError if attempts do not see it, or cannot write there although `writable`. `what` names the path
        in messages.
        """
        return path

    # Running -------------------------------------------------------------------------------------

    def clock(self) -> Clock:
        """The clock for limits and waits: local processes stand still while this machine sleeps."""
        return WallClock() if self.runs_here else BootClock()

    def open(self, sweep: SweepContext) -> Backend:
        """Return the backend of one controller. This changes nothing of the sweep."""
        raise NotImplementedError

    def holder(self, sweep: SweepContext) -> ClusterHolder:
        """Return who controls the sweep, if the cluster records controllers."""
        return NOBODY

    def close(self) -> None:
        """Close the connections that these methods opened, if any. A backend closes its own."""


def plain(settings: Any) -> ClusterSettings:
    """The settings of a cluster as sweep.json has them."""
    return ClusterSettings.from_json(asdict(settings))
