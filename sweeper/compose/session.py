"""A Hydra session: composes configurations of a project, and restores Hydra's global state at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import hydra
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import MissingConfigException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from sweeper.compose.errors import guarded
from sweeper.compose.misplaced import refuse_misplaced
from sweeper.compose.missing_plugins import StandIns
from sweeper.compose.own import hide_ours
from sweeper.compose.parses import parsed_once
from sweeper.compose.primary import SearchPath, store_primary
from sweeper.compose.program import names_run_dir
from sweeper.compose.project import Project
from sweeper.compose.resolvers import Uses, recorded
from sweeper.compose.variables import SecretVariables
from sweeper.compose.versions import VERSION_BASE, kept_version_base

_ONE_AT_A_TIME = threading.RLock()
"""Hydra keeps its state in singletons, so only one thread of a process can use a session."""

_HYDRAS_RUN_DIR = "outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}"


@dataclass(frozen=True)
class Loaded:
    """One composed configuration: the user's part, Hydra's node with the choices, and the overrides."""

    cfg: DictConfig
    hydra: DictConfig
    overrides: tuple[str, ...]

    @property
    def choices(self) -> dict[str, Any]:
        """The chosen option of each config group."""
        found = OmegaConf.to_container(self.hydra.runtime.choices)
        assert isinstance(found, dict)
        return {str(group): option for group, option in found.items()}

    @cached_property
    def names_run_dir(self) -> bool:
        """Whether the configuration or the overrides set the output folder of a Hydra app."""
        if any(map(names_run_dir, self.overrides)):
            return True  # even if it is Hydra's default
        run = OmegaConf.to_container(self.hydra.run)
        return not (isinstance(run, dict) and run.get("dir") == _HYDRAS_RUN_DIR)

    def activate(self) -> None:
        """Let `${hydra:…}` use the Hydra node of this configuration."""
        _set_hydra_config(self._root)

    @cached_property
    def _root(self) -> DictConfig:
        root = OmegaConf.create({}, flags={"no_deepcopy_set_nodes": True})
        root["hydra"] = self.hydra
        return root


class Session:
    """Composes configurations of one project. Create it with `open_session`."""

    def __init__(self, project: Project, name: str, path: SearchPath, uses: Uses) -> None:
        self.uses = uses
        self._project = project
        self._looked_at: set[str] = set()
        self._name = name
        self._path = self._path_now = path
        self._options: dict[tuple[str, bool], list[str]] = {}
        self._groups: dict[str, list[str]] = {}
        self._stand_ins = StandIns()

    @property
    def _loader(self) -> ConfigLoader:
        return GlobalHydra.instance().config_loader()

    def parse(self, overrides: Sequence[str]) -> list[Override]:
        """Parse overrides with Hydra's grammar; UsageError if one is not valid."""
        with guarded(words=overrides):
            for text in overrides:
                self._path_now = self._path_now.replaced(text)
            parse = getattr(self._loader, "parse_overrides", None)
            if parse is not None:  # Hydra 1.4: expands `hydra.aliases`
                parsed: list[Override] = parse(self._name, list(overrides))
                return parsed
            return OverridesParser.create().parse_overrides(list(overrides))

    @property
    def apply(self) -> Callable[[Sequence[Override], DictConfig], None] | None:
        """Hydra's function that applies overrides to a composed configuration; None if it does not exist."""
        return getattr(self._loader, "_apply_overrides_to_config", None)

    def is_group(self, key: str) -> bool:
        """Whether there is a config group with this name, even one without options."""
        parent, _, name = key.rpartition("/")
        return name in self.groups(parent)

    def options(self, group: str, *, own: bool = False) -> list[str]:
        """Return the options of a config group; empty if there is no such group.

        Args:
            group: the name of the group.
            own: return only the options of the user's configurations, unless these do not have the group.
        """
        if (group, own) not in self._options:
            there = not group or self.is_group(group)
            found = self._found_in(group, ObjectType.CONFIG, packaged=not own) if there else []
            self._options[group, own] = found if found or not own else self.options(group)
        return self._options[group, own]

    def groups(self, parent: str) -> list[str]:
        """Return the config groups in a group; those at the top level if `parent` is empty."""
        if parent not in self._groups:
            self._groups[parent] = self._found_in(parent, ObjectType.GROUP, packaged=True)
        return self._groups[parent]

    def _found_in(self, group: str, kind: ObjectType, *, packaged: bool) -> list[str]:
        path = self._path_now.text(packaged=packaged)
        with guarded():
            return self._loader.get_group_options(group, kind, config_name=self._name, overrides=[path])

    def load(self, overrides: Sequence[str], *, lenient: bool = False) -> Loaded:
        """Compose a configuration; with `lenient`, a mandatory group may have no chosen option."""
        with guarded(options=lambda: self._loader.list_groups("")):
            cfg = self._load(overrides, RunMode.MULTIRUN if lenient else RunMode.RUN)
        node = cfg.hydra
        self._stand_ins.name_again(node)
        with open_dict(cfg):
            del cfg["hydra"]
        hide_ours(node)
        loaded = Loaded(cfg, node, tuple(overrides))
        self._look_at_places(loaded)
        return loaded

    def _look_at_places(self, loaded: Loaded) -> None:
        """Refuse misplaced keys, once per choice of groups: other configurations differ only in values."""
        chosen = repr(loaded.choices)
        if chosen not in self._looked_at:
            refuse_misplaced(loaded.cfg, loaded.choices, self._project)
            self._looked_at.add(chosen)

    def _load(self, overrides: Sequence[str], mode: RunMode) -> DictConfig:
        words = [self._path.override(text) for text in overrides]
        while True:
            try:
                return self._loader.load_configuration(
                    config_name=self._name,
                    overrides=[*words, *self._stand_ins.overrides],
                    run_mode=mode,
                    from_shell=False,
                )
            except MissingConfigException as error:
                if not self._stand_ins.add(error.missing_cfg_file, overrides):
                    raise


@contextmanager
def open_session(project: Project, secrets: SecretVariables | None = None) -> Iterator[Session]:
    """Open a Hydra session for a project, with the types of settings before its configuration.

    Args:
        project: the folders of configurations, and the primary config.
        secrets: the known secret variables; more may be added while configurations are resolved.
    """
    with _ONE_AT_A_TIME, kept_version_base():
        name, path = store_primary(project)
        known = HydraConfig.instance().cfg
        try:
            with guarded():
                started = hydra.initialize_config_dir(
                    str(project.primary), job_name="cvsweep", **VERSION_BASE
                )
            with started, parsed_once(), recorded(secrets or SecretVariables()) as uses:
                yield Session(project, name, path, uses)
        finally:
            _set_hydra_config(known)


def _set_hydra_config(cfg: Any) -> None:
    config: Any = HydraConfig.instance()
    config.cfg = cfg
