"""Regular expressions that are compiled at their first use.

There are more than two hundred of them, and a command needs a few: to compile all takes longer than to start.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Lazy:
    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # a pattern has no such names; whoever copies this object asks for some
            raise AttributeError(name)
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)  # the next time it is found without this method
        return found


def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern as `re.compile` makes it; a wrong one raises re.error only when it is used."""
    return cast("re.Pattern[AnyStr]", _Lazy(text, flags))
