"""Expands paths of this machine that a person has written."""

from __future__ import annotations

import os

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

_VARIABLE = lazy(r"\$(?:([A-Za-z_]\w*)|\{([^}]*)\})")


def expanded(what: str, path: str) -> str:
    """Expand a leading `~` and variables in a path, as a shell does.

    Args:
        what: the setting or option that has the path; error messages begin with it.
        path: the path.

    Raises:
        UsageError: there is no such user or variable.
    """
    found = os.path.expandvars(os.path.expanduser(path))
    if found.startswith("~"):
        raise UsageError(
            f"{what}: there is no user {found[1:].split('/')[0]!r}; write ./{found} for a folder of that name"
        )
    unset = _VARIABLE.search(found)
    if unset:
        raise UsageError(f"{what}: the environment variable {unset[1] or unset[2]} is not set, in {path}")
    return found
