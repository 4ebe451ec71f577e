"""Whole sweeps in a small fake world: plan, apply, again, until nothing is left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sweeper.core import plan as planning
from sweeper.core.model import Attempt, Cause, ExitRecord, Finding, Phase, Sighting, Status, Trial
from sweeper.core.plan import Action, Launch, Pause, Plan, Remove, Stop, Void, World, plan
from sweeper.core.records import (
    Added,
    Ended,
    Launched,
    Launching,
    Paused,
    Record,
    Resumed,
    Stopping,
    Voided,
    Wished,
)
from sweeper.core.retry import BUDGETS
from sweeper.core.settings import ResultsSettings, RetrySettings, Settings, SweepSettings
from sweeper.core.state import ENDS, State

WALL = 1e9
"""Wall time is this much more than monotonic time."""

MOST_TURNS = 20_000
HANGS = "hangs"
WAYS: Mapping[str, tuple[int | None, bool, Cause | None]] = {
    "completes": (0, False, None),
    "fails": (1, False, None),
    "is killed by the kernel": (137, False, Cause.OOM),
    "is evicted": (143, True, Cause.EVICTED),
    "leaves politely": (0, True, None),
    "vanishes": (None, False, None),
    "loses its node": (None, False, Cause.NODE_LOST),
    "leaves nonsense": (0, False, None),
    "leaves nothing": (0, False, None),
    HANGS: (None, False, None),
    "finds no node": (None, False, None),
    "has no image": (None, False, None),
}
"""How an attempt can end by itself: exit code, was it TERMed, and what the backend says of it."""

STUCK: Mapping[str, Cause] = {"finds no node": Cause.UNSCHEDULABLE, "has no image": Cause.IMAGE}
"""What never begins to run, and what the backend says of it after a while."""

PATIENCE = 5.0


@dataclass(slots=True)
class Process:
    """One attempt of the fake world. `found_at` is when its files can be seen."""

    way: str
    starts_at: float
    ends_at: float
    found_at: float
    stopped: bool = False
    refused: bool = False

    @property
    def gives_up_at(self) -> float:
        """When it is known that what it waits for does not come."""
        return self.starts_at + PATIENCE if self.way in STUCK else float("inf")


@dataclass(slots=True)
class Fake:
    """Where attempts run: as unreliable as `chance` (0 to 1) says."""

    random: Random
    slots: int
    chance: float
    ways: list[str]
    now: float = 50.0
    processes: dict[Attempt, Process] = field(default_factory=dict)
    blurred: bool = False

    def lucky(self) -> bool:
        return self.random.random() >= self.chance

    def launch(self, attempt: Attempt) -> bool:
        others = [a for a, p in self.processes.items() if a.trial == attempt.trial and p.ends_at > self.now]
        assert others == [], f"I1: {attempt} was launched beside {others}"
        assert attempt not in self.processes
        if not self.lucky():
            self.blurred = True
            return False
        starts = self.now + self.random.choice([0.0, 1.0])
        way = self.random.choice(self.ways)
        for_ever = way == HANGS or way in STUCK
        ends = float("inf") if for_ever else starts + self.random.choice([0.0, 3.0, 20.0, 90.0])
        found = ends + self.random.choice([0.0, 4.0])
        self.processes[attempt] = Process(way, starts, ends, found, refused=not self.lucky())
        return True

    def stop(self, attempt: Attempt) -> None:
        process = self.processes[attempt]
        if process.way in STUCK and not self.lucky():
            process.refused = True
        elif process.ends_at > self.now + 2.0:
            ran = ["leaves politely", "vanishes", "fails"]
            process.stopped, process.way = (
                True,
                "vanishes" if process.way in STUCK else self.random.choice(ran),
            )
            process.ends_at, process.found_at = self.now + 2.0, self.now + 3.0

    def look(self) -> World:
        """What can be seen now; some of it stale or missing."""
        self.blurred = False
        busy = sum(process.ends_at > self.now and not process.refused for process in self.processes.values())
        sightings = {a: self._sighting(a, p) for a, p in self.processes.items() if self._seen()}
        findings = {
            attempt: self._finding(attempt, self.processes[attempt])
            for attempt, sighting in sightings.items()
            if sighting.phase is Phase.ENDED and self.processes[attempt].found_at <= self.now
        }
        room = self.slots - busy if self._seen() else 0
        return World(self.now, WALL + self.now, room, sightings, findings)

    def _seen(self) -> bool:
        seen = self.lucky()
        self.blurred = self.blurred or not seen
        return seen

    def _sighting(self, attempt: Attempt, process: Process) -> Sighting:
        if process.refused:
            return Sighting(attempt, Phase.REFUSED, "", self.now, message="no quota")
        if process.way in STUCK:
            cause = STUCK[process.way] if self.now >= process.gives_up_at else None
            return Sighting(attempt, Phase.PENDING, uid(attempt), 0.0, cause=cause, message="in vain")
        if process.ends_at <= self.now and self._seen():
            return Sighting(attempt, Phase.ENDED, uid(attempt), process.ends_at, cause=WAYS[process.way][2])
        if process.starts_at <= self.now:
            return Sighting(attempt, Phase.RUNNING, uid(attempt), process.starts_at)
        return Sighting(attempt, Phase.PENDING, uid(attempt), 0.0)

    def _finding(self, attempt: Attempt, process: Process) -> Finding:
        code, terminated, _ = WAYS[process.way]
        record = None
        if code is not None:
            times = (process.starts_at, process.ends_at, WALL + process.ends_at)
            record = ExitRecord(uid(attempt), code, terminated or process.stopped, *times, "h")
        problem = "no JSON" if process.way == "leaves nonsense" else ""
        metrics = {"loss": 1.0} if process.way == "completes" else {}
        return Finding(record, metrics, problem, log_tail=f"boom {attempt.trial}")

    def next_event(self) -> float | None:
        """When something can be seen to change."""
        times = [
            t for p in self.processes.values() for t in (p.starts_at, p.ends_at, p.found_at, p.gives_up_at)
        ]
        later = [t for t in times if self.now < t < float("inf")]
        return self.now + 0.5 if self.blurred else min(later, default=None)


def uid(attempt: Attempt) -> str:
    return f"uid-{attempt.trial}-{attempt.number}"


@dataclass(slots=True)
class Sweep:
    """The loop of engine.py without its doors, and a journal that is a list."""

    fake: Fake
    settings: Settings
    wishes: list[tuple[float, Wished]] = field(default_factory=list)
    state: State = field(default_factory=State)
    journal: list[Record] = field(default_factory=list)
    asked: set[Attempt] = field(default_factory=set)

    def write(self, record: Record) -> None:
        self.journal.append(record)
        self.state.apply(record, self.fake.now, WALL + self.fake.now)

    def run(self) -> None:
        """To the end; a pause is looked at and lifted at once."""
        for _ in range(MOST_TURNS):
            self.grant()
            decided = self.turn()
            self.check()
            if not decided.finished:
                self.sleep(decided)
            elif self.state.paused:
                self.write(Resumed())
            elif self.wishes:
                self.fake.now = max(self.fake.now, self.wishes[0][0])
            else:
                return
        raise AssertionError(f"I14: not finished after {MOST_TURNS} turns")

    def grant(self) -> None:
        while self.wishes and self.wishes[0][0] <= self.fake.now:
            self.write(self.wishes.pop(0)[1])

    def turn(self) -> Plan:
        world = self.fake.look()
        seen = World(
            world.now, world.wall, world.room, world.sightings, world.findings, frozenset(self.asked)
        )
        decided = plan(self.state, seen, self.settings)
        launches = [action for action in decided.actions if isinstance(action, Launch)]
        assert len(launches) <= max(0, world.room), "I3: more launches than room"
        assert len({launch.attempt.trial for launch in launches}) == len(launches), "I1: a trial twice"
        for record in self.decisions(decided):
            self.write(record)
        if not decided.actions or self.fake.lucky():
            for action in decided.actions:
                self.act(action)
        else:
            self.crash()
        return decided

    def decisions(self, decided: Plan) -> Iterator[Record]:
        for action in decided.actions:
            match action:
                case planning.Record(attempt, who, outcome, step):
                    yield Ended(attempt, who, outcome, step > 0, float(min(2**step, 60)) if step else 0.0)
                case Launch(attempt):
                    assert attempt.number > self.state.trials[attempt.trial].number, "I4: an old number"
                    yield Launching(attempt, WALL + self.fake.now)
                case Stop(attempt, cause, reason) if self.state.live[attempt].stop is None:
                    yield Stopping(attempt, cause, reason)
                case Void(attempt, reason):
                    yield Voided(attempt, reason)
                case Pause(reason):
                    yield Paused(reason)

    def act(self, action: Action) -> None:
        match action:
            case Launch(attempt) if self.fake.launch(attempt):
                self.write(Launched(attempt, uid(attempt)))
            case Launch(attempt):
                self.write(Voided(attempt, "no room after all"))
            case Stop(attempt):
                assert attempt not in self.asked, "asked twice"
                self.asked.add(attempt)
                self.fake.stop(attempt)
            case Remove(attempt):
                assert attempt not in self.state.live, "I8: forgotten before it was recorded"
                del self.fake.processes[attempt]

    def crash(self) -> None:
        """Decided, but nothing done: another controller stands where this one stood, some time later."""
        self.fake.now += 7.0
        before = [(one.status, one.number, one.spent, one.outcome) for one in self.state.trials]
        self.state = State().apply_all(self.journal, self.fake.now, WALL + self.fake.now)
        assert [(one.status, one.number, one.spent, one.outcome) for one in self.state.trials] == before, (
            "I10"
        )
        self.asked.clear()
        for attempt in list(self.state.live):
            if attempt not in self.fake.processes:
                self.write(Voided(attempt, "it was never started"))
        for attempt in list(self.fake.processes):
            if attempt not in self.state.live:
                del self.fake.processes[attempt]

    def check(self) -> None:
        assert sum(self.state.counts.values()) == len(self.state.trials), "I2"
        assert sorted(attempt.trial for attempt in self.state.live) == [
            index for index, one in enumerate(self.state.trials) if one.status is Status.RUNNING
        ], "I1"

    def sleep(self, decided: Plan) -> None:
        """A turn that acted is followed by another at once; else until the plan or the world says."""
        if decided.actions:
            return
        wish = self.wishes[0][0] if self.wishes else None
        times = [time for time in (decided.wake_at, self.fake.next_event(), wish) if time is not None]
        assert times, "I14: nothing will ever happen, and the sweep is not finished"
        assert decided.wake_at is None or decided.wake_at > self.fake.now, "a wake that has passed"
        self.fake.now = max(self.fake.now, min(times))


def simulate(
    seed: int,
    *,
    trials: int = 6,
    slots: int = 2,
    chance: float = 0.0,
    ways: list[str] | None = None,
    limit: float | None = 40.0,
    wishes: list[tuple[float, Wished]] | None = None,
    settings: Settings | None = None,
) -> Sweep:
    """A sweep that has run to its end in the world that `seed` makes."""
    known = [way for way in WAYS if way != HANGS or limit is not None] if ways is None else ways
    settings = settings or Settings()
    sweep = Sweep(
        Fake(Random(seed), slots, chance, known), settings, sorted(wishes or [], key=lambda w: w[0])
    )
    for index in range(trials):
        sweep.write(Added(Trial(index, f"{index:012x}", {"i": index}, "run", time_limit=limit)))
    sweep.run()
    return sweep


def check_books(sweep: Sweep, budgets: Mapping[str, int]) -> None:
    """The accounts of a whole journal: I1, I2, I4, I5, I6."""
    ended = [record for record in sweep.journal if isinstance(record, Ended)]
    launched = [record.attempt for record in sweep.journal if isinstance(record, Launching)]
    voided = [record.attempt for record in sweep.journal if isinstance(record, Voided)]
    # Every attempt that was meant to start has exactly one end, and each in its own order.
    assert sorted([*(record.attempt for record in ended), *voided]) == sorted(launched)
    assert len(set(launched)) == len(launched)
    for index, one in enumerate(sweep.state.trials):
        numbers = [attempt.number for attempt in launched if attempt.trial == index]
        assert numbers == list(range(1, len(numbers) + 1))
        assert one.status in ENDS
        assert one.number == len(numbers)
    tries = Counter((r.attempt.trial, r.outcome.cause) for r in ended if r.again)
    retries = 1 + sum(isinstance(record, Wished) and record.kind == "retry" for record in sweep.journal)
    for (_, cause), count in tries.items():
        assert count <= retries * budgets.get(cause, BUDGETS.get(cause, 0)), "I5"
    assert (sweep.state.live, sweep.fake.processes) == ({}, {})


SEEDS = st.integers(0, 2**32)
CHANCES = st.sampled_from([0.0, 0.02, 0.1, 0.3])
BUDGET = st.fixed_dictionaries({str(cause): st.integers(0, 3) for cause in sorted(Cause)})
LIMITS = st.sampled_from([None, 1.0, 40.0])


@hypothesis_settings(deadline=None, max_examples=50)
@given(SEEDS, st.integers(0, 8), st.integers(1, 4), CHANCES, BUDGET, LIMITS, st.integers(0, 3), st.booleans())
def test_every_sweep_comes_to_its_end(seed, trials, slots, chance, budgets, limit, pause_after, required):
    """Whatever ends however, each trial ends exactly once, within its budgets and never twice at a time."""
    settings = Settings(
        sweep=SweepSettings(pause_after=pause_after),
        retry=RetrySettings(budgets=budgets),
        results=ResultsSettings(required=required),
    )
    sweep = simulate(seed, trials=trials, slots=slots, chance=chance, limit=limit, settings=settings)
    check_books(sweep, budgets)
    ends = Counter(r.attempt.trial for r in sweep.journal if isinstance(r, Ended) and not r.again)
    assert ends == Counter(range(trials))
    for index, one in enumerate(sweep.state.trials):
        last = [r for r in sweep.journal if isinstance(r, Ended) and r.attempt.trial == index][-1]
        assert one.outcome == last.outcome
        assert (one.status is Status.COMPLETED) == (last.outcome.cause is Cause.COMPLETED)


WISHES = st.lists(
    st.tuples(
        st.floats(50.0, 400.0),
        st.builds(
            Wished,
            st.just("w"),
            st.sampled_from(["cancel", "retry"]),
            st.none() | st.lists(st.integers(0, 7), max_size=3).map(tuple),
        ),
    ),
    max_size=4,
)


@hypothesis_settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 8), st.integers(1, 4), CHANCES, BUDGET, WISHES)
def test_wishes_do_not_upset_the_books(seed, trials, slots, chance, budgets, wishes):
    """Whatever is cancelled and wished again, whenever, the sweep ends with its books in order."""
    settings = Settings(retry=RetrySettings(budgets=budgets))
    sweep = simulate(seed, trials=trials, slots=slots, chance=chance, wishes=wishes, settings=settings)
    check_books(sweep, budgets)


@hypothesis_settings(deadline=None, max_examples=40)
@given(SEEDS, st.floats(50.0, 120.0), CHANCES)
def test_a_cancelled_sweep_launches_nothing_more(seed, when, chance):
    """After a cancel of everything no attempt is launched, and every trial comes to an end."""
    sweep = simulate(seed, chance=chance, limit=None, wishes=[(when, Wished("w", "cancel"))])
    cancel = next(i for i, record in enumerate(sweep.journal) if isinstance(record, Wished))
    assert [record for record in sweep.journal[cancel:] if isinstance(record, Launching)] == []
    check_books(sweep, {})


@pytest.mark.parametrize("way", WAYS)
def test_a_world_with_one_idea(way):
    """Where every attempt ends the same way, trials are tried as often as the budget says, and then end.

    The sweep pauses for what is the program's doing, for what is hopeless at once, and for what somebody
    does to every attempt, but not for what befalls them.
    """
    settings = Settings(results=ResultsSettings(required=True))
    sweep = simulate(1, trials=6, ways=[way], limit=40.0 if way == HANGS else None, settings=settings)
    causes = Counter(record.outcome.cause for record in sweep.journal if isinstance(record, Ended))
    (cause,) = causes
    assert causes[cause] == 6 * (1 + BUDGETS.get(cause, 0))
    assert {one.status for one in sweep.state.trials} == {
        Status.COMPLETED if cause is Cause.COMPLETED else Status.FAILED
    }
    pauses = [record.reason for record in sweep.journal if isinstance(record, Paused)]
    if cause is Cause.DELETED:
        # Four times pause_after in a row, and the few that were ending by then.
        assert causes[cause] // 24 <= len(pauses) <= causes[cause] // 20
        assert all("were ended from outside within an hour" in reason for reason in pauses)
    elif cause is Cause.IMAGE:
        # Two at a time, and two more while what the first two have left is waited for.
        assert 6 / 4 <= len(pauses) <= 6
        assert set(pauses) == {"in vain"}
    else:
        blamed = cause not in {Cause.COMPLETED, Cause.EVICTED, Cause.NODE_LOST, Cause.UNSCHEDULABLE}
        assert bool(pauses) == blamed


def test_a_quiet_world_needs_few_turns():
    """Without faults, a sweep takes one attempt a trial, and writes four records for each."""
    sweep = simulate(1, trials=20, slots=4, ways=["completes"], limit=None)
    kinds = Counter(type(record).__name__ for record in sweep.journal)
    assert kinds == {"Added": 20, "Launching": 20, "Launched": 20, "Ended": 20}
