"""Ask a live controller to launch nothing more and to leave."""

from __future__ import annotations

from sweeper.app.owners import require_right_to_ask
from sweeper.app.requests import grant
from sweeper.app.sweep_argument import sweep_argument
from sweeper.core.errors import ControllerError
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def stop(folder: SweepFolder, *, now: bool = False) -> bool:
    """Ask the sweep's controller to launch nothing more, and to leave once the running attempts have ended.

    Nothing is cancelled; the sweep can be resumed at any time.

    Args:
        folder: the sweep.
        now: the controller leaves at once, and the attempts continue to run.

    Returns:
        Whether there was a controller to ask.

    Raises:
        UsageError: the sweep belongs to another user.
        ControllerError: the controller does not answer, or another one has taken over meanwhile.
    """
    require_right_to_ask(folder)
    if not folder.is_held():
        return False
    request = new_request("stop", now=now, term=folder.term())
    if not grant(folder, request):
        folder.withdraw(request)  # the controller has just left; the request is not for the next one
        return False
    if request.id not in folder.state().granted:
        raise ControllerError(
            f"another controller took sweep {folder.name} over this very moment, and was not asked: once"
            f" more: cvsweep stop {sweep_argument(folder.paths.folder)}"
        )
    return True
