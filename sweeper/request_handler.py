"""The controller's side of requests: carries out what other commands ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sweeper.clusters.base import Adjustable, Backend
from sweeper.clusters.clock import Clock
from sweeper.collecting import Collector, Read
from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.core.records import Added
from sweeper.core.settings import Settings
from sweeper.core.state import State
from sweeper.core.stopwatch import Stopwatch
from sweeper.journaling import Journal
from sweeper.request_records import LATER, answer, settings_after
from sweeper.stop_flags import Control
from sweeper.store.base import Store
from sweeper.store.requests import Request


class RequestHandler:
    """Grants requests. `settings` are the current ones; `collector` reads results again, over many turns."""

    def __init__(
        self,
        settings: Settings,
        state: State,
        store: Store,
        backend: Backend,
        clock: Clock,
        journal: Journal,
        stopwatch: Stopwatch,
        control: Control,
        read_metrics: Read,
    ) -> None:
        self.settings = settings
        self.collector = Collector(state, store, read_metrics, self._change_results)
        self._state, self._store, self._backend, self._clock = state, store, backend, clock
        self._journal, self._stopwatch, self._control = journal, stopwatch, control

    def grant(self, requests: Sequence[Request]) -> None:
        """Grant the waiting requests, oldest first, and remove those that are granted."""
        self.collector.forget(requests)
        for request in requests:
            if self._control.draining and request.kind in LATER:
                continue  # it waits for the next controller
            if request.id in self._state.granted or self._is_granted(request):
                self._store.remove_request(request.id)

    def _is_granted(self, request: Request) -> bool:
        """Carry out a request; return False if it is not finished in this turn, or is refused."""
        if request.kind == "collect":
            self._journal.decide(self.collector.part(request, self._clock.monotonic, self._journal.wall()))
            if self.collector.is_busy:
                return False
        if request.kind == "set" and not self._is_changed(request):
            return False
        records = answer(self._state, request, self._journal.wall())
        for record in records:
            if isinstance(record, Added):
                self._stopwatch.joined(record.trial.index, self._clock.monotonic())
        self._journal.decide(records)
        if request.kind == "stop":
            self._control.draining = self._control.returning = True
            self._control.leaving = self._control.leaving or request.now
        return True

    def _is_changed(self, request: Request) -> bool:
        """Change the settings; return False if the request is refused, and set it aside.

        sweep.json is written before the request counts as granted; after a crash in between the change is
        made again.
        """
        try:
            settings = settings_after(self.settings, request)
        except UsageError as error:
            self._store.refuse_request(request.id, str(error))
            return False
        self._store.change_settings(settings)
        self.settings = settings
        if isinstance(self._backend, Adjustable):
            self._backend.adjust(settings)
        return True

    def _change_results(self, results: Mapping[str, Value]) -> Settings:
        self.settings = self._store.change_results(results)
        return self.settings
