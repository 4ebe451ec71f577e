"""Flags that tell the engine to stop: launch nothing more, send back pending attempts, leave at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Control:
    """The flags: with `draining` nothing more is launched, with `leaving` the engine ends at once.

    With `returning`, attempts that have not started yet are sent back: they may hold capacity that others
    wait for.
    """

    draining: bool = False
    returning: bool = False
    leaving: bool = False
