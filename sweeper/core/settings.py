"""The settings of a sweep: the reserved keys of a configuration, each with its type, default, help and rule.

Hydra's schemas, which check a user's values, and the tables of docs/settings.md are generated from these
classes. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sweeper.core.cluster import ClusterSettings
from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.model import Cause
from sweeper.core.results_settings import READERS, WHAT_IS_READ, ResultsSettings, form_of
from sweeper.core.sections import stored
from sweeper.core.setting import setting
from sweeper.core.setting_rules import at_least, filled, matching, one_of, optional, own_path
from sweeper.core.task_settings import ArgsSettings, TaskSettings

__all__ = [
    "READERS",
    "RESERVED",
    "WHAT_IS_READ",
    "ArgsSettings",
    "CodeSettings",
    "ResultsSettings",
    "RetrySettings",
    "Settings",
    "SweepSettings",
    "TaskSettings",
    "form_of",
]

RESERVED = ("sweep", "cluster", "task", "code", "retry", "results", "hydra")
"""Top-level keys that are settings; every other resolved key is a parameter."""


@dataclass(frozen=True)
class SweepSettings:
    """`sweep`: the name and the location of the sweep, and the shape of its grid."""

    name: str | None = setting(
        None,
        "the sweep's name; null: the experiment and the time",
        optional(
            matching(
                "[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
                "at most 63 letters, digits, '.', '_' and '-', the first a letter or digit",
            )
        ),
    )
    root: str = setting(
        "sweeps",
        "the folder that sweeps lie in, as in `~/sweeps` or `$SCRATCH/sweeps`; verbs look in `--root`,"
        " `$CVSWEEP_ROOT`, `./sweeps` or here",
        own_path(filled("the path of a folder")),
    )
    zip: list[list[str]] = setting([], "groups of parameters that vary together: `[[lr,batch_size]]`")
    exclude: list[dict[str, Any]] = setting([], "points that are left out: `[{lr: 0.1, seed: 3}]`")
    max_trials: int = setting(10_000, "a larger grid is refused", at_least(1))
    pause_after: int = setting(
        5,
        "pause when so many first trials all end alike, or when more than four times as many attempts are"
        " deleted by others within an hour and no trial completes; 0: never",
        at_least(0),
    )
    secrets: list[str] = setting(
        [], "keys whose values are secrets although their names do not say so, see below"
    )


@dataclass(frozen=True)
class CodeSettings:
    """`code`: whether trials run a copy of the project, made with the sweep, or the project itself."""

    mode: str | None = setting(
        None,
        "`snapshot`: trials run a copy of the project; `in_place`: the project; null: a copy on a cluster"
        " alone",
        optional(one_of("snapshot", "in_place")),
    )
    max_mb: int = setting(100, "a larger copy is refused", at_least(1))
    include: list[str] = setting(
        [],
        'paths and patterns (`data/small`, `"**/*.so"`) in the project that are copied although git ignores'
        " them",
    )


@dataclass(frozen=True)
class RetrySettings:
    """`retry`: how often a trial may be retried after each cause, and how long to wait."""

    budgets: dict[str, int] = setting(
        {},
        "how many retries each cause has; the packaged"
        " [retry/default.yaml](../configs/retry/default.yaml) lists them",
    )
    wait_initial: float = setting(
        2.0, "the pause before the first retry; each further one is twice as long", at_least(0, "seconds")
    )
    wait_max: float = setting(300.0, "but never longer than this", at_least(0, "seconds"))
    wait_jitter: float = setting(1.0, "plus up to this much at random", at_least(0, "seconds"))
    memory_factor: float = setting(
        1.0,
        "each out-of-memory failure multiplies `cluster.memory` by this for the next attempt",
        at_least(1),
    )

    def check(self) -> None:
        """Raise UsageError if a budget is for an unknown cause, or is negative."""
        causes = [cause.value for cause in Cause]
        for name, budget in self.budgets.items():
            if name not in causes:
                raise UsageError(f"retry.budgets.{name}: there is no such cause{did_you_mean(name, causes)}")
            if budget < 0:
                raise UsageError(f"retry.budgets.{name} must be at least 0, not {budget}")


@dataclass(frozen=True)
class Settings:
    """The settings that apply to a whole sweep and not to a single trial."""

    sweep: SweepSettings = field(default_factory=SweepSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    code: CodeSettings = field(default_factory=CodeSettings)
    retry: RetrySettings = field(default_factory=RetrySettings)
    results: ResultsSettings = field(default_factory=ResultsSettings)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for sweep.json."""
        return asdict(self) | {"cluster": self.cluster.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, Any]]) -> Settings:
        """Return the settings from plain data; keys that this version does not know are ignored."""
        return cls(
            sweep=stored(SweepSettings, data.get("sweep", {})),
            cluster=ClusterSettings.from_json(data.get("cluster", {})),
            code=stored(CodeSettings, data.get("code", {})),
            retry=stored(RetrySettings, data.get("retry", {})),
            results=stored(ResultsSettings, data.get("results", {})),
        )
