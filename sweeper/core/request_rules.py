"""Validates the settings in a request to read results again.

The command line reports errors in detail (core/results_settings.py). But a request is a file that others may
have written, and must not stop the controller that reads it.
"""

from __future__ import annotations

import re
from typing import Any

from sweeper.core.results_settings import GROUPS, ResultsSettings
from sweeper.core.sections import fits
from sweeper.core.setting import settings_of


def are_results(settings: Any) -> bool:
    """Whether these are settings of `results`, each with a valid value."""
    return isinstance(settings, dict) and all(_is_result(name, value) for name, value in settings.items())


def _is_result(name: str, value: Any) -> bool:
    one = settings_of(ResultsSettings).get(name)
    if one is None or not fits(one, value):
        return False
    return name != "pattern" or value is None or _is_pattern(value)


def _is_pattern(text: str) -> bool:
    try:
        return re.compile(text).groupindex.keys() >= GROUPS
    except (re.error, RecursionError, OverflowError):
        return False
