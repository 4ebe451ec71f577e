"""Asks for confirmation before something is removed."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sweeper.cli.common import say
from sweeper.core.errors import UsageError


def confirmed(lines: Iterable[str], question: str, *, verb: str, yes: bool) -> bool:
    """Show what would be removed and ask; return True if the user agrees or `yes` is set.

    Raises:
        UsageError: `yes` is not set and there is no terminal to ask on.
    """
    if yes:
        return True
    for line in lines:
        say(line)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{verb}: there is no terminal to ask on; -y removes it without asking")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
