"""Cancel a sweep or some of its trials: by its controller, or in this process if it has none."""

from __future__ import annotations

from collections.abc import Sequence

from sweeper.app.observers import Observers
from sweeper.app.owners import require_right_to_ask
from sweeper.app.requests import grant, take_or_wait
from sweeper.core.state import ENDS, State
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def cancel(folder: SweepFolder, trials: tuple[int, ...] | None, observers: Observers) -> None:
    """Cancel those of the trials that have not ended, running or not; None: all trials.

    Raises:
        UsageError: the sweep belongs to another user.
        ControllerError: the controller does not answer.
        StorageError, BackendError: as from `Controller.run`.
    """
    from sweeper.app.controller import Controller  # only here: readers do not need the engine

    require_right_to_ask(folder)
    if not open_trials(folder.state(), trials):
        return
    request = new_request("cancel", trials)
    if not grant(folder, request):
        take_or_wait(folder, request, Controller(folder, observers, cancels_only=True).run)


def open_trials(state: State, trials: Sequence[int] | None) -> list[int]:
    """Return those of the trials that have not ended."""
    chosen = range(len(state.trials)) if trials is None else trials
    return [index for index in chosen if state.trials[index].status not in ENDS]
