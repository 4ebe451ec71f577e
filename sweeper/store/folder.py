"""A sweep folder: opened by its readers, and written by one controller at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sweeper.core.errors import StorageError
from sweeper.core.model import Attempt, ExitRecord, Trial
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import NOBODY
from sweeper.core.records import Record
from sweeper.core.secrets import public_secrets
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot
from sweeper.files import atomic
from sweeper.files.gc_pause import no_collection
from sweeper.store import (
    attempts,
    copies,
    journal,
    lock,
    owner,
    presence,
    requests,
    status_reader,
    sweep_index,
)
from sweeper.store import manifest as manifests

if TYPE_CHECKING:
    from sweeper.core.state import State

    # readers never become the controller
    from sweeper.store import claim as claims
    from sweeper.store.retrying import Meanwhile, Retrier


T = TypeVar("T")

_MESSAGES = 2
"""How many messages about refused requests readers see at a time: the newest ones."""


class SweepFolder:
    """One sweep on disk, for readers."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.paths = SweepPaths(os.path.abspath(os.fspath(folder)))
        self.manifest = manifests.read(self.paths)
        try:
            self.settings = Settings.from_json(self.manifest.settings)
        except (AttributeError, TypeError) as error:
            raise StorageError(f"{self.paths.manifest} is damaged: settings: {error}") from error

    @property
    def name(self) -> str:
        """The current name of the folder, which changes if a user renames it."""
        return self.paths.name

    def read(self) -> journal.JournalContents:
        """Return the valid contents of the journal."""
        return journal.read(self.paths)

    def term(self) -> int:
        """Return the number of the newest term in the journal."""
        return journal.newest_term(self.paths)

    def state(self) -> State:
        """Return the state that the journal's records give."""
        from sweeper.core.state import State  # only here: commands that only find a sweep need no state

        with no_collection():
            return State().apply_all(journal.Scan(self.paths))

    def is_held(self) -> bool:
        """Whether a controller seems to be alive."""
        return presence.is_held(self.paths)

    def refuse_if_held(self) -> None:
        """Raise SweepHeldError, which names the controller, if one is certainly alive."""
        presence.refuse_if_held(self.paths)

    def refresh_settings(self) -> None:
        """Read the settings again: another controller may have changed them before this one took over."""
        now = manifests.read(self.paths).settings
        if now != self.manifest.settings:
            self.manifest, self.settings = replace(self.manifest, settings=now), Settings.from_json(now)

    def change_settings(self, settings: Settings) -> None:
        """Replace the settings from now on; only the controller may do so."""
        if settings == self.settings:
            return
        private = self.manifest.private or bool(public_secrets(settings.cluster))
        manifest = replace(self.manifest, settings=settings.to_json(), private=private)
        with atomic.storage(f"writing {self.paths.manifest}"):
            manifests.write(self.paths, manifest)
        self.manifest, self.settings = manifest, settings

    def change_environment(self, environment: Mapping[str, str]) -> None:
        """Replace the environment of trials from now on; only the controller may do so."""
        self.manifest = replace(self.manifest, environment=environment)
        with atomic.storage(f"writing {self.paths.manifest}"):
            manifests.write(self.paths, self.manifest)

    def keep_place(self, inside: str = "") -> None:
        """Store the folder's location, so that a copy is detected; only the controller may do so.

        `inside` is the folder's path for attempts, if that is a different one.
        """
        with atomic.storage(f"looking at {self.paths.folder}"):
            place = copies.location(self.paths.folder) | ({"inside": inside} if inside else {})
        if place != self.manifest.place:
            self.manifest = replace(self.manifest, place=place)
            with atomic.storage(f"writing {self.paths.manifest}"):
                manifests.write(self.paths, self.manifest)

    def change_code(self, project: str, start: str, environment: Mapping[str, str]) -> None:
        """Replace the project and the trials' start folder; only the controller may do so."""
        self.manifest = replace(self.manifest, code=project, start=start, environment=environment)
        with atomic.storage(f"writing {self.paths.manifest}"):
            manifests.write(self.paths, self.manifest)

    @property
    def imports(self) -> list[str]:
        """The folders from which trials import before all others."""
        start = self.manifest.start
        return [os.path.normpath(f"{start}/{place}") for place in self.manifest.imports]

    def post(self, request: requests.Request) -> None:
        """Post a request for the current or the next controller."""
        requests.post(self.paths, request)

    def withdraw(self, request: requests.Request) -> None:
        """Withdraw a request, so that no controller grants it."""
        requests.remove(self.paths, request.id)

    def is_pending(self, request: requests.Request) -> bool:
        """Whether the request still waits to be granted."""
        return requests.is_pending(self.paths, request)

    def requested_keys(self) -> list[str]:
        """Return the keys of the trials that waiting requests ask to add, in order."""
        waiting = requests.pending(self.paths)
        return [str(point["key"]) for one in waiting if one.kind == "add" for point in one.points]

    def has_requests(self) -> bool:
        """Whether any request is waiting for a controller."""
        return requests.is_any_pending(self.paths)

    def is_refused(self, request: requests.Request) -> bool:
        """Whether the controller has set the request aside."""
        return requests.is_refused(self.paths, request)


class SweepWriter:
    """One sweep on disk, held by this controller: the Store through which the engine writes (base.py)."""

    def __init__(self, folder: SweepFolder, held: claims.Claim, retry: Retrier) -> None:
        self._folder = folder
        self._paths = folder.paths
        self._held = held
        self._owner = retry(partial(owner.owner_of, folder.paths))
        self._messages: dict[str, None] = {}
        self._is_program_checked = False
        self._retry = retry
        reading, self._writer = journal.take(folder.paths, lock.me(), retry)
        self._records: tuple[Record, ...] | None = reading.records
        retry(partial(held.confirm, self._writer.check))

    @classmethod
    def take(
        cls,
        folder: SweepFolder,
        *,
        by_force: bool = False,
        claim: Callable[[], object] | None = None,
        report: claims.Report = lambda line: None,
        ask: claims.Ask = lambda: NOBODY,
    ) -> SweepWriter:
        """Become the sweep's controller; SweepHeldError if another one is alive.

        `ask` asks the cluster who controls the sweep. `claim` is called once the lock and the heartbeat are
        ours, and before a journal term begins; it raises if another controller has the sweep nevertheless,
        which is then not fenced out. `report` gets a line for people if it takes longer.
        """
        from sweeper.store import claim as claims
        from sweeper.store.retrying import Retrier, say_once

        retry = Retrier(say_once(report))
        held = retry(partial(claims.acquire, folder.paths, by_force=by_force, report=report, ask=ask))
        try:
            if claim:
                claim()
            return cls(folder, held, retry)
        except BaseException:
            held.release()
            raise

    def meanwhile(self, do: Meanwhile) -> None:
        self._retry.meanwhile = do

    def retried(self, do: Callable[[], T]) -> T:
        return self._retry(do)

    @property
    def records(self) -> Sequence[Record]:
        if self._records is not None:
            return self._records
        return self._retry(lambda: tuple(journal.Scan(self._paths, before=self._writer.term)))

    def let_records_go(self) -> None:
        self._records = None

    def append(self, record: Record) -> None:
        self._writer.append(record)

    def flush(self, *, sync: bool = True) -> None:
        self._writer.flush(sync=sync)

    @property
    def unsupported(self) -> str:
        """Why file locks do not work on this volume; empty if they do."""
        return self._held.unsupported

    def check(self) -> None:
        self._held.turned()
        self._is_program_checked = False
        self._retry(self._writer.check)

    def prepare(self, trial: Trial, attempt: Attempt) -> bool:
        from sweeper.store.preparing import prepare  # only here: readers prepare nothing

        def make() -> bool:
            if not self._is_program_checked:  # once a turn: one may launch a thousand attempts
                owner.check_program(self._paths, self._owner)
                self._is_program_checked = True
            start, imports = self._folder.manifest.start, self._folder.imports
            return prepare(self._paths, trial, attempt, start, imports, self._owner)

        return self._retry(make)

    def claim_abandoned(self, trial: Trial, attempt: Attempt) -> str | None:
        return attempts.claim_abandoned(self._paths, trial, attempt, self._writer.term)

    def read_exit(self, trial: Trial, attempt: Attempt) -> ExitRecord | None:
        return attempts.read_exit(self._paths.trial(trial).attempt(attempt))

    def read_log_tail(self, trial: Trial, attempt: Attempt) -> str:
        return attempts.read_log_tail(self._paths, trial, attempt, attempts.SEARCHED)

    def lost(self, trial: Trial, attempt: Attempt) -> str:
        return attempts.lost(self._paths.trial(trial).attempt(attempt))

    def change_results(self, results: Mapping[str, Any]) -> Settings:
        settings = self._folder.settings
        changed = replace(settings, results=replace(settings.results, **results))
        self.change_settings(changed)
        return self._folder.settings

    def change_settings(self, settings: Settings) -> None:
        self._retry(partial(self._folder.change_settings, settings))

    def refuse_request(self, request_id: str, why: str) -> None:
        self._add_message(requests.refuse(self._paths, request_id, why))

    def requests(self) -> list[requests.Request]:
        found = self._retry(partial(requests.pending, self._paths, self._add_message))
        stale = [one for one in found if one.kind == "stop" and one.term != self._writer.term]
        for request in stale:  # it was for another controller
            self.remove_request(request.id)
        return [one for one in found if one not in stale] if stale else found

    @property
    def messages(self) -> list[str]:
        """Messages for readers about the folder itself: requests that were set aside."""
        return list(self._messages)[-_MESSAGES:]

    def _add_message(self, line: str) -> None:
        self._messages[line] = None

    def remove_request(self, request_id: str) -> None:
        self._retry(partial(requests.remove, self._paths, request_id))

    def write_status(self, snapshot: Snapshot) -> str:
        return status_reader.write(self._paths, snapshot)

    def places(self, trial: Trial, attempt: Attempt) -> tuple[str, str, str]:
        """Return the paths of the shim, the trial's folder and the attempt's folder."""
        place = self._paths.trial(trial)
        return self._paths.shim, place.folder, place.attempt(attempt)

    def release(self) -> None:
        try:
            self._writer.close()
        finally:
            self._held.release()


def find(root: Path, wanted: str | None) -> SweepFolder:
    """Return the sweep with this name or path; without either, the newest sweep under `root`."""
    return SweepFolder(sweep_index.find(root, wanted).folder)
