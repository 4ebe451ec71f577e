"""The settings of a sweep: the reserved keys of a configuration, typed, with their defaults.

These classes are also the schemas that Hydra checks a user's values against. docs/settings.md says
what each key means. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

from sweeper.core.cluster import (
    KUBERNETES,
    ClusterSettings,
    KubernetesSettings,
    LocalSettings,
    VolumeSettings,
)

T = TypeVar("T")

RESERVED = ("sweep", "cluster", "task", "code", "retry", "results", "hydra")
"""Top-level keys that are settings; every other resolved key is a parameter."""


@dataclass(frozen=True)
class SweepSettings:
    """`sweep`: the name, the place and the shape of the grid; `secrets` are keys whose values are secrets."""

    name: str | None = None
    root: str = "sweeps"
    zip: list[list[str]] = field(default_factory=list)
    exclude: list[dict[str, Any]] = field(default_factory=list)
    max_trials: int = 10_000
    pause_after: int = 5
    secrets: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ArgsSettings:
    """`task.args`: how options spell each kind of value. See core/options.py, and ARGS for the choices."""

    bool: str = "value"
    list: str = "space"
    dict: str = "dots"
    text: str = "plain"
    none: str = "omit"
    key: str = "as_is"


ARGS: dict[str, tuple[str, ...]] = {
    "bool": ("value", "flag", "no-flag", "python"),
    "list": ("space", "repeat", "comma", "json"),
    "dict": ("dots", "json"),
    "text": ("plain", "python"),
    "none": ("omit", "json", "python"),
    "key": ("as_is", "dash"),
}
"""What each key of `task.args` may say."""


@dataclass(frozen=True)
class TaskSettings:
    """`task`: the program that every trial runs. See core/command.py for the argument styles."""

    command: list[str] = field(default_factory=list)
    args_style: str = "argparse"
    args: ArgsSettings = field(default_factory=ArgsSettings)
    cwd: str = "code"
    time_limit: float | None = None


@dataclass(frozen=True)
class CodeSettings:
    """`code`: do trials run a copy of the project made with the sweep (snapshot) or the project (in_place)?

    Null: a snapshot where the trials run on a cluster, in place on this machine. `max_mb` bounds
    what a snapshot may hold; `include` are paths and patterns of what it holds although git ignores it.
    """

    mode: str | None = None
    max_mb: int = 100
    include: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RetrySettings:
    """`retry`: how often a trial may be tried again after each cause, and how long to wait.

    The wait doubles from `wait_initial` up to `wait_max`, plus up to `wait_jitter` at random. After
    every end for want of memory a trial gets `memory_factor` times the memory (where pods are given any).
    """

    budgets: dict[str, int] = field(default_factory=dict)
    wait_initial: float = 2.0
    wait_max: float = 300.0
    wait_jitter: float = 1.0
    memory_factor: float = 1.0


@dataclass(frozen=True)
class ResultsSettings:
    """`results`: the metric that ranks the trials, whether a trial must leave metrics, and who reads them.

    `mode` is max or min, whichever is better; null: assumed from the name of the metric, and said.
    `reader` is one of READERS; null: found by looking at what a trial left. `pattern` is a regular
    expression for the reader `log`, which it chooses where no other is named. `file` is the name of the
    file that is read, for programs that do not call it metrics.json: see form_of.
    """

    metric: str | None = None
    mode: str | None = None
    required: bool = False
    reader: str | None = None
    pattern: str | None = None
    file: str | None = None


READERS = ("json", "jsonl", "csv", "lightning", "trainer", "tensorboard", "log", "none")
"""What results.reader may say: a kind of file; `none` where all files are the program's own affair."""

WHAT_IS_READ = ("reader", "pattern", "file")
"""The settings of `results` that say what is read, and how."""

_FORMS = {".json": "json", ".jsonl": "jsonl", ".csv": "csv"}


def form_of(file: str) -> str | None:
    """The reader for a file of this name, by its ending; None where none reads such files."""
    stem, dot, ending = file.rpartition(".")
    return _FORMS.get(dot + ending.lower()) if stem else None


@dataclass(frozen=True)
class Settings:
    """Everything that governs a sweep but belongs to no single trial."""

    sweep: SweepSettings = field(default_factory=SweepSettings)
    cluster: ClusterSettings = field(default_factory=LocalSettings)
    code: CodeSettings = field(default_factory=CodeSettings)
    retry: RetrySettings = field(default_factory=RetrySettings)
    results: ResultsSettings = field(default_factory=ResultsSettings)

    def to_json(self) -> dict[str, Any]:
        """Plain data for sweep.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, Any]]) -> Settings:
        """Settings from plain data; keys that this version does not know are left out."""
        return cls(
            sweep=_known(SweepSettings, data.get("sweep", {})),
            cluster=_cluster(data.get("cluster", {})),
            code=_known(CodeSettings, data.get("code", {})),
            retry=_known(RetrySettings, data.get("retry", {})),
            results=_known(ResultsSettings, data.get("results", {})),
        )


def is_frozen(settings: Settings) -> bool:
    """Do trials run a copy of the project?"""
    default = "in_place" if isinstance(settings.cluster, LocalSettings) else "snapshot"
    return (settings.code.mode or default) == "snapshot"


def _cluster(data: Mapping[str, Any]) -> ClusterSettings:
    if data.get("backend") != KUBERNETES:
        return _known(LocalSettings, data)
    volumes = {name: _known(VolumeSettings, one) for name, one in data.get("volumes", {}).items()}
    return replace(_known(KubernetesSettings, data), volumes=volumes)


def _known(cls: type[T], data: Mapping[str, Any]) -> T:
    """The settings of one section; TypeError where a value is of a kind that its key cannot have."""
    kinds = _kinds(cls)  # type: ignore[arg-type]  # mypy knows no hashable type variable
    known = {key: value for key, value in data.items() if key in kinds}
    for key, value in known.items():
        if not isinstance(value, kinds[key]):
            raise TypeError(f"{key} cannot be {value!r}")
    return cls(**known)


@cache
def _kinds(cls: type) -> Mapping[str, tuple[type, ...]]:
    """What the value of each key may be in plain data, from the annotations (which are texts here)."""
    named = {name: str(one.type) for name, one in cls.__dataclass_fields__.items()}  # type: ignore[attr-defined]
    return {
        name: tuple(kind for part in text.split(" | ") for kind in _KINDS[part.partition("[")[0]])
        for name, text in named.items()
    }


_KINDS: Mapping[str, tuple[type, ...]] = {
    "None": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "list": (list,),
    "dict": (dict,),
}
