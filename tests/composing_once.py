"""Hydra without what it does again in each of some thousand compositions, to the same effect.

Nothing of this changes what a composition comes to: texts are parsed once, and what only
interpolations in a defaults list need is made where there are any.
"""

from __future__ import annotations

import pickle
from typing import Any

import hydra
import yaml
from hydra._internal import defaults_list


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
