"""The result of one check before a run: a level, a message and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `remedy` is what to do if its level is not OK."""

    name: str
    level: Level
    message: str
    remedy: str = ""
