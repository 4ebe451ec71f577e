"""The curves of a sweep's trials, read from their folders in chunks, by a few threads.

Only folders that the journal knows to be there are looked into, and each of them by listing it. So a
sweep that runs can be read at any time, and no name is remembered as absent because we asked too early.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from sweeper.core.model import Attempt
from sweeper.core.settings import ResultsSettings
from sweeper.core.state import State
from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve
from sweeper.store.folder import SweepFolder

THREADS = 4
"""They wait for the volume side by side; more would only wait for each other."""
_CHUNK = 32

Tell = Callable[[int, str], None]
"""Told of a trial whose curve cannot be used, and why."""

_Found = tuple[int, Curve, str]


def read_curves(
    folder: SweepFolder,
    trials: Collection[int] | None = None,
    *,
    state: State | None = None,
    tell: Tell | None = None,
    threads: int = THREADS,
) -> Iterator[tuple[int, Curve]]:
    """The curve of every trial that has one, in the order of the trials; of some `trials`, or of all.

    It is that of the attempt that completed, or else of the last one: of a running trial it is what
    has been told so far. `state` is the folded journal, if that is at hand. StorageError where the
    volume is in trouble.
    """
    known = State().apply_all(folder.read().records) if state is None else state
    places = list(_places(folder, known, trials))
    for index, curve, problem in _in_chunks(places, folder.settings.results, threads):
        if problem and tell:
            tell(index, problem)
        if curve.steps:
            yield index, curve


def _places(folder: SweepFolder, state: State, trials: Collection[int] | None) -> Iterator[tuple[int, str]]:
    """The trials of which an attempt was started, and its folder."""
    for one in state.trials:
        index = one.trial.index
        if not one.number or (trials is not None and index not in trials):
            continue
        attempt = Attempt(index, one.number)
        live = state.live.get(attempt)
        if live is None or live.uid:  # what was only asked for may have no folder yet
            yield index, folder.paths.trial(one.trial).attempt(attempt)


def _in_chunks(
    places: Sequence[tuple[int, str]], settings: ResultsSettings, threads: int
) -> Iterator[_Found]:
    """Everything in order, never more than a few chunks ahead of whoever takes it."""

    def read(chunk: Sequence[tuple[int, str]]) -> list[_Found]:
        return [(index, *read_curve(out, settings)) for index, out in chunk]

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
