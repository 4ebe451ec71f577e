"""Placeholder configs for Hydra plugins that a configuration names and that are not installed.

A defaults list with `override hydra/launcher: joblib` must compose without joblib's plugin: cvsweep would not
use it anyway. In its place stands a config that takes every key.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf, flag_override

from sweeper.compose.versions import REPLACE

_NAME = "cvsweep_stand_in"
_STAND_INS = {
    "hydra/launcher": _NAME,
    "hydra/sweeper": _NAME,
    "hydra/job_logging": "default",
    "hydra/hydra_logging": "default",
}


class StandIns:
    """Those that a session needs so far, with the options that they stand for."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}

    @property
    def overrides(self) -> list[str]:
        """What chooses them."""
        return [f"{group}={_STAND_INS[group]}" for group in self._named]

    def add(self, missing: str | None, overrides: Sequence[str]) -> bool:
        """Put one in the place of a missing config, unless an override asks for that; whether it is so."""
        group, _, option = (missing or "").rpartition("/")
        typed = any(text.lstrip("+").startswith(f"{group}=") for text in overrides)
        if group not in _STAND_INS or group in self._named or typed:
            return False
        _store()
        self._named[group] = option
        return True

    def name_again(self, node: DictConfig) -> None:
        """Let Hydra's node call the options as the configuration does."""
        with flag_override(node, ["readonly", "struct"], False):
            for group, option in self._named.items():
                node.runtime.choices[group] = option


def _store() -> None:
    store = ConfigStore.instance()
    # Options below it, as Optuna's sampler, may be chosen as well.
    sweeper = {"defaults": ["_self_", {"optional sampler": None}], "params": None}
    for group, content in (("hydra/launcher", {}), ("hydra/sweeper", sweeper)):
        store.store(_NAME, OmegaConf.create(content), group=group, provider="cvsweep", **REPLACE)
