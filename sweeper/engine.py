"""The engine: observes, plans and acts until nothing is left to do.

The order within a turn makes a crash harmless at any line: decisions are durable in the journal, and the
sweep is known to be still ours, before anything changes outside of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from sweeper.attempt_files import AttemptFiles
from sweeper.clusters.base import Backend, View
from sweeper.clusters.clock import Clock
from sweeper.collecting import Read
from sweeper.core import plan as planning
from sweeper.core.launch_requests import requested_attempts
from sweeper.core.model import Attempt
from sweeper.core.plan import Abandon, Action, Launch, Observation, Pause, Plan, Remove, Stop
from sweeper.core.records import (
    Abandoned,
    Edited,
    Ended,
    Offered,
    Paused,
    Record,
    Resumed,
    Stopping,
)
from sweeper.core.records import (
    Launching as Intent,
)
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot, snapshot
from sweeper.core.state import State
from sweeper.core.stopwatch import Stopwatch
from sweeper.journaling import Journal
from sweeper.launching import Launcher, order_of
from sweeper.outcome_reader import OutcomeReader
from sweeper.rate_limits import Offers, rest_of
from sweeper.request_handler import RequestHandler
from sweeper.status_updates import StatusUpdates, Watcher
from sweeper.stop_flags import Control
from sweeper.store.base import Store
from sweeper.unknown_attempts import UnknownAttempts

LOOK_EVERY = 0.5
"""Seconds between two looks for requests while nothing else happens."""


LookAtCode = Callable[[], Edited | None]
"""Returns a record if the code that trials run has changed since the last call; called before launches."""


class _Leaving(Exception):
    """The controller is to leave, and does not wait for the volume."""


def run(
    settings: Settings,
    backend: Backend,
    store: Store,
    clock: Clock,
    read_metrics: Read,
    *,
    control: Control | None = None,
    watcher: Watcher | None = None,
    look_at_code: LookAtCode | None = None,
    resume: bool = False,
    age: float | None = None,
) -> State:
    """Run the sweep to its end, or until `control` stops it; return its state.

    `resume` says that a person asked for the sweep to go on, which ends a pause. `age` is how many seconds
    ago the sweep was made, or None if that is not known.
    """
    control = control or Control()
    engine = Engine(settings, backend, store, clock, read_metrics, watcher, look_at_code, age, control)
    store.meanwhile(engine.keep_present)
    try:
        engine.recover(resume)
        _turn_until_done(engine, backend, clock, control)
        engine.status_updates.publish(force=True)
    except _Leaving:
        pass  # the next controller determines again what was in progress
    return engine.state


def _turn_until_done(engine: Engine, backend: Backend, clock: Clock, control: Control) -> None:
    drained = False
    while not control.leaving:
        plan = engine.turn()
        if plan.finished and not engine.collector.is_busy:
            break
        if control.draining and not drained:
            drained = True
            engine.status_updates.publish(force=True)  # the user sees at once that the request was received
        if not plan.actions and not engine.collector.is_busy:
            now = clock.monotonic()
            until = now + LOOK_EVERY if plan.wake_at is None else min(plan.wake_at, now + LOOK_EVERY)
            backend.wait(max(0.0, until - now))


class Engine:
    """The controller of one sweep: observes, plans and acts in turns."""

    def __init__(
        self,
        settings: Settings,
        backend: Backend,
        store: Store,
        clock: Clock,
        read_metrics: Read,
        watcher: Watcher | None = None,
        look_at_code: LookAtCode | None = None,
        age: float | None = None,
        control: Control | None = None,
    ) -> None:
        self.state = state = State()
        self._control = control = control or Control()
        self._backend, self._store, self._clock = backend, store, clock
        self._look_at_code = look_at_code
        self._view = View()
        self._offers = Offers()
        self._asked: set[Attempt] = set()
        self._stopwatch = stopwatch = Stopwatch(clock.monotonic(), age)
        self.status_updates = StatusUpdates(state, store, clock.monotonic, self._snapshot, watcher)
        self._journal = journal = Journal(state, store, clock, self.status_updates.hear)
        self.gathering = OutcomeReader(
            state, AttemptFiles(store, read_metrics, backend.result_grace), clock.monotonic
        )
        self.settling = UnknownAttempts(state, store, backend, partial(order_of, state, store), journal)
        self._launching = Launcher(state, store, backend, clock, journal, self.settling, stopwatch)
        self._requesting = RequestHandler(
            settings, state, store, backend, clock, journal, stopwatch, control, read_metrics
        )
        self.collector = self._requesting.collector

    def recover(self, resume: bool) -> None:
        """Restore the state from the journal, and settle every attempt that an earlier controller left."""
        self._backend.open(lambda: requested_attempts(self._store.records))
        self._store.check()
        self.state.apply_all(self._store.records, self._clock.monotonic(), self._clock.wall())
        for attempt in list(self.state.live):
            self.settling.settle(attempt)
        self._store.flush(sync=False)
        # The watcher gets no news of attempts that another controller started, except of their ends.
        self.status_updates.news = [
            record for record in self.status_updates.news if isinstance(record, Ended)
        ]
        self._store.let_records_go()
        if resume and self.state.paused:
            self._journal.decide([Resumed()])

    def turn(self) -> Plan:
        """Observe, plan and act once; return the plan."""
        # Observing has effects: a backend may delete pods that belong to no known attempt, and after a long
        # sleep of this process the next controller may have started them.
        self._store.check()
        self.status_updates.trouble_is_over()
        self._requesting.grant(self._store.requests())
        view = self._view = self._backend.observe()
        self._launching.notice(view)
        sightings = self.settling.bar_refused(view.sightings)
        now = self._clock.monotonic()
        observation = Observation(
            now=now,
            wall=self._clock.wall(),
            capacity=self._launching.rate_limit.capacity(view.capacity, now),
            sightings=sightings,
            findings=self.gathering.look(sightings, now),
            asked=self._asked,
            draining=self._control.draining,
            returning=self._control.returning,
            trouble=view.trouble,
            idle=view.idle,
        )
        plan = planning.plan(self.state, observation, self._requesting.settings)
        self._journal.decide(
            [*self._edited(plan), *(r for action in plan.actions for r in self._record(action))]
        )
        for action in plan.actions:
            self._act(action)
        slots = self._offers.to_note(view.slots, now)
        if slots is not None and not plan.finished:
            self._journal.note(Offered(slots, self._journal.wall()))
        self._store.flush(sync=False)
        self.status_updates.publish()
        return plan

    def keep_present(self, problem: str) -> None:
        """Stay visibly alive, and report the problem, while operations on the volume are retried."""
        if self._control.leaving:
            raise _Leaving
        self._backend.wait(0.0)
        self.status_updates.report_trouble(problem)

    def _snapshot(self, volume: Sequence[str]) -> Snapshot:
        # A lack of capacity matters only if there is something to launch.
        wants = self.state.next_due is not None and not (self._control.draining or self.state.paused)
        messages = (
            self._view.shortage if wants else "",
            *self._view.messages,
            *self._store.messages,
            self.collector.message,
            self.gathering.message,
            *volume,
        )
        now = self._clock.monotonic()
        live_for = partial(self._stopwatch.live_for, now=now)
        shown, view = list(filter(None, messages)), self._view
        best = self.status_updates.best.facts(self._requesting.settings.results)
        return snapshot(self.state, self._clock.wall(), view.slots, shown, live_for, view.pods, best)

    def _edited(self, plan: Plan) -> Iterable[Record]:
        """Yield a record if the code has changed; called before launches, so it precedes the new attempts."""
        if self._look_at_code and any(isinstance(action, Launch) for action in plan.actions):
            edited = self._look_at_code()
            if edited:
                yield replace(edited, at=self._journal.wall())

    def _record(self, action: Action) -> tuple[Record, ...]:
        match action:
            case planning.Record(attempt, uid, outcome, step):
                delay = rest_of(self._requesting.settings.retry).rest(step) if step else 0.0
                waited = None if outcome.code is None else self._launching.waited(attempt, outcome.seconds)
                return (Ended(attempt, uid, outcome, step > 0, round(delay, 3), waited),)
            case Launch(attempt):
                return (Intent(attempt, self._journal.wall()),)
            case Stop(attempt, cause, reason) if self.state.live[attempt].stop is None:
                return (Stopping(attempt, cause, reason),)
            case Abandon(attempt, reason):
                return (Abandoned(attempt, reason),)
            case Pause(reason):
                return (Paused(reason),)
            case _:
                return ()

    def _act(self, action: Action) -> None:
        match action:
            case Launch(attempt):
                self._launching.launch(attempt)
            case Stop(attempt):
                self._asked.add(attempt)
                self._backend.stop(attempt)
            case Remove(attempt):
                self.gathering.forget(attempt)
                self._stopwatch.forget(attempt)
                self._asked.discard(attempt)
                self._backend.remove(attempt)
