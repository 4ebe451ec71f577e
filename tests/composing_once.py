"""Hydra without what it does again in each of some thousand compositions, to the same effect.

Nothing of this changes what a composition comes to: texts are parsed once, nodes are
copied faster, and what only interpolations in a defaults list need is made where there are any.
"""

from __future__ import annotations

import copy
import pickle
from collections import defaultdict
from functools import lru_cache
from typing import Any

import hydra
import yaml
from hydra._internal import defaults_list
from omegaconf import _utils, base, grammar_parser
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


def compose_fast() -> None:
    """All of it."""
    parse_once()
    map_choices_if_needed()
    copy_metadata_fast()
    parse_interpolations_once()
