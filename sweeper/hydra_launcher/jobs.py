"""The jobs of a multirun, with the configurations that Hydra composes for them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf, open_dict

from sweeper.compose.trials import option_text

_HYDRAS_SWEEP_DIR = "multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}"


@dataclass(frozen=True, slots=True)
class Job:
    """One job: `number` is Hydra's `job.num`, `config` what it runs with, Hydra's own node included.

    If not `is_exact`, Hydra's code has only applied its values to a shared composition: then Hydra's node has
    the number and id of the first such job, and lacks the overrides that set values.
    """

    number: int
    overrides: tuple[str, ...]
    config: DictConfig
    is_exact: bool = True

    @property
    def task(self) -> DictConfig:
        """The app's own part of the configuration, without Hydra's node."""
        found = self.config.copy()
        with open_dict(found):
            found.pop("hydra")
        return found

    @property
    def choices(self) -> dict[str, str]:
        """The app's config groups, each with its option."""
        found = OmegaConf.to_container(self.config.hydra.runtime.choices)
        assert isinstance(found, dict)
        return {
            str(group): option_text(option)
            for group, option in found.items()
            if option is not None and not str(group).startswith("hydra/")
        }

    @property
    def environment(self) -> str:
        """The variables that Hydra sets for the job, as a text; empty if there are none."""
        found = OmegaConf.to_container(self.config.hydra.job.env_set)
        return json.dumps(found, sort_keys=True, default=str) if found else ""

    @property
    def has_sweep_dir(self) -> bool:
        """Whether the user has chosen the folder of the multirun."""
        found = OmegaConf.to_container(self.config.hydra.sweep)
        return isinstance(found, dict) and found["dir"] != _HYDRAS_SWEEP_DIR

    def output_dir(self) -> str | None:
        """Return the folder that the user chose for this job, as an absolute path; None without a choice."""
        if not self.has_sweep_dir:
            return None
        sweep = self.config.hydra.sweep
        with self.active():
            return os.path.abspath(os.path.join(str(sweep.dir), str(sweep.subdir)))

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let `${hydra:…}` read this job's configuration."""
        singleton: Any = HydraConfig.instance()
        before = singleton.cfg
        singleton.cfg = self.config
        try:
            yield
        finally:
            singleton.cfg = before


def typed(config: DictConfig, kind: str) -> list[str]:
    """Return the overrides of a kind (`hydra` or `task`) of a configuration, as they were typed."""
    found = OmegaConf.to_container(config.hydra.overrides[kind])  # which resolves nothing in them
    assert isinstance(found, list)
    return [str(text) for text in found]


class Composer:
    """Composes jobs: those that differ only in values share a composition, to which Hydra applies these.

    Hydra needs a twentieth of a second to compose a job, and has spent that once already to check it.
    """

    def __init__(self, context: HydraContext, config: DictConfig) -> None:
        self._loader = context.config_loader
        self._config = config
        self._apply: Any = getattr(self._loader, "_apply_overrides_to_config", None)
        self._bases: dict[tuple[str, ...], DictConfig | None] = {}
        self._are_groups: dict[str, bool] = {}

    def exact(self, number: int, overrides: Sequence[str]) -> Job:
        """Return the job, as Hydra's own launchers compose it."""
        composed = self._loader.load_sweep_config(self._config, list(overrides))
        with open_dict(composed):
            composed.hydra.job.id = str(number)
            composed.hydra.job.num = number
        return Job(number, tuple(overrides), composed)

    def job(self, number: int, overrides: Sequence[str]) -> Job:
        """Return the job, exact or not (see Job)."""
        if self._apply is None:
            return self.exact(number, overrides)
        parsed = OverridesParser.create().parse_overrides(list(overrides))
        values = [one for one in parsed if self._sets_a_value(one)]
        rest = tuple(str(one.input_line) for one in parsed if one not in values)
        if rest not in self._bases:
            return self._first(number, overrides, values, rest)
        base = self._bases[rest]
        if base is None:
            return self.exact(number, overrides)
        return Job(number, tuple(overrides), self._applied(base, values), is_exact=False)

    def _first(
        self, number: int, overrides: Sequence[str], values: list[Override], rest: tuple[str, ...]
    ) -> Job:
        """Compose the first job with these options, and check whether the others need no composition."""
        job = self.exact(number, overrides)
        self._bases[rest] = None
        if values and not job.has_sweep_dir:  # whose folder may depend on all overrides
            try:
                base = self.exact(number, rest).config
                made = replace(job, config=self._applied(base, values))
            except Exception:  # noqa: BLE001  # `opt.lr=1 ~opt`: they cannot be applied one after the other
                return job
            if made.choices == job.choices and _raw(made.task) == _raw(job.task):
                self._bases[rest] = base
        return job

    def _applied(self, base: DictConfig, values: list[Override]) -> DictConfig:
        made = base.copy()
        self._apply(values, made)
        return made

    def _sets_a_value(self, override: Override) -> bool:
        key = override.key_or_group
        if override.is_hydra_override() or override.is_delete() or override.package is not None:
            return False
        if key not in self._are_groups:
            self._are_groups[key] = bool(self._loader.get_group_options(key))
        return not self._are_groups[key]


def _raw(config: DictConfig) -> Any:
    return OmegaConf.to_container(config, resolve=False)
