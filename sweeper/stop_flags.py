"""Flags that tell the engine to stop: launch nothing more, send back pending attempts, leave at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Control:
    """`draining` launches nothing more, `leaving` goes at once.

    `returning` also sends back what has not started yet: it may hold a place that others wait for.
    """

    draining: bool = False
    returning: bool = False
    leaving: bool = False
