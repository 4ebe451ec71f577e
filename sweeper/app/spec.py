"""The specification of a requested sweep: plain data, from a command line, a notebook or a launcher."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweeper.core.model import Trial
from sweeper.core.settings import Settings

FUNCTION = "function"
"""The key of a sweep's configuration for the identity of the function that its trials call, if any."""


@dataclass(frozen=True, slots=True)
class Source:
    """The arguments of a command line from which Hydra composes a sweep."""

    overrides: tuple[str, ...] = ()
    multirun: bool = False
    config_dir: Path | None = None
    config_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSpec:
    """A requested sweep.

    Attributes:
        trials: its points, at least one.
        settings: cluster, retries, results and so on; without `sweep.name` a name is chosen.
        project: the folder of the project, as an absolute path.
        config: the whole resolved configuration of the first trial; `config["task"]` has the command.
        swept: the parameters that vary, in the order given.
        experiment: the experiment of all trials; empty if there is none or it varies.
        programs: the first words of all commands, each with its task.cwd.
        commands: all commands, each with its task.cwd.
        repeated: how many points were dropped since they equal an earlier one.
        excluded: how many points `sweep.exclude` has dropped.
        warning: a warning about how parameters are passed to the program; empty if there is none.
        former_keys: the keys of trials that hold secrets in a sweep of format 1.
        remarks: messages about parts of the configuration that have no effect.
        source: the arguments from which it was composed; None if it was not composed.
        files: files that its trials need in the sweep's folder, by their paths there.
    """

    trials: tuple[Trial, ...]
    settings: Settings
    project: Path
    config: Mapping[str, Any]
    swept: tuple[str, ...] = ()
    experiment: str = ""
    programs: frozenset[tuple[str, str]] = frozenset()
    commands: frozenset[tuple[tuple[str, ...], str]] = frozenset()
    repeated: int = 0
    excluded: int = 0
    warning: str = ""
    remarks: tuple[str, ...] = ()
    former_keys: Mapping[str, str] = field(default_factory=dict)
    source: Source | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the sweep; empty if it is not chosen yet."""
        return self.settings.sweep.name or ""

    @property
    def root(self) -> Path:
        """The folder that contains the sweep's folder or will contain it."""
        return self.project / self.settings.sweep.root

    @property
    def flags(self) -> dict[str, str]:
        """The options other than overrides that selected the configuration."""
        if self.source is None:
            return {}
        place = self.source.config_dir
        found = {
            "--config-name": self.source.config_name,
            "--config-dir": os.path.abspath(self.project / place) if place else None,
        }
        return {flag: value for flag, value in found.items() if value}
