"""Runs a sweep's controller from the command line: signal handlers, display and final summary."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from sweeper.app.controller import Controller
from sweeper.app.events import ControllerLeft, Draining, Event, Observers, Turned
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.common import say
from sweeper.cli.final_summary import show_ending
from sweeper.cli.plain_output import PlainLines
from sweeper.cli.printing import show_message
from sweeper.cli.verbose import is_shown
from sweeper.core.formatting import counted
from sweeper.core.settings import Settings
from sweeper.core.standing import is_over
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    from sweeper.cli.live import LiveView

INTERRUPTED = 130


def control(
    folder: SweepFolder,
    *,
    settings: Settings | None = None,
    by_force: bool = False,
    gone: Collection[str] = (),
    environment: Mapping[str, str] | None = None,
    patient: bool = False,
) -> int:
    """Run the sweep from its current state as its controller; return the exit code.

    Args:
        folder: the sweep.
        settings: replace the settings of the sweep from now on, if given.
        by_force: take the sweep over from another controller.
        gone: hosts that no longer exist.
        environment: if given, it replaces the environment that is stored with the sweep.
        patient: wait for another live controller to leave.

    Raises:
        SweepHeldError: another controller holds the sweep.
    """
    make = partial(
        Controller,
        folder,
        settings=settings,
        environment=environment,
        by_force=by_force,
        gone=gone,
        patient=patient,
    )
    state, interrupted = run_shown(folder, make)
    return show_interrupted(folder, state) if interrupted else show_ending(folder, state)


def run_shown(folder: SweepFolder, make: Callable[[Observers], Controller]) -> tuple[State, bool]:
    """Run the sweep and show it; return its last state, and whether we were asked to stop before it was over.

    Args:
        make: makes the controller, given its observers.
    """
    with closing(Display(folder)) as display:
        controller = make(Observers([display, show_message, acknowledge]))
        state = _run(controller)
    return state, controller.is_asked_to_stop and not is_over(state.counts)


def control_cancelled(folder: SweepFolder) -> State:
    """Grant pending requests and wait until the trials they cancel have ended; leave other trials alone."""
    with closing(Display(folder)) as display:
        controller = Controller(folder, Observers([display, show_message]), cancels_only=True)
        return _run(controller)


def _run(controller: Controller) -> State:
    """Run the controller; our signal handlers are installed only while it holds the sweep.

    Only the main thread of a process may handle signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return controller.run()
    # If our parent ignored SIGCHLD so do we, and ended trials would vanish before we have seen them.
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with controller.taken() as work, signals(controller):
        return work()


class Display:
    """Shows the progress of a run: a view redrawn in a terminal, plain lines elsewhere."""

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder
        self._view: LiveView | PlainLines | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, Turned):
            self._view = self._view or self._make()
            self._view(event.news, event.state, event.snapshot)
        elif isinstance(event, ControllerLeft):
            self.close()

    def close(self) -> None:
        """Close the view and restore the terminal."""
        view, self._view = self._view, None
        if view:
            view.close()

    def _make(self) -> LiveView | PlainLines:
        # Log lines on stderr would break the redrawn view.
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not is_shown():
            from sweeper.cli.live import LiveView

            return LiveView(self._folder.paths)
        return PlainLines(self._folder.settings.results.metric)


def acknowledge(event: Event) -> None:
    """Confirm the first Ctrl-C and say what the second one does."""
    if isinstance(event, Draining):
        say("launching nothing more and waiting for what runs; Ctrl-C again leaves it running")


@contextmanager
def signals(controller: Controller) -> Iterator[None]:
    """Install handlers: the first Ctrl-C drains, the second leaves; TERM and HUP leave at once.

    None of them cancels a trial.

    The handlers print nothing, because they may have interrupted a write.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        controller.drain()

    def leave(number: int, frame: FrameType | None) -> None:
        controller.leave()

    handlers = {signal.SIGINT: interrupt, signal.SIGTERM: leave, signal.SIGHUP: leave}
    # A signal that was ignored before (nohup) stays ignored.
    before = {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def show_interrupted(folder: SweepFolder, state: State) -> int:
    """Show how to go on with a sweep that was left before it was over; return the exit code."""
    name = sweep_argument(folder.paths.folder)
    say(f"{folder.name}: {counted(state.counts)}")
    if state.live:
        say(f"left {len(state.live)} running; they go on, and their results are kept")
        say(f"come back with: cvsweep resume {name}    end them with: cvsweep cancel {name}")
    else:
        say(f"go on with: cvsweep resume {name}")
    return INTERRUPTED
