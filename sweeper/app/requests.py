"""Post a request to a sweep, and wait until its controller has granted it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sweeper.app.sweep_argument import sweep_argument
from sweeper.core.errors import ControllerError, CopiedSweepError, SweepHeldError
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import Request

_TIMEOUT = 30.0

T = TypeVar("T")

Sign = Callable[[], object]
"""Returns the controller's progress with a request that takes longer; None if it has not begun."""


def grant(folder: SweepFolder, request: Request, sign: Sign = lambda: None) -> bool:
    """Post a request and wait until the controller has granted it; return False if no controller is alive.

    In that case the request stays in the folder, and the next controller grants it first. The controller has
    30 seconds; they start again whenever the result of `sign` changes.

    Raises:
        ControllerError: the controller does not answer in time, or has refused the request.
        StorageError: the request cannot be written.
    """
    folder.post(request)
    return wait_until_granted(folder, request, sign)


def take_or_wait(
    folder: SweepFolder, request: Request | None, take: Callable[[], T], sign: Sign = lambda: None
) -> T | None:
    """Grant a posted request by `take`; if a controller is alive after all, wait until it has granted it.

    The folder may not show a live controller of another host.

    Args:
        folder: the sweep.
        request: the posted request; None: there is none to wait for.
        take: takes the sweep and grants the request; raises SweepHeldError if another controller is alive.
        sign: as for `grant`.

    Returns:
        The result of `take`; None if another controller is alive, which has granted the request, if any.

    Raises:
        CopiedSweepError: the folder is a copy that cannot run; the request is withdrawn.
        ControllerError: as from `grant`.
    """
    while True:
        try:
            return take()
        except SweepHeldError:
            if request is None or wait_until_granted(folder, request, sign, unseen=not folder.is_held()):
                return None
        except CopiedSweepError:
            if request is not None:
                folder.withdraw(request)
            raise


def wait_until_granted(
    folder: SweepFolder, request: Request, sign: Sign = lambda: None, *, unseen: bool = False
) -> bool:
    """Wait as `grant` does for a request that is already posted.

    `unseen` says that a controller is alive although the folder does not show it.
    """
    deadline, last = time.monotonic() + _TIMEOUT, None
    while unseen or folder.is_held():
        if not folder.is_pending(request):
            return _was_granted(folder, request)
        shown = sign()
        if shown not in (None, last):
            deadline, last = time.monotonic() + _TIMEOUT, shown
        if time.monotonic() > deadline:
            raise ControllerError(
                f"the controller of sweep {folder.name} has not answered for {_TIMEOUT:.0f} s; the request"
                " stays there. If that controller hangs for good:"
                f" cvsweep resume --take-over {sweep_argument(folder.paths.folder)}"
            )
        time.sleep(0.05)
    return not folder.is_pending(request) and _was_granted(folder, request)


def _was_granted(folder: SweepFolder, request: Request) -> bool:
    """Return True; raise ControllerError if the controller has set the request aside."""
    if folder.is_refused(request):
        raise ControllerError(f"the controller of sweep {folder.name} has refused it: see cvsweep status")
    return True
