"""Taking a sweep: first its presence, then the cluster's lease, then the journal's next term.

Nothing is written before that, not even settings: a command that is refused leaves the sweep as it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

from sweeper.backends.base import Backend
from sweeper.backends.local.backend import LocalBackend
from sweeper.cli.common import say
from sweeper.cli.copies import separate
from sweeper.cli.environments import environment_of
from sweeper.cli.moved import follow
from sweeper.cli.owners import check_folder, require_own
from sweeper.core.cluster import LocalSettings
from sweeper.core.errors import SweepHeldError
from sweeper.core.presence import NOBODY, Elsewhere
from sweeper.core.settings import Settings
from sweeper.store import attempts
from sweeper.store import claim as claims
from sweeper.store.folder import Holding, SweepFolder
from sweeper.store.retrying import Retrier

_RECORD = 60.0
"""Seconds for which an attempt's record is asked for while the volume is in trouble."""

_LOOK_EVERY = 2.0
"""Seconds between two looks at whether another controller has left."""


@contextmanager
def taken(
    folder: SweepFolder,
    settings: Settings | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    by_force: bool = False,
    gone: Collection[str] = (),
    patient: bool = False,
) -> Iterator[tuple[Holding, Backend]]:
    """The sweep, ours, with the backend that its cluster settings name.

    Args:
        folder: the sweep.
        settings: hold from now on instead of those that it has.
        environment: is kept with it instead of what was.
        by_force: take it from a controller that hangs.
        gone: hosts that are no more.
        patient: wait until another controller that lives has left.

    Raises:
        SweepHeldError: another controller lives, and not `patient`.
    """
    require_own(folder)
    separate(folder)
    with ExitStack() as leaving:
        while True:
            try:
                holding, backend = _take(folder, settings, leaving, by_force=by_force)
                break
            except SweepHeldError as error:
                if not patient:
                    raise
                _wait_until_left(folder, error)
        if settings is not None:
            folder.change_settings(settings)
        if environment is not None:
            folder.change_environment(environment)
        follow(folder)
        folder.keep_place()
        if holding.unsupported:
            say(
                f"file locks do not work on this volume ({holding.unsupported}):"
                " cvsweep goes on with a heartbeat"
            )
        if backend is None:
            backend = local_backend(folder, gone=gone)
            leaving.callback(backend.close)
        yield holding, backend


def _take(
    folder: SweepFolder, settings: Settings | None, leaving: ExitStack, *, by_force: bool
) -> tuple[Holding, Backend | None]:
    """The sweep, and its backend if that has a lease to take; `leaving` lets go of the backend first."""
    backend: Backend | None = None
    with ExitStack() as failing:

        def claim() -> None:
            nonlocal backend
            check_folder(folder)
            if not _is_local(folder):
                from sweeper.cli import cluster  # only now: it imports the Kubernetes client

                backend = pods = cluster.backend(folder, settings)
                failing.callback(pods.close)
                pods.claim(by_force=by_force)

        with asking(folder) as ask:
            holding = Holding.take(folder, by_force=by_force, claim=claim, tell=say, ask=ask)
        leaving.callback(holding.release)
        leaving.push(failing.pop_all())
        return holding, backend


def _wait_until_left(folder: SweepFolder, error: SweepHeldError) -> None:
    """Say who controls the sweep, and wait until nobody does as far as can be seen."""
    say(f"{error}; waiting until it leaves")
    while True:
        try:
            with asking(folder) as ask:
                return claims.wait_until_free(folder.paths, ask=ask)
        except SweepHeldError:
            time.sleep(_LOOK_EVERY)


def wait_until_free(folder: SweepFolder, *, patient: bool = False) -> None:
    """Wait as `taken` would, and take nothing: what is said meanwhile is said in this terminal."""
    separate(folder)
    try:
        with asking(folder) as ask:
            claims.wait_until_free(folder.paths, tell=say, ask=ask)
    except SweepHeldError as error:
        if not patient:
            raise
        _wait_until_left(folder, error)


def in_pod() -> bool:
    """Are we in a pod? A controller there is started again until the sweep is over: it waits for another."""
    return "KUBERNETES_SERVICE_HOST" in os.environ


@contextmanager
def taken_for_writing(folder: SweepFolder) -> Iterator[Holding]:
    """The sweep, ours to write into its journal; nothing of it is started, ended or looked at."""
    require_own(folder)
    with asking(folder) as ask:
        holding = Holding.take(folder, tell=say, ask=ask)
    try:
        yield holding
    finally:
        holding.release()


def change_settings(folder: SweepFolder, settings: Settings) -> None:
    """Let other settings hold for the next controller. SweepHeldError where one lives."""
    with seen_to_control(folder):
        folder.change_settings(settings)


@contextmanager
def seen_to_control(folder: SweepFolder, *, by_force: bool = False) -> Iterator[None]:
    """Nobody else controls the sweep, and nobody else begins to. SweepHeldError where another does."""
    require_own(folder)
    separate(folder)
    with asking(folder) as ask:
        held = claims.acquire(folder.paths, by_force=by_force, tell=say, ask=ask)
    try:
        yield
    finally:
        held.release()


@contextmanager
def asking(folder: SweepFolder) -> Iterator[Callable[[], Elsewhere]]:
    """A function that asks the sweep's cluster, if it has one, who controls the sweep.

    The first question connects to the cluster; the connection is closed in the end.
    """
    look: Callable[[], Elsewhere] | None = None
    with ExitStack() as leaving:

        def ask() -> Elsewhere:
            nonlocal look
            look = look or _look(folder, leaving)
            return look()

        yield ask


def _look(folder: SweepFolder, leaving: ExitStack) -> Callable[[], Elsewhere]:
    settings = folder.settings.cluster
    if isinstance(settings, LocalSettings) or not settings.lease:
        return lambda: NOBODY
    from sweeper.cli import cluster  # as above

    lease = cluster.lease(folder, leaving.enter_context(closing(cluster.connect(settings))))
    return lease.look if lease else lambda: NOBODY


def local_backend(folder: SweepFolder, *, gone: Collection[str] = ()) -> LocalBackend:
    """The backend that runs the sweep's trials on this machine."""
    settings = folder.settings.cluster
    assert isinstance(settings, LocalSettings)

    retry = Retrier(longest=_RECORD)

    def has_record(out: str, uid: str) -> bool:
        record = retry(lambda: attempts.read_exit(out))
        return record is not None and record.uid == uid

    return LocalBackend(settings, has_record, gone=gone, environment=environment_of(folder))


def _is_local(folder: SweepFolder) -> bool:
    return isinstance(folder.settings.cluster, LocalSettings)
