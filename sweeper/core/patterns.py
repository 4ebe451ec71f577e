"""Regular expressions that are compiled at their first use.

There are more than two hundred, and a command needs only a few. To compile all of them takes longer than to
start a command.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Lazy:
    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # patterns have no such names, but copying this object asks for some
            raise AttributeError(name)
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)  # later accesses do not call this method
        return found


def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern like that of `re.compile`; an invalid one raises re.error only when it is used."""
    return cast("re.Pattern[AnyStr]", _Lazy(text, flags))
