"""Removing checkpoints of trials that have ended."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from sweeper.app.observers import Observers
from sweeper.app.owners import require_own
from sweeper.app.sweep_argument import sweep_argument
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.formatting import indexes
from sweeper.core.model import Status
from sweeper.core.removal import Size, ended, ended_words, total
from sweeper.core.state import ENDS, State
from sweeper.results.best import best_trial
from sweeper.store import removing, status_reader
from sweeper.store.folder import SweepFolder


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Whose checkpoints would go: their sizes by trial. `kept` is the best trial, whose stay.

    `left` says of which trials nothing is removed, and why.
    """

    folder: SweepFolder
    sizes: Mapping[int, Size]
    trials: str
    kept: int | None = None
    left: tuple[str, ...] = field(default=())

    @property
    def size(self) -> Size:
        """All of it together."""
        return total(self.sizes.values())


def check_cleaning(folder: SweepFolder, *, every: bool = False) -> Cleaning:
    """Whose checkpoints can be removed: those of trials that have ended, but for the best one's.

    Args:
        folder: the sweep; it may be running.
        every: the best one's, too.

    Raises:
        UsageError: the sweep is another user's, or nobody can tell which trial is the best.
        StorageError: the journal is damaged or cannot be read.
    """
    require_own(folder)
    state = folder.state()
    kept = None if every else _best(folder, state)
    sizes: dict[int, Size] = {}
    left: list[str] = []
    for index in ended(state, () if kept is None else (kept,)):
        place = folder.paths.trial(state.trials[index].trial)
        if os.path.islink(place.folder) or os.path.islink(place.checkpoints):
            left.append(f"trial {index}: its checkpoints lie behind a link, which is left alone")
            continue
        found = [removing.measure(aside) for aside in removing.set_aside_before(place)]
        if os.path.isdir(place.checkpoints):
            found.append(removing.measure(place.checkpoints))
        if (size := total(found)).files:
            sizes[index] = size
    return Cleaning(folder, sizes, ended_words(state, list(sizes)), kept, tuple(left))


def clean(cleaning: Cleaning, observers: Observers) -> Size:
    """Remove these checkpoints; what was removed.

    A trial that runs again by now keeps its own. What cannot be removed is passed over, with a warning.
    """
    cleaner = _Cleaner(cleaning.folder, observers)
    return total(size for index, size in cleaning.sizes.items() if cleaner.clean(index))


class _Cleaner:
    """Looks at the journal before and after each step, as far as it has grown: a sweep may be running."""

    def __init__(self, folder: SweepFolder, observers: Observers) -> None:
        self._folder, self._observers = folder, observers
        self._size, self._state = -1, State()

    def clean(self, index: int) -> bool:
        """Remove the checkpoints of a trial; False if some are left."""
        if not self._has_ended(index):
            return False
        place = self._folder.paths.trial(self._state.trials[index].trial)
        aside = removing.set_aside_before(place)
        if os.path.isdir(place.checkpoints):
            try:
                aside.append(removing.set_checkpoints_aside(place))
            except StorageError as error:
                self._observers.warn(f"trial {index}: {error}")
                return False
            # Whoever starts an attempt journals that first: it is seen here, or it finds an empty folder.
            if not self._has_ended(index) and removing.put_back(place, aside[-1]):
                return False
        left = [one for one in aside if not removing.remove_tree(one)]
        if not left:
            return True
        self._observers.warn(f"trial {index}: not all of its checkpoints can be removed: see {place.folder}")
        return False

    def _has_ended(self, index: int) -> bool:
        size = status_reader.journal_size(self._folder.paths)
        if size != self._size or size < 0:
            self._state, self._size = self._folder.state(), size
        return self._state.trials[index].status in ENDS


def _best(folder: SweepFolder, state: State) -> int | None:
    """The best trial, None if none has completed. UsageError if nobody can tell which it is."""
    found = best_trial(state, folder.settings.results)
    if found:
        return found[0]
    completed = [one.trial.index for one in state.trials if one.status is Status.COMPLETED]
    if not completed:
        return None
    name, wanted = sweep_argument(folder.paths.folder), folder.settings.results.metric
    why = f"none has reported {wanted!r}" if wanted else "results.metric is not set"
    raise UsageError(
        f"{folder.name}: which of {indexes(completed)} is the best, whose checkpoints stay, nobody can tell:"
        f" {why}. Set one (cvsweep set {name} results.metric=...), or remove the checkpoints of all: --all"
    )
