"""Remove the checkpoints of trials that have ended."""

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
    """The checkpoints that `clean` would remove.

    Attributes:
        folder: the sweep.
        sizes: the size of the checkpoints of each trial, by its index.
        trials: how many of these trials have ended in each way, as text.
        kept: the best trial, whose checkpoints are kept; None: none is kept.
        left: messages about trials whose checkpoints are behind a link and are not removed.
    """

    folder: SweepFolder
    sizes: Mapping[int, Size]
    trials: str
    kept: int | None = None
    left: tuple[str, ...] = field(default=())

    @property
    def size(self) -> Size:
        """The total size."""
        return total(self.sizes.values())


def check_cleaning(folder: SweepFolder, *, every: bool = False) -> Cleaning:
    """Return the checkpoints that can be removed: of all trials that have ended, except the best one.

    Args:
        folder: the sweep; it may be running.
        every: include the best trial.

    Raises:
        UsageError: the sweep belongs to another user, or trials have completed and the best one is unknown.
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
    """Remove these checkpoints; return the total size of those that are removed completely.

    A trial that has been started again meanwhile keeps its checkpoints. If some cannot be removed, a warning
    is reported and the next trial follows.
    """
    cleaner = _Cleaner(cleaning.folder, observers)
    return total(size for index, size in cleaning.sizes.items() if cleaner.clean(index))


class _Cleaner:
    """Removes checkpoints of a sweep that may be running.

    It checks in the journal that a trial has ended, before and after it sets the checkpoints aside. The
    journal is read again only if its size has changed or is unknown.
    """

    def __init__(self, folder: SweepFolder, observers: Observers) -> None:
        self._folder, self._observers = folder, observers
        self._size, self._state = -1, State()

    def clean(self, index: int) -> bool:
        """Remove the checkpoints of a trial; return False if some are left."""
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
            # A controller journals a launch before it acts. So either the launch is seen here, or the
            # attempt starts after the rename, with an empty folder.
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
    """Return the best trial, or None if none has completed; raise UsageError if it cannot be determined."""
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
