"""Jobs of a multirun, each as Hydra composes it, and as the trial that it becomes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf, open_dict

_HYDRAS_SWEEP_DIR = "multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}"


@dataclass(frozen=True, slots=True)
class Job:
    """One job: `number` is Hydra's `job.num`, `config` what it runs with, Hydra's own node included."""

    number: int
    overrides: tuple[str, ...]
    config: DictConfig

    @property
    def task(self) -> DictConfig:
        """The app's own part of the configuration."""
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
            str(group): option if isinstance(option, str) else f"[{','.join(option)}]"
            for group, option in found.items()
            if option is not None and not str(group).startswith("hydra/")
        }

    def output_dir(self) -> str | None:
        """The folder that the user chose for this job, as an absolute path; None if nobody did."""
        sweep = self.config.hydra.sweep
        if OmegaConf.to_container(sweep)["dir"] == _HYDRAS_SWEEP_DIR:  # type: ignore[index,call-overload]
            return None
        with self.active():
            return os.path.abspath(os.path.join(str(sweep.dir), str(sweep.subdir)))

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let `${hydra:…}` read this job's configuration."""
        singleton: Any = HydraConfig.instance()
        before = singleton.cfg
        singleton.set_config(self.config)
        try:
            yield
        finally:
            singleton.cfg = before


def typed(config: DictConfig, kind: str) -> list[str]:
    """The overrides that a configuration was composed with, as they were typed: `hydra` or `task`."""
    found = OmegaConf.to_container(config.hydra.overrides[kind])  # which resolves nothing in them
    assert isinstance(found, list)
    return [str(text) for text in found]


def compose_jobs(
    context: HydraContext, config: DictConfig, overrides: Sequence[Sequence[str]], first: int
) -> list[Job]:
    """The jobs with these overrides, numbered from `first`, as Hydra's own launchers compose them."""
    jobs = []
    for number, words in enumerate(overrides, first):
        composed = context.config_loader.load_sweep_config(config, list(words))
        with open_dict(composed):
            composed.hydra.job.id = str(number)
            composed.hydra.job.num = number
        jobs.append(Job(number, tuple(words), composed))
    return jobs
