"""Parses `results.KEY=VALUE` words for an existing sweep, with the grammar, types and rules of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from sweeper.compose.errors import guarded
from sweeper.compose.settings import read_results_section
from sweeper.core.errors import UsageError
from sweeper.core.settings import ResultsSettings

_SECTION = "results"


def read_results(words: Sequence[str], current: ResultsSettings) -> dict[str, Any]:
    """Return the settings that the words give, by their names in ResultsSettings.

    Args:
        words: the words of the command line.
        current: the current settings; the new ones are checked together with those that do not change.

    Raises:
        UsageError: a word is not a setting of results, or its value cannot be used.
    """
    with guarded(words=words):
        overrides = OverridesParser.create().parse_overrides(list(words))
    names = [_name(override) for override in overrides]
    with guarded():
        node = OmegaConf.create({_SECTION: OmegaConf.structured(current)})
        OmegaConf.set_readonly(node[_SECTION], False)  # a frozen dataclass makes it read-only
        for name, override in zip(names, overrides, strict=True):
            OmegaConf.update(node, f"{_SECTION}.{name}", override.value())
        section = OmegaConf.to_container(node[_SECTION], resolve=True)
    results = asdict(read_results_section(section))
    return {name: results[name] for name in names}


def _name(override: Override) -> str:
    text = override.input_line or ""
    section, _, name = override.key_or_group.partition(".")
    if section != _SECTION or not name or override.is_delete():
        raise UsageError(f"{text}: only settings of results can be given here, such as results.reader=log")
    if override.is_sweep_override():
        raise UsageError(f"{text}: this holds for the whole sweep, so it takes one value; quote a comma")
    return name
