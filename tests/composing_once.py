"""Hydra without what it does again in each of some thousand compositions, to the same effect.

Nothing of this changes what a composition comes to: texts are parsed once, nodes are
copied faster, and what only interpolations in a defaults list need is made where there are any.
"""

from __future__ import annotations

import copy
import pickle
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any

import hydra
import yaml
from hydra._internal import defaults_list
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, _utils, base, grammar_parser
from omegaconf.base import Metadata


def parse_once() -> None:
    """Hydra reads the same files for each composition: parse each text once."""
    parse, seen = yaml.load, dict[str, bytes]()

    def load(stream: Any, Loader: Any) -> Any:
        if Loader.__name__ != "OmegaConfLoader" or not hasattr(stream, "read"):
            return parse(stream, Loader)
        try:
            text = stream.read()
            if text not in seen:
                seen[text] = pickle.dumps(parse(text, Loader))
        except (yaml.YAMLError, ValueError):
            stream.seek(0)
            return parse(stream, Loader)  # whose error names the file
        return pickle.loads(seen[text])

    yaml.load = load


def map_choices_if_needed() -> None:
    """For each defaults list Hydra 1.3 makes a map of all choices, which only interpolations read."""
    make: Any = getattr(defaults_list, "_create_interpolation_map", None)

    def make_if_needed(overrides: Any, defaults: Any, self_added: bool) -> Any:
        needed = any(not one.is_self() and one.is_interpolation() for one in defaults)
        return make(overrides, defaults, self_added) if needed else None

    if make and hydra.__version__.startswith("1.3."):
        defaults_list._create_interpolation_map = make_if_needed


def copy_metadata_fast() -> None:
    """What OmegaConf knows of a node are types and names, which a copy shares, and two dicts."""

    def deepcopy(self: Metadata, memo: dict[int, Any]) -> Metadata:
        made: Metadata = object.__new__(type(self))
        vars(made).update(vars(self))
        made.flags = None if self.flags is None else {**self.flags}
        cache = self.resolver_cache
        made.resolver_cache = copy.deepcopy(cache, memo) if cache else defaultdict(dict)
        return made

    Metadata.__deepcopy__ = deepcopy


def parse_interpolations_once() -> None:
    """OmegaConf parses an interpolation each time that it resolves it, and only reads the result."""
    parse = lru_cache(4096)(grammar_parser.parse)
    for module in (base, _utils):
        module.parse = parse


@dataclass
class _Merged:
    """In a defaults list: what has been merged already."""

    config: DictConfig


class _Copying:
    """A repository whose configurations may be taken apart."""

    def __init__(self, repository: Any) -> None:
        self._repository = repository

    def load_config(self, config_path: str) -> Any:
        return copy.deepcopy(self._repository.load_config(config_path=config_path))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repository, name)


def load_hydras_own_once() -> None:
    """Ten of some seventeen files of each composition are Hydra's own, for its node `hydra`."""
    load: Any = ConfigRepository.load_config
    loaded = dict[str, Any]()

    def load_once(self: Any, config_path: str) -> Any:
        if not config_path.startswith("hydra/"):
            return load(self, config_path)
        source = self._find_object_source(config_path, ObjectType.CONFIG)
        if source is None or source.path not in ("hydra.conf", ""):
            return load(self, config_path)
        if config_path not in loaded:
            found = load(self, config_path)
            if found.provider != "hydra":
                return found
            loaded[config_path] = found
        return loaded[config_path]

    ConfigRepository.load_config = load_once


def merge_hydras_own_once() -> None:
    """They come first, so that they can be merged once for each choice of them."""
    merge: Any = ConfigLoaderImpl._compose_config_from_defaults_list
    load: Any = ConfigLoaderImpl._load_single_config
    merged = dict[str, DictConfig]()

    def merge_rest(self: Any, defaults: Any, repo: Any) -> Any:
        own = [*takewhile(lambda one: _is_hydras_own(one.config_path, repo), defaults)]
        key = repr(own)
        if key not in merged:
            merged[key] = merge(self, own, repo)
        return merge(self, [_Merged(copy.deepcopy(merged[key])), *defaults[len(own) :]], repo)

    def load_copy(self: Any, default: Any, repo: Any) -> Any:
        if isinstance(default, _Merged):
            return ConfigResult("hydra", "", default.config, {"package": None})
        return load(self, default, _Copying(repo) if default.config_path.startswith("hydra/") else repo)

    ConfigLoaderImpl._compose_config_from_defaults_list = merge_rest
    ConfigLoaderImpl._load_single_config = load_copy


def _is_hydras_own(path: str, repository: Any) -> bool:
    return path.startswith("hydra/") and repository.load_config(config_path=path).provider == "hydra"


def compose_fast() -> None:
    """All of it."""
    parse_once()
    map_choices_if_needed()
    copy_metadata_fast()
    parse_interpolations_once()
    if hydra.__version__.startswith("1.3."):
        load_hydras_own_once()
        merge_hydras_own_once()
