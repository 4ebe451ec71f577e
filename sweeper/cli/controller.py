"""Becoming a sweep's controller: take the folder, run the engine, leave as the signals say."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from sweeper import engine
from sweeper.backends.base import Backend
from sweeper.cli.common import say
from sweeper.cli.ending import is_over, show_ending
from sweeper.cli.lines import PlainLines
from sweeper.cli.masking import check_records, masking_reader
from sweeper.cli.owners import require_own
from sweeper.cli.summaries import Summaries
from sweeper.cli.taking import taken
from sweeper.cli.words import reference
from sweeper.core.cluster import LocalSettings
from sweeper.core.model import Cause
from sweeper.core.records import Record
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import State
from sweeper.core.words import counted
from sweeper.store import machine
from sweeper.store.folder import Holding, SweepFolder
from sweeper.store.watch import CodeWatch

INTERRUPTED = 130


class View(Protocol):
    """What shows a run while it goes on."""

    def __call__(self, news: Sequence[Record], state: State, at: Snapshot) -> None: ...

    def close(self) -> None: ...


class WallClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()


def _clock(settings: Settings) -> engine.Clock:
    """Limits on local processes do not count the time asleep, those on pods do."""
    if isinstance(settings.cluster, LocalSettings):
        return WallClock()
    from sweeper.backends.clock import BootClock

    return BootClock()


def introduce(folder: SweepFolder) -> None:
    """Say where a sweep that is taken up again goes on."""
    require_own(folder)
    if not isinstance(folder.settings.cluster, LocalSettings):
        from sweeper.cli import cluster

        cluster.introduce(folder.settings.cluster)


def control(
    folder: SweepFolder,
    *,
    settings: Settings | None = None,
    by_force: bool = False,
    gone: Collection[str] = (),
    environment: Mapping[str, str] | None = None,
    patient: bool = False,
) -> int:
    """Run the sweep from where it stands; return the exit code. SweepHeldError where another does.

    `environment` is kept with it instead of what was, if it is given. `patient`: another controller that
    lives is waited for.
    """
    stop = engine.Control()
    said = False

    def acknowledge(state: State) -> None:
        nonlocal said
        if stop.draining and not said:
            said = True
            say("launching nothing more and waiting for what runs; Ctrl-C again leaves it running")

    taking = taken(folder, settings, environment, by_force=by_force, gone=gone, patient=patient)
    with taking as (holding, backend):
        state = _run(folder, holding, backend, stop, acknowledge, resume=True)
    interrupted = (stop.draining or stop.leaving) and not is_over(state)
    return _interrupted(folder, state) if interrupted else show_ending(folder, state)


def cancel(folder: SweepFolder) -> State:
    """Grant the wishes that lie there, see what they cancel to its end, and leave all other trials alone."""
    stop = engine.Control(draining=True)

    def leave_when_ended(state: State) -> None:
        # Where nothing is live the run ends by itself, once nothing of it can still turn up.
        if state.live and not any(live.stop is Cause.CANCELLED for live in state.live.values()):
            stop.leaving = True  # never back to False: a signal may have said so already

    with taken(folder) as (holding, backend):
        return _run(folder, holding, backend, stop, leave_when_ended, resume=False)


def _run(
    folder: SweepFolder,
    holding: Holding,
    backend: Backend,
    stop: engine.Control,
    after: Callable[[State], None],
    *,
    resume: bool,
) -> State:
    """Run the engine, show what it does, and let `after` look at every turn that changed something."""
    if resume:
        check_records(holding.records, folder.settings)
    view, summaries = _view(folder), Summaries(folder, holding.records)

    def watch(news: Sequence[Record], state: State, at: Snapshot) -> None:
        view(news, state, at)
        summaries.see(news, state)
        after(state)

    code = CodeWatch(folder.paths, folder.manifest.code, holding.records)
    try:
        with _signals(stop):
            state = engine.run(
                folder.settings,
                backend,
                holding,
                _clock(folder.settings),
                masking_reader(folder, holding.records),
                control=stop,
                watcher=watch,
                look_at_code=code.look,
                resume=resume,
                age=machine.seconds_since(folder.manifest.made),
            )
    finally:
        view.close()
    summaries.write(state)
    return state


def _view(folder: SweepFolder) -> View:
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from sweeper.cli.live import LiveView

        return LiveView(folder.paths)
    return PlainLines(folder.settings.results.metric)


@contextmanager
def _signals(stop: engine.Control) -> Iterator[None]:
    """Ctrl-C drains, and leaves when it comes again; TERM and HUP leave at once. Nothing is cancelled.

    The handlers write nothing: they may have interrupted a write.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        if stop.draining:
            stop.leaving = True
        stop.draining = stop.returning = True

    def leave(number: int, frame: FrameType | None) -> None:
        stop.leaving = True

    handlers = {signal.SIGINT: interrupt, signal.SIGTERM: leave, signal.SIGHUP: leave}
    # What was ignored when we came (nohup) stays ignored.
    before = {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _interrupted(folder: SweepFolder, state: State) -> int:
    name = reference(folder.paths.folder)
    say(f"{folder.name}: {counted(state.counts)}")
    if state.live:
        say(f"left {len(state.live)} running; they go on, and their results are kept")
        say(f"come back with: cvsweep resume {name}    end them with: cvsweep cancel {name}")
    else:
        say(f"go on with: cvsweep resume {name}")
    return INTERRUPTED
