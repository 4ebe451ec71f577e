"""The state of a sweep in one word (finished, paused, running, abandoned) for everything that shows one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

OPEN = ("queued", "running", "waiting")
"""The states of trials that have not ended."""


class Standing(StrEnum):
    """The state of a sweep. ABANDONED: trials are left, but no controller is alive."""

    FINISHED = "finished"
    PAUSED = "paused"
    RUNNING = "running"
    ABANDONED = "abandoned"


def is_over(counts: Mapping[Any, int]) -> bool:
    """Whether every trial has ended."""
    return not any(counts.get(name) for name in OPEN)


def pause_of(counts: Mapping[Any, int], paused: str) -> str:
    """Return why the sweep is paused; empty if it is not, or if all trials have ended."""
    return "" if is_over(counts) else paused


def standing(counts: Mapping[Any, int], paused: str, *, held: bool) -> Standing:
    """Return the state of the sweep in one word; `held` says that a controller is alive."""
    if is_over(counts):
        return Standing.FINISHED
    if paused:
        return Standing.PAUSED
    return Standing.RUNNING if held else Standing.ABANDONED
