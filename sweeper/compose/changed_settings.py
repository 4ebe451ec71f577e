"""Parses `SECTION.KEY=VALUE` words that change settings of an existing sweep, in the grammar of overrides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from sweeper.compose.errors import guarded
from sweeper.compose.plain_data import as_json
from sweeper.core.errors import UsageError


def read_changes(words: Sequence[str]) -> dict[str, Any]:
    """Return the new values by the full names of their settings; core/setting_changes.py checks them.

    Raises:
        UsageError: a word is not an override, deletes its setting, or gives several values.
    """
    with guarded(words=words):
        overrides = OverridesParser.create().parse_overrides(list(words))
    return {_name(override): as_json(override.value()) for override in overrides}


def _name(override: Override) -> str:
    text = override.input_line or ""
    if override.is_delete():
        raise UsageError(f"{text}: a setting cannot be left out; to go back to its default name that")
    if override.is_sweep_override():
        raise UsageError(f"{text}: this holds for the whole sweep, so it takes one value; quote a comma")
    return str(override.key_or_group)
