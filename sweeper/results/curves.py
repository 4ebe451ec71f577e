"""Reads the curves of a sweep's trials from their folders; on a slow volume, in chunks by a few threads.

Only attempt folders that exist according to the journal are read, and each is listed before a file is opened.
So a running sweep can be read at any time, and an NFS client never caches that a name does not exist yet.
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
"""Threads that wait for a slow volume at the same time; on a fast one they would only wait for each other."""
_SLOW = 0.0005
"""Seconds of waiting for the files of one trial above which threads are used."""
_CHUNK = 32

Report = Callable[[int, str], None]
"""Called with the index of a trial whose curve cannot be used, and the reason."""

_Place = tuple[int, list[str], bool]
"""A trial's index, the folders of its attempts (the last attempt first), and whether the last has ended."""
_Found = tuple[int, Curve, str]


def read_curves(
    folder: SweepFolder,
    trials: Collection[int] | None = None,
    *,
    state: State | None = None,
    report: Report | None = None,
    threads: int | None = None,
) -> Iterator[tuple[int, Curve]]:
    """Yield the index and the curve of every trial that has a curve, in the order of the trials.

    The curve is that of the completed attempt, else of the last one; for a running trial, what it has
    reported so far. If that attempt continued from a checkpoint, and the program counts its steps, the steps
    that earlier attempts reported before it come first. If it ended without reporting anything, the curve of
    earlier attempts is used.

    Args:
        folder: the sweep.
        trials: the indexes of the trials to read; all of them by default.
        state: the folded journal, if the caller has it already.
        report: called for each trial whose curve cannot be used.
        threads: how many threads read files; by default it depends on the speed of the volume.

    Raises:
        StorageError: the volume has failed.
    """
    known = folder.state() if state is None else state
    places = list(_places(folder, known, trials))
    for index, curve, problem in _in_chunks(places, folder.settings.results, threads):
        if problem and report:
            report(index, problem)
        if curve.steps:
            yield index, curve


def _places(folder: SweepFolder, state: State, trials: Collection[int] | None) -> Iterator[_Place]:
    """Yield the trials that have a started attempt."""
    for one in state.trials:
        index = one.trial.index
        if not one.number or (trials is not None and index not in trials):
            continue
        last = one.result_attempt
        live = state.live.get(Attempt(index, last))
        if live is None or live.uid:  # an attempt that is only requested may have no folder yet
            place = folder.paths.trial(one.trial)
            outs = [place.attempt(Attempt(index, number)) for number in range(last, 0, -1)]
            yield index, outs, live is None


def _in_chunks(places: Sequence[_Place], settings: ResultsSettings, threads: int | None) -> Iterator[_Found]:
    """Read all places in order, the first chunk in this thread, to measure how fast the volume is."""
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
    """Read the places in several threads, at most a few chunks ahead of the consumer."""

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
        # An earlier attempt that was killed may have left damaged files: such a problem is not reported.
        before, _ = read_curve(out, settings)
        # An attempt that resumed after the last step has reported nothing itself.
        curve = curve.after(before) if curve.steps else before if is_over and not problem else curve
    return index, curve, problem
