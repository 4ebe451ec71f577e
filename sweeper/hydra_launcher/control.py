"""A sweep is run to its end in this process, or waited for, and shown meanwhile as the command shows it."""

from __future__ import annotations

import threading
from contextlib import closing, nullcontext

from sweeper.app.controller import Controller
from sweeper.app.events import Observers
from sweeper.app.requests import grant, take_or_wait
from sweeper.app.status import follow_status
from sweeper.cli.controller import Display, acknowledge, signals
from sweeper.cli.printing import show_message
from sweeper.core.settings import Settings
from sweeper.core.standing import is_over
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import Request


class SweepInterruptedError(Exception):
    """Somebody asked us to stop before the sweep was over; `state` is where it stands."""

    def __init__(self, state: State) -> None:
        super().__init__("interrupted")
        self.state = state


def bring_to_end(folder: SweepFolder, settings: Settings | None, request: Request | None = None) -> State:
    """Return once every trial has ended, or the sweep is paused.

    Args:
        settings: hold from now on, if we become its controller; None: those that it has.
        request: what adds trials to it, if there are any to add.

    Raises:
        SweepInterruptedError: by Ctrl-C.
    """
    if request and grant(folder, request):
        return _waited(folder)
    found = take_or_wait(folder, request, lambda: _control(folder, settings))
    return found if found is not None else _waited(folder)


def _control(folder: SweepFolder, settings: Settings | None) -> State:
    with closing(Display(folder)) as display:
        controller = Controller(folder, Observers([display, show_message, acknowledge]), settings=settings)
        # Only the main thread may handle signals.
        is_main = threading.current_thread() is threading.main_thread()
        with controller.taken() as work, signals(controller) if is_main else nullcontext():
            state = work()
    if controller.is_asked_to_stop and not is_over(state.counts):
        raise SweepInterruptedError(state)
    return state


def _waited(folder: SweepFolder) -> State:
    """Another process controls the sweep."""
    try:
        for _ in follow_status(folder.paths):
            pass
    except KeyboardInterrupt:
        raise SweepInterruptedError(folder.state()) from None
    return folder.state()
