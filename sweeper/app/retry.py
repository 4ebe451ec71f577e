"""Retry trials: select them by index or status, check that they can be retried, and post the request."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sweeper.app.owners import require_right_to_ask
from sweeper.app.requests import grant
from sweeper.core.errors import UsageError
from sweeper.core.model import Status
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def retry(folder: SweepFolder, trials: tuple[int, ...] | None, *, completed: bool = False) -> bool:
    """Request a retry of trials.

    Args:
        folder: the sweep.
        trials: indexes, of which none retries nothing; None: all failed trials.
        completed: allow completed trials; with `trials` None, retry all of these as well.

    Returns:
        Whether a controller has granted the request. If not, the next controller does; no request is made if
        there is nothing to retry.

    Raises:
        UsageError: one of the trials cannot be retried, or the sweep belongs to another user.
        ControllerError: the controller does not answer, or has refused the request.
    """
    require_right_to_ask(folder)
    if trials == ():
        return False
    kinds = kinds_of(trials, failed=trials is None, cancelled=False, completed=completed)
    chosen = chosen_trials(folder.state(), trials or (), kinds, completed=completed)
    return bool(chosen) and grant(folder, new_request("retry", chosen, completed=completed))


def chosen_trials(
    state: State, trials: Sequence[int], kinds: Collection[Status], *, completed: bool
) -> tuple[int, ...]:
    """Return the sorted indexes of `trials` and of all trials with a status in `kinds`.

    Raises:
        UsageError: one of `trials` cannot be retried.
    """
    _refuse_what_cannot(state, trials, completed=completed)
    return tuple(sorted({*trials, *(one.trial.index for one in state.trials if one.status in kinds)}))


def kinds_of(trials: Sequence[int] | None, *, failed: bool, cancelled: bool, completed: bool) -> list[Status]:
    """Return the statuses of which all trials are to be retried.

    With `trials`, `completed` only allows completed trials among them; it does not select all others.
    """
    everything = completed and not trials
    kinds = [Status.FAILED] if failed or not (cancelled or everything or trials) else []
    kinds += [Status.CANCELLED] if cancelled else []
    return [*kinds, Status.COMPLETED] if everything else kinds


def _refuse_what_cannot(state: State, trials: Sequence[int], *, completed: bool) -> None:
    can = (Status.FAILED, Status.CANCELLED, *((Status.COMPLETED,) if completed else ()))
    for index in trials:
        status = state.trials[index].status
        if status is Status.COMPLETED and not completed:
            raise UsageError(
                f"trial {index} is completed: to run it again all the same, add --completed; to read again"
                " what it left: cvsweep collect"
            )
        if status not in can:
            raise UsageError(f"trial {index} is {status}: only trials that have ended can be tried again")
