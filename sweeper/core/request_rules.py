"""What the settings in a request to read results again may say.

Whoever types them is told in more words (see compose/settings.py). In a request, which is a file that others
may have written, they must not stop a controller that reads it.
"""

from __future__ import annotations

import re
from typing import Any

from sweeper.core.settings import READERS, form_of

_GROUPS = {"name", "value"}


def are_results(settings: Any) -> bool:
    """Are these settings of `results`, each with a value that a controller can work with?"""
    return isinstance(settings, dict) and all(_is_result(name, value) for name, value in settings.items())


def _is_result(name: str, value: Any) -> bool:
    if name == "required":
        return isinstance(value, bool)
    if value is None:
        return name in ("metric", "mode", "reader", "pattern", "file")
    if not isinstance(value, str):
        return False
    match name:
        case "metric":
            return True
        case "mode":
            return value in ("max", "min")
        case "reader":
            return value in READERS
        case "file":
            return form_of(value) is not None and "/" not in value and "\0" not in value
        case "pattern":
            return _is_pattern(value)
    return False


def _is_pattern(text: str) -> bool:
    try:
        return re.compile(text).groupindex.keys() >= _GROUPS
    except (re.error, RecursionError, OverflowError):
        return False
