"""Take control of a sweep: its lock and heartbeat, then the cluster's lease, then the journal's next term.

Nothing else is written before that, not even settings: a command that is refused leaves the sweep unchanged.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from sweeper.app.contexts import cluster_of, context_of
from sweeper.app.copies import separate
from sweeper.app.moved import follow, inside
from sweeper.app.observers import Observers
from sweeper.app.owners import check_folder, require_own
from sweeper.clusters import Cluster
from sweeper.clusters.base import Backend
from sweeper.core.errors import SweepHeldError
from sweeper.core.presence import ClusterHolder
from sweeper.core.settings import Settings
from sweeper.logging_setup import logger
from sweeper.store import claim as claims
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.retrying import Meanwhile, Retrier, say_once

_log = logger(__name__)

_LOOK_EVERY = 2.0
"""Seconds between two checks whether another controller has left."""


@contextmanager
def taken(
    folder: SweepFolder,
    observers: Observers,
    settings: Settings | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    by_force: bool = False,
    gone: Collection[str] = (),
    patient: bool = False,
) -> Iterator[tuple[SweepWriter, Backend]]:
    """Take control of a sweep; yield its writer and the backend that its cluster settings select.

    Args:
        folder: the sweep.
        observers: receive messages for users.
        settings: replace the sweep's settings; None: they stay as they are.
        environment: replaces the stored environment of the trials; None: it stays as it is.
        by_force: take the sweep from a controller that hangs.
        gone: hosts that no longer exist.
        patient: wait until a live controller has left.

    Raises:
        SweepHeldError: another controller is alive and `patient` is False.
    """
    retry = _ours(folder, observers)
    with ExitStack() as leaving:
        while True:
            try:
                writer, backend = _take(
                    folder, observers, settings, retry, leaving, by_force=by_force, gone=gone
                )
                break
            except SweepHeldError as error:
                if not patient:
                    raise
                _wait_until_left(folder, error, observers)
        retry.meanwhile = _while_held(backend, observers)
        _save_changes(folder, observers, settings, environment, retry)
        if writer.unsupported:
            observers.say(
                f"file locks do not work on this volume ({writer.unsupported}):"
                " cvsweep goes on with a heartbeat"
            )
        _log.info("%s: taken", folder.paths.folder)
        try:
            yield writer, backend
        finally:
            _log.info("%s: leaving", folder.paths.folder)


def _take(
    folder: SweepFolder,
    observers: Observers,
    settings: Settings | None,
    retry: Retrier,
    leaving: ExitStack,
    *,
    by_force: bool,
    gone: Collection[str],
) -> tuple[SweepWriter, Backend]:
    """Take the sweep and its lease on the cluster; `leaving` closes the backend, then releases the sweep."""
    with ExitStack() as failing:

        def claim() -> Backend:
            folder.refresh_settings()
            check_folder(folder, observers)
            cluster = cluster_of(folder, settings)
            found = cluster.open(context_of(folder, observers, settings, gone=gone))
            failing.callback(found.close)
            found.claim(by_force=by_force)
            return found

        claimed: list[Backend] = []
        with asking(folder, settings) as ask:
            writer = SweepWriter.take(
                folder,
                by_force=by_force,
                claim=lambda: claimed.append(retry(claim)),
                report=observers.say,
                ask=ask,
            )
        leaving.callback(writer.release)
        leaving.push(failing.pop_all())
        return writer, claimed[0]


def _ours(folder: SweepFolder, observers: Observers) -> Retrier:
    """Check that this user may control the sweep; return the Retrier for the next reads of its folder.

    A copied folder gets an id of its own (see `separate`).
    """
    retry = Retrier(say_once(observers.say))
    retry(partial(require_own, folder))
    retry(partial(separate, folder, observers))
    return retry


def _save_changes(
    folder: SweepFolder,
    observers: Observers,
    settings: Settings | None,
    environment: Mapping[str, str] | None,
    retry: Retrier,
) -> None:
    """Write the new settings, environment and location; only the controller of the sweep may do so."""
    if settings is not None:
        retry(partial(folder.change_settings, settings))
    if environment is not None:
        retry(partial(folder.change_environment, environment))
    retry(partial(follow, folder, observers))
    retry(lambda: folder.keep_place(inside(folder)))


def _while_held(backend: Backend, observers: Observers) -> Meanwhile:
    """Return a callback for a volume in trouble: it reports each problem once, and renews the lease."""
    say = say_once(observers.say)

    def meanwhile(problem: str) -> None:
        say(problem)
        backend.wait(0.0)

    return meanwhile


def _wait_until_left(folder: SweepFolder, error: SweepHeldError, observers: Observers) -> None:
    """Report who controls the sweep, and wait until no live controller can be detected."""
    observers.say(f"{error}; waiting until it leaves")
    while True:
        try:
            with asking(folder) as ask:
                return claims.wait_until_free(folder.paths, ask=ask)
        except SweepHeldError:
            time.sleep(_LOOK_EVERY)


def wait_until_free(folder: SweepFolder, observers: Observers, *, patient: bool = False) -> None:
    """Wait as `taken` does, without taking the sweep; `observers` receive the reason for a longer wait.

    Raises:
        SweepHeldError: another controller is alive and `patient` is False.
        CopiedSweepError: the folder is a copy, made while trials ran (see `separate`).
    """
    separate(folder, observers)
    try:
        with asking(folder) as ask:
            claims.wait_until_free(folder.paths, report=observers.say, ask=ask)
    except SweepHeldError as error:
        if not patient:
            raise
        _wait_until_left(folder, error, observers)


def in_pod() -> bool:
    """Whether this process runs in a pod.

    A controller in a pod is restarted until the sweep is over, so it waits for another controller to leave.
    """
    return "KUBERNETES_SERVICE_HOST" in os.environ


@contextmanager
def taken_for_writing(folder: SweepFolder, observers: Observers) -> Iterator[SweepWriter]:
    """Take the sweep only to write into its journal: no backend is opened, no attempt started or ended."""
    require_own(folder)
    with asking(folder) as ask:
        writer = SweepWriter.take(folder, report=observers.say, ask=ask)
    try:
        yield writer
    finally:
        writer.release()


def change_settings(folder: SweepFolder, settings: Settings, observers: Observers) -> None:
    """Replace the settings of a sweep that has no controller; raise SweepHeldError if one is alive."""
    with seen_to_control(folder, observers):
        folder.change_settings(settings)


@contextmanager
def seen_to_control(folder: SweepFolder, observers: Observers, *, by_force: bool = False) -> Iterator[None]:
    """Hold the sweep's lock and heartbeat, so that no controller starts; SweepHeldError if one is alive."""
    retry = _ours(folder, observers)
    with asking(folder) as ask:
        acquire = partial(claims.acquire, folder.paths, by_force=by_force, report=observers.say, ask=ask)
        held = retry(acquire)
    try:
        yield
    finally:
        held.release()


@contextmanager
def asking(folder: SweepFolder, settings: Settings | None = None) -> Iterator[Callable[[], ClusterHolder]]:
    """Yield a function that asks the sweep's cluster who controls the sweep.

    Its first call connects to the cluster; the connection is closed at the end. It returns NOBODY if the
    cluster does not record controllers.
    """
    context = context_of(folder, Observers())
    cluster: Cluster[Any] | None = None
    with ExitStack() as leaving:

        def holder() -> ClusterHolder:
            nonlocal cluster
            if cluster is None:
                cluster = cluster_of(folder, settings)
                leaving.callback(cluster.close)
            return cluster.holder(context)

        yield holder
