"""The curves of a sweep's trials, read from their folders: in chunks, by a few threads, on a slow volume.

Only folders that the journal knows to be there are looked into, and each of them by listing it. So a
sweep that runs can be read at any time, and no name is remembered as absent because we asked too early.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from sweeper.core.model import Attempt
from sweeper.core.settings import ResultsSettings
from sweeper.core.state import State
from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve
from sweeper.store.folder import SweepFolder

_THREADS = 8
"""They wait for a slow volume side by side; where it is fast, they would only wait for each other."""
_SLOW = 0.0005
"""Seconds that a trial's files have to be waited for on a volume that is worth threads."""
_CHUNK = 32

Report = Callable[[int, str], None]
"""Gets a trial whose curve cannot be used, and why."""

_Place = tuple[int, list[str], bool]
"""A trial, the folders of its attempts, the one that counts first, and whether that one is over."""
_Found = tuple[int, Curve, str]


def read_curves(
    folder: SweepFolder,
    trials: Collection[int] | None = None,
    *,
    state: State | None = None,
    report: Report | None = None,
    threads: int | None = None,
) -> Iterator[tuple[int, Curve]]:
    """The curve of every trial that has one, in the order of the trials; of some `trials`, or of all.

    It is that of the attempt that completed, or else of the last one: of a running trial it is what
    has been reported so far. Where that attempt went on from a checkpoint, and the program counts its
    steps, what earlier ones reported before stands in front; where it reported nothing and is over, for
    itself. `state` is the folded journal, if that is at hand; `threads` overrules how many read at once.
    StorageError where the volume is in trouble.
    """
    known = folder.state() if state is None else state
    places = list(_places(folder, known, trials))
    for index, curve, problem in _in_chunks(places, folder.settings.results, threads):
        if problem and report:
            report(index, problem)
        if curve.steps:
            yield index, curve


def _places(folder: SweepFolder, state: State, trials: Collection[int] | None) -> Iterator[_Place]:
    """The trials of which an attempt was started."""
    for one in state.trials:
        index = one.trial.index
        if not one.number or (trials is not None and index not in trials):
            continue
        live = state.live.get(Attempt(index, one.number))
        if live is None or live.uid:  # what was only asked for may have no folder yet
            place = folder.paths.trial(one.trial)
            outs = [place.attempt(Attempt(index, number)) for number in range(one.number, 0, -1)]
            yield index, outs, live is None


def _in_chunks(places: Sequence[_Place], settings: ResultsSettings, threads: int | None) -> Iterator[_Found]:
    """Everything in order, the first few trials here, to see how fast the volume is."""
    waits = []
    for place in places[:_CHUNK]:
        started, busy = time.perf_counter(), time.thread_time()
        found = _read(place, settings)
        waits.append(time.perf_counter() - started - (time.thread_time() - busy))
        yield found
    rest = places[_CHUNK:]
    if threads is None:
        threads = _THREADS if rest and sorted(waits)[_CHUNK // 2] > _SLOW else 1
    if threads > 1:
        yield from _side_by_side(rest, settings, threads)
    else:
        yield from (_read(place, settings) for place in rest)


def _side_by_side(places: Sequence[_Place], settings: ResultsSettings, threads: int) -> Iterator[_Found]:
    """The same by several threads, never more than a few chunks ahead of whoever takes it."""

    def read(chunk: Sequence[_Place]) -> list[_Found]:
        return [_read(place, settings) for place in chunk]

    waiting: deque[Future[list[_Found]]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="curves")
    try:
        for start in range(0, len(places), _CHUNK):
            waiting.append(pool.submit(read, places[start : start + _CHUNK]))
            if len(waiting) > 2 * threads:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _read(place: _Place, settings: ResultsSettings) -> _Found:
    index, (last, *earlier), is_over = place
    curve, problem = read_curve(last, settings)
    for out in earlier:
        # What was killed may have left anything, or nothing at all: that is no news of the trial.
        before, _ = read_curve(out, settings)
        # And one that went on where nothing was left to do has reported nothing itself.
        curve = curve.after(before) if curve.steps else before if is_over and not problem else curve
    return index, curve, problem
