"""Runs a sweep to its end in this process, or waits for its controller, with the output of the command."""

from __future__ import annotations

from functools import partial

from sweeper.app.controller import Controller
from sweeper.app.requests import grant, take_or_wait
from sweeper.app.status import follow_status
from sweeper.cli.controller import run_shown
from sweeper.core.settings import Settings
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import Request


class SweepInterruptedError(Exception):
    """The user stopped this process before the sweep was over; `state` is the sweep's state then."""

    def __init__(self, state: State) -> None:
        super().__init__("interrupted")
        self.state = state


def bring_to_end(folder: SweepFolder, settings: Settings | None, request: Request | None = None) -> State:
    """Return once every trial has ended, or the sweep is paused.

    Args:
        settings: hold from now on, if this process becomes the controller; None: they stay as they are.
        request: the request that adds trials, if there are any to add.

    Raises:
        SweepInterruptedError: by Ctrl-C.
    """
    if request and grant(folder, request):
        return _waited(folder)
    found = take_or_wait(folder, request, lambda: _control(folder, settings))
    return found if found is not None else _waited(folder)


def _control(folder: SweepFolder, settings: Settings | None) -> State:
    state, interrupted = run_shown(folder, partial(Controller, folder, settings=settings))
    if interrupted:
        raise SweepInterruptedError(state)
    return state


def _waited(folder: SweepFolder) -> State:
    """Wait while another process controls the sweep; return its state then."""
    try:
        for _ in follow_status(folder.paths):
            pass
    except KeyboardInterrupt:
        raise SweepInterruptedError(folder.state()) from None
    return folder.state()
