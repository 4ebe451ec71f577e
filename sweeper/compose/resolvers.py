"""Hydra's resolvers, extended to record which values depend on the run while points are composed.

`${hydra:runtime.output_dir}` and the like exist only in a running program, and `${now:…}` differs in every
run. While composing, Hydra resolves the first to `None` and the second to the current time. So each use is
recorded: after a value is resolved, the record shows whether it depends on one of them, even through other
keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import setup_globals
from omegaconf import Container, DictConfig, OmegaConf

from sweeper.compose.variables import SecretVariables, kept
from sweeper.compose.versions import register_resolver

_OF_THE_RUN = ("runtime.output_dir", "job.num", "job.id", "run", "sweep")
"""Keys of Hydra's node that only a running program knows."""

_OF_THE_APP = ("job.name", "job.config_name", "mode")
"""Keys of Hydra's node that are others in an app that composes its own configuration."""

_OF_THE_OVERRIDES = ("job.override_dirname", "overrides")
"""Keys of Hydra's node that depend on the overrides of a point."""


@dataclass(slots=True)
class Uses:
    """What was resolved since the last `clear`; true if a value depends on the run.

    Attributes:
        secrets: the record of environment variables.
        of_the_run: the resolved keys of Hydra's node that only a running program knows.
        now: whether a time was resolved.
        of_the_app: whether a key was resolved that has another value in an app that composes by itself.
        unstable: whether a resolver of the app was used that returns another value at each call.
        of_the_point: whether a key was resolved that may depend on the overrides of a point; `clear` does not
            reset it, the code that reads it does.
    """

    secrets: SecretVariables = field(default_factory=SecretVariables)
    of_the_run: list[str] = field(default_factory=list)
    now: bool = False
    of_the_app: bool = False
    unstable: bool = False
    of_the_point: bool = False

    def __bool__(self) -> bool:
        return self.now or self.unstable or bool(self.of_the_run)

    @property
    def differ_in_apps(self) -> bool:
        """Whether the value depends on the run, or an app that composes by itself resolves it to another."""
        return bool(self) or self.of_the_app or self.secrets.of_the_trial

    def clear(self) -> None:
        self.of_the_run.clear()
        self.now = self.unstable = self.of_the_app = False
        self.secrets.clear()


@contextmanager
def recorded(secrets: SecretVariables, *, known: Sequence[str] = ()) -> Iterator[Uses]:
    """Resolve `${hydra:…}` and `${now:…}` as Hydra does, and record each use; all times are the same moment.

    A key that only a running program knows resolves to its own text, since Hydra's `None` may not fit the
    type of the value.

    Args:
        secrets: the record of environment variables.
        known: keys of a running program that are known here nevertheless, with a value for each point.
    """
    uses = Uses(secrets)
    moment = datetime.now()  # noqa: DTZ005 - local time without a zone, exactly as Hydra's resolver

    def hydra(key: str) -> Any:
        if key in known:
            uses.of_the_point = True
        elif _only_a_run_knows(key):
            uses.of_the_run.append(key)
            return f"${{hydra:{key}}}"
        uses.of_the_app |= _touches(key, _OF_THE_APP)
        uses.of_the_point |= _may_differ_between_points(cast("DictConfig", HydraConfig.get()), key)
        return OmegaConf.select(cast("DictConfig", HydraConfig.get()), key)

    def now(pattern: str) -> str:
        uses.now = True
        return moment.strftime(pattern)

    register_resolver("hydra", hydra, replace=True)
    register_resolver("now", now, replace=True)
    try:
        with kept(secrets):
            yield uses
    finally:
        setup_globals()  # restores Hydra's resolvers


def _only_a_run_knows(key: str) -> bool:
    return key == "" or _touches(key, _OF_THE_RUN)


def _may_differ_between_points(node: DictConfig, key: str) -> bool:
    """Whether a key may depend on the overrides of a point; an interpolation always may."""
    if _touches(key, _OF_THE_OVERRIDES):
        return True
    at: Any = node
    for part in key.split("."):
        if not isinstance(at, DictConfig) or at._is_interpolation() or at._is_none():
            return True
        at = at._get_node(part)
    held = OmegaConf.to_container(at, resolve=False) if isinstance(at, Container) else at and at._value()
    return "${" in repr(held)


def _touches(key: str, others: Sequence[str]) -> bool:
    """Whether the key is one of the others, inside one, or contains one."""
    return any(key == o or key.startswith(f"{o}.") or o.startswith(f"{key}.") for o in others)
