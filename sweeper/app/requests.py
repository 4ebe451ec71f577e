"""Posts a request to a sweep and waits until its controller, or the next one, has granted it."""

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
"""Shows how far the controller is with a request that takes it longer; None if it is not at it."""


def grant(folder: SweepFolder, request: Request, sign: Sign = lambda: None) -> bool:
    """Post a request and wait until the controller has granted it; False where no controller lives.

    The request then stays where it is: whoever becomes the controller next grants it first. As long as
    `sign` shows something else from time to time, the controller is at it and has no deadline.
    """
    folder.post(request)
    return wait_until_granted(folder, request, sign)


def take_or_wait(
    folder: SweepFolder, request: Request | None, take: Callable[[], T], sign: Sign = lambda: None
) -> T | None:
    """Grant a request that was posted by `take`, which takes the sweep.

    None if a controller lives after all, as another host's may that the folder did not show: it has granted
    the request. Without a request there is nothing to wait for then.
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
    """The same as `grant` for a request that was posted already.

    `unseen`: a controller lives although the folder does not show it.
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
    """True, or ControllerError where the controller has set the request aside."""
    if folder.is_refused(request):
        raise ControllerError(f"the controller of sweep {folder.name} has refused it: see cvsweep status")
    return True
