"""Placeholder configs for Hydra plugins that a configuration names and that are not installed.

A defaults list with `override hydra/launcher: joblib` must compose even if joblib's plugin is not installed,
since cvsweep does not use it. A placeholder that accepts every key replaces its config.
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
    """The placeholders that a session has needed so far, with the options that they replace."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}

    @property
    def overrides(self) -> list[str]:
        """The overrides that choose the placeholders."""
        return [f"{group}={_STAND_INS[group]}" for group in self._named]

    def add(self, missing: str | None, overrides: Sequence[str]) -> bool:
        """Replace a missing config by a placeholder, unless an override chooses it; return whether it was."""
        group, _, option = (missing or "").rpartition("/")
        typed = any(text.lstrip("+").startswith(f"{group}=") for text in overrides)
        if group not in _STAND_INS or group in self._named or typed:
            return False
        _store()
        self._named[group] = option
        return True

    def name_again(self, node: DictConfig) -> None:
        """Restore the options' own names among the choices in Hydra's node."""
        with flag_override(node, ["readonly", "struct"], False):
            for group, option in self._named.items():
                node.runtime.choices[group] = option


def _store() -> None:
    store = ConfigStore.instance()
    # A configuration may also choose options below the sweeper, such as Optuna's sampler.
    sweeper = {"defaults": ["_self_", {"optional sampler": None}], "params": None}
    for group, content in (("hydra/launcher", {}), ("hydra/sweeper", sweeper)):
        store.store(_NAME, OmegaConf.create(content), group=group, provider="cvsweep", **REPLACE)
