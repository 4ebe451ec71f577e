"""Whether the trials of a sweep run the project itself, or a copy of it that was made with the sweep."""

from __future__ import annotations

from sweeper.clusters.registry import of
from sweeper.core.settings import Settings


def is_frozen(settings: Settings) -> bool:
    """Whether trials run a copy of the project: by default if they run on another machine."""
    mode = settings.code.mode or ("in_place" if of(settings.cluster).runs_here else "snapshot")
    return mode == "snapshot"
