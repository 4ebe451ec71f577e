"""Cancel a sweep or some of its trials: by its controller, or in this process if it has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sweeper.app.owners import require_right_to_ask
from sweeper.app.requests import grant, take_or_wait
from sweeper.core.state import ENDS, State
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def cancel(folder: SweepFolder, trials: tuple[int, ...] | None, control: Callable[[], State]) -> State | None:
    """Cancel those of the trials that have not ended, running or not.

    Args:
        folder: the sweep.
        trials: indexes; None: all trials.
        control: runs a controller that only cancels, in this process, and returns the state at its end.

    Returns:
        What `control` returned; None if the sweep had a controller, which cancels them.

    Raises:
        UsageError: the sweep belongs to another user.
        ControllerError: the controller does not answer.
        StorageError, BackendError: as from `control`.
    """
    require_right_to_ask(folder)
    request = new_request("cancel", trials)
    return None if grant(folder, request) else take_or_wait(folder, request, control)


def open_trials(state: State, trials: Sequence[int] | None) -> list[int]:
    """Return those of the trials that have not ended."""
    chosen = range(len(state.trials)) if trials is None else trials
    return [index for index in chosen if state.trials[index].status not in ENDS]
