"""Observe, plan, act, until nothing is left to do.

The order within a turn is what makes a crash harmless at any line: what was decided is durable in
the journal, and the sweep is known to be still ours, before anything happens outside of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from logging import INFO

from sweeper.clusters.base import Adjustable, Backend, NoCapacity, Order, Requested, Started, View
from sweeper.clusters.clock import Clock
from sweeper.collecting import Collector, Read
from sweeper.core import plan as planning
from sweeper.core.asked import asked_for
from sweeper.core.brief import brief
from sweeper.core.errors import DamagedTrialError, UsageError
from sweeper.core.model import Attempt, Cause, Phase, Sighting, Trial, Value
from sweeper.core.plan import Action, Launch, Pause, Plan, Remove, Stop, Void, World
from sweeper.core.records import (
    Added,
    Edited,
    Ended,
    Launched,
    Launching,
    Offered,
    Paused,
    Record,
    Resumed,
    Stopping,
    Voided,
)
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot, snapshot
from sweeper.core.state import Live, State
from sweeper.core.waits import Waits
from sweeper.findings import Findings
from sweeper.gathering import Gathering
from sweeper.granting import LATER, answer, settings_after
from sweeper.logs import logger
from sweeper.pace import Offers, Pace, rest_of
from sweeper.settling import Journal, Settling
from sweeper.store.base import Store
from sweeper.store.requests import Request
from sweeper.telling import Telling, Watcher

_log = logger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks for requests while nothing else happens."""


@dataclass(slots=True)
class Control:
    """How the outside stops a run: `draining` launches nothing more, `leaving` goes at once.

    `returning` also sends back what has not started yet: it may hold a place that others wait for.
    """

    draining: bool = False
    returning: bool = False
    leaving: bool = False


LookAtCode = Callable[[], Edited | None]
"""Whether the code that trials run has changed since the last call; called before attempts are launched."""


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
    """Bring the sweep to its end, or as far as `control` lets it; return where it stands then.

    `resume` says that a person asked for the sweep to go on, which ends a pause. `age` is how many seconds
    ago the sweep was made, None if nobody can tell.
    """
    control = control or Control()
    engine = Engine(settings, backend, store, clock, read_metrics, watcher, look_at_code, age, control)
    store.meanwhile(engine.keep_present)
    try:
        engine.recover(resume)
        _turn_until_done(engine, backend, clock, control)
        engine.telling.tell(force=True)
    except _Leaving:
        pass  # what it was in the middle of is found out again by the next controller
    return engine.state


def _turn_until_done(engine: Engine, backend: Backend, clock: Clock, control: Control) -> None:
    drained = False
    while not control.leaving:
        plan = engine.turn()
        if plan.finished and not engine.collector.is_busy:
            break
        if control.draining and not drained:
            drained = True
            engine.telling.tell(force=True)  # whoever asked for it sees at once that it was heard
        if not plan.actions and not engine.collector.is_busy:
            now = clock.monotonic()
            until = now + LOOK_EVERY if plan.wake_at is None else min(plan.wake_at, now + LOOK_EVERY)
            backend.wait(max(0.0, until - now))


class Engine:
    """One controller's hold on one sweep."""

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
        self.state = State()
        self._settings = settings
        self._control = control or Control()
        self._backend = backend
        self._store = store
        self._clock = clock
        self._look_at_code = look_at_code
        self._rest = rest_of(settings.retry)
        self._view = View()
        self._pace = Pace()
        self._offers = Offers()
        self._waits = Waits(clock.monotonic(), age)
        self._asked: set[Attempt] = set()
        self.telling = Telling(self.state, store, clock.monotonic, self._snapshot, watcher)
        self.collector = Collector(self.state, store, read_metrics, self._change_results)
        findings = Findings(store, read_metrics, backend.result_grace)
        self.gathering = Gathering(self.state, findings, clock.monotonic)
        journal = Journal(self._note, self._decide, self._wall)
        self.settling = Settling(self.state, store, backend, self._order, journal)

    def recover(self, resume: bool) -> None:
        """Stand where the journal left off, and settle every attempt that an earlier controller left."""
        self._backend.open(lambda: asked_for(self._store.records))
        self._store.check()
        self.state.apply_all(self._store.records, self._clock.monotonic(), self._clock.wall())
        for attempt in list(self.state.live):
            self.settling.settle(attempt)
        self._store.flush(sync=False)
        # Whatever was started by another is no news to whoever watches.
        self.telling.news = [record for record in self.telling.news if isinstance(record, Ended)]
        if resume and self.state.paused:
            self._decide([Resumed()])

    def turn(self) -> Plan:
        """Look once, decide once, act once."""
        # Looking is not without effect: a backend tidies up what is nobody's, and after a long sleep
        # of this process that may be what the next holder has started.
        self._store.check()
        self.telling.trouble_is_over()
        self._grant(self._store.requests())
        view = self._view = self._backend.observe()
        self._notice(view)
        sightings = self.settling.bar_refused(view.sightings)
        now = self._clock.monotonic()
        world = World(
            now=now,
            wall=self._clock.wall(),
            room=self._pace.room(view.room, now),
            sightings=sightings,
            findings=self.gathering.look(sightings, now),
            asked=self._asked,
            draining=self._control.draining,
            returning=self._control.returning,
            trouble=view.trouble,
            clear=view.clear,
        )
        plan = planning.plan(self.state, world, self._settings)
        self._decide([*self._edited(plan), *(r for action in plan.actions for r in self._record(action))])
        for action in plan.actions:
            self._act(action)
        slots = self._offers.to_note(view.slots, now)
        if slots is not None and not plan.finished:
            self._note(Offered(slots, self._wall()))
        self._store.flush(sync=False)
        self.telling.tell()
        return plan

    def keep_present(self, problem: str) -> None:
        """Be seen to live while the volume is asked again and again, and say what is wrong with it."""
        if self._control.leaving:
            raise _Leaving
        self._backend.wait(0.0)
        self.telling.tell_trouble(problem)

    def _snapshot(self, volume: Sequence[str]) -> Snapshot:
        # A lack of room is news only for whoever has something to launch.
        wants = self.state.next_due is not None and not (self._control.draining or self.state.paused)
        notes = (
            self._view.shortage if wants else "",
            *self._view.notes,
            *self._store.notes,
            self.collector.note,
            self.gathering.note,
            *volume,
        )
        now = self._clock.monotonic()
        live_for = partial(self._waits.live_for, now=now)
        said, view = list(filter(None, notes)), self._view
        return snapshot(self.state, self._clock.wall(), view.slots, said, live_for, view.pods)

    def _decide(self, records: Iterable[Record]) -> None:
        """Make decisions durable, then let them count."""
        records = list(records)
        if not records:
            return
        for record in records:
            self._store.append(record)
        self._store.flush()
        self._apply(records)

    def _note(self, record: Record) -> None:
        """A fact that the next flush may make durable: a crash before it only means to look again."""
        self._store.append(record)
        self._apply([record])

    def _apply(self, records: Sequence[Record]) -> None:
        self.state.apply_all(records, self._clock.monotonic(), self._clock.wall())
        self.telling.news += records
        if _log.isEnabledFor(INFO):
            for record in records:
                _log.info("%s", brief(record))

    def _edited(self, plan: Plan) -> Iterable[Record]:
        """The code is looked at before anything is launched, so that an attempt counts for what it runs."""
        if self._look_at_code and any(isinstance(action, Launch) for action in plan.actions):
            edited = self._look_at_code()
            if edited:
                yield replace(edited, at=self._wall())

    def _record(self, action: Action) -> tuple[Record, ...]:
        match action:
            case planning.Record(attempt, uid, outcome, step):
                delay = self._rest.rest(step) if step else 0.0
                waited = None if outcome.code is None else self._waited(attempt, outcome.seconds)
                return (Ended(attempt, uid, outcome, step > 0, round(delay, 3), waited),)
            case Launch(attempt):
                return (Launching(attempt, self._wall()),)
            case Stop(attempt, cause, reason) if self.state.live[attempt].stop is None:
                return (Stopping(attempt, cause, reason),)
            case Void(attempt, reason):
                return (Voided(attempt, reason),)
            case Pause(reason):
                return (Paused(reason),)
            case _:
                return ()

    def _act(self, action: Action) -> None:
        match action:
            case Launch(attempt):
                self._launch(attempt)
            case Stop(attempt):
                self._asked.add(attempt)
                self._backend.stop(attempt)
            case Remove(attempt):
                self.gathering.forget(attempt)
                self._waits.forget(attempt)
                self._asked.discard(attempt)
                self._backend.remove(attempt)

    def _launch(self, attempt: Attempt) -> None:
        now = self._clock.monotonic()
        self._waits.launched(attempt, now)
        if self._pace.is_resting(now):
            self._note(Voided(attempt, "the backend has just refused another one"))
            return
        try:
            is_new = self._store.prepare(self._trial(attempt), attempt)
        except DamagedTrialError as error:
            self.settling.give_up(attempt, error)
            return
        if not is_new:
            self._store.check()
            self.settling.settle(attempt)
            return
        match self._backend.launch(self._order(attempt)):
            case Started(uid):
                self._pace.granted()
                self._note(Launched(attempt, uid, at=self._wall(), waited=self._waited(attempt)))
            case Requested():
                self._pace.asked(now)
            case NoCapacity():
                self._pace.refused(now)
                self._note(Voided(attempt, "the backend had no room for it after all"))

    def _notice(self, view: View) -> None:
        """Take in how what was asked for has been answered."""
        refused = False
        for attempt, sighting in view.sightings.items():
            live = self.state.live.get(attempt)
            if live and sighting.phase is Phase.REFUSED:
                refused = refused or live.stop is None
            elif live and sighting.uid:
                self._identify(live, sighting)
        if refused:  # once, however many: they were all asked for under the same hope
            self._pace.refused(self._clock.monotonic())

    def _identify(self, live: Live, sighting: Sighting) -> None:
        """Write down who an attempt is that was asked for, and later that it runs, and where."""
        runs = sighting.phase is Phase.RUNNING
        if not live.uid:
            self._pace.granted()
        if not live.uid or (live.pending and runs):
            pending, at = not runs, self._wall()
            waited = self._waited(sighting.attempt) if runs else None
            if runs:
                self._waits.runs(sighting.attempt, self._clock.monotonic())
            self._note(Launched(sighting.attempt, sighting.uid, sighting.node, pending, at, waited))

    def _grant(self, requests: Sequence[Request]) -> None:
        self.collector.forget(requests)
        for request in requests:
            if self._control.draining and request.kind in LATER:
                continue  # it waits for the next controller
            if request.id in self.state.granted or self._is_granted(request):
                self._store.remove_request(request.id)

    def _is_granted(self, request: Request) -> bool:
        """Do what is asked for; False if it goes on at the next turn."""
        if request.kind == "collect":
            self._decide(self.collector.part(request, self._clock.monotonic, self._wall()))
            if self.collector.is_busy:
                return False
        if request.kind == "set" and not self._is_changed(request):
            return False
        records = answer(self.state, request, self._wall())
        for record in records:
            if isinstance(record, Added):
                self._waits.joined(record.trial.index, self._clock.monotonic())
        self._decide(records)
        if request.kind == "stop":
            self._control.draining = self._control.returning = True
            self._control.leaving = self._control.leaving or request.now
        return True

    def _is_changed(self, request: Request) -> bool:
        """Let other settings hold; a request that cannot be granted is set aside.

        They are in sweep.json before it counts as granted: after a crash in between it is done again.
        """
        try:
            settings = settings_after(self._settings, request)
        except UsageError as error:
            self._store.refuse_request(request.id, str(error))
            return False
        self._store.change_settings(settings)
        self._settings, self._rest = settings, rest_of(settings.retry)
        if isinstance(self._backend, Adjustable):
            self._backend.adjust(settings)
        return True

    def _change_results(self, results: Mapping[str, Value]) -> Settings:
        self._settings = self._store.change_results(results)
        return self._settings

    def _waited(self, attempt: Attempt, ran: float = 0.0) -> float | None:
        return self._waits.waited(self.state.trials[attempt.trial], attempt, self._clock.monotonic(), ran)

    def _wall(self) -> float:
        return round(self._clock.wall(), 3)

    def _trial(self, attempt: Attempt) -> Trial:
        return self.state.trials[attempt.trial].trial

    def _order(self, attempt: Attempt) -> Order:
        ooms = self.state.trials[attempt.trial].spent.get(Cause.OOM, 0)
        return Order(attempt, *self._store.places(self._trial(attempt), attempt), ooms)
