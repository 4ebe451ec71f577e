"""What every backend must do, whatever it runs attempts on: subclass it and give it a `site`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from omegaconf import OmegaConf

from sweeper.clusters import Cluster, registry
from sweeper.clusters.base import Adjustable, Backend, NoCapacity, Order, Requested, Started, SweepContext
from sweeper.compose.schemas import cluster_schema
from sweeper.core.cluster import ClusterSettings
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from sweeper.core.presence import NOBODY
from sweeper.core.settings import Settings
from sweeper.store import attempts


class Site(Protocol):
    """A place with capacity for exactly two attempts at a time, and what a test needs to use it."""

    def open(self) -> Backend:
        """A new controller's backend on this site."""

    def order(self, program: str, trial: int = 0, number: int = 1) -> Order:
        """A prepared attempt whose command.sh is the shell text `program`."""

    def with_one_at_a_time(self) -> Settings | None:
        """Settings under which there is capacity for one attempt; None: the limit never changes."""


WAIT = 'touch "$CVSWEEP_OUT/ready"; until [ -e "$CVSWEEP_OUT/go" ]; do sleep 0.01; done'


def is_ready(order: Order) -> bool:
    return Path(order.out, "ready").exists()


def let_go(order: Order) -> None:
    Path(order.out, "go").touch()


def owner(order: Order) -> str:
    """The claim in an attempt's folder; empty while there is none."""
    path = Path(order.out, "owner")
    return path.read_text().strip() if path.exists() else ""


def see(backend: Backend, attempt: Attempt) -> Sighting:
    return backend.observe().sightings[attempt]


def finish(backend: Backend, attempt: Attempt, seconds: float = 120.0) -> Sighting:
    """What the backend shows once the attempt has ended; it is waited for as the engine does."""
    deadline = time.monotonic() + seconds
    while (sighting := see(backend, attempt)).phase is not Phase.ENDED:
        assert time.monotonic() < deadline, f"still {sighting.phase} after {seconds} s"
        backend.wait(0.5)
    return sighting


def wait_for(backend: Backend, condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Let the backend work until something comes true; it is waited for as the engine does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        backend.wait(0.01)
        backend.observe()


class BackendContract:
    """Every test takes the fixture `site`, which the subclass gives.

    `at_once`: a launch is answered as it is made. Else it is only asked for, what becomes of it is
    seen later, and one for which there is no capacity waits for it in the backend. `failure` is what
    the backend itself says of an attempt whose program failed, `soon` how many seconds an end may
    take until it is seen.
    """

    at_once = True
    failure: Cause | None = None
    soon = 10.0

    def start(self, backend: Backend, order: Order) -> str:
        """Launch an attempt for which there is capacity; its identity."""
        result = backend.launch(order)
        assert isinstance(result, Started if self.at_once else Requested)
        wait_for(backend, lambda: see(backend, order.attempt).uid)
        seen = see(backend, order.attempt).uid
        assert result in (Started(seen), Requested())
        return seen

    def start_all(self, backend: Backend, *orders: Order) -> list[str]:
        """Launch several that run WAIT, and see them all run."""
        uids = [self.start(backend, order) for order in orders]
        wait_for(backend, lambda: all(map(is_ready, orders)))
        for order in orders:
            wait_for(backend, lambda one=order: see(backend, one.attempt).phase is Phase.RUNNING)
        return uids

    def settle(self, backend: Backend) -> None:
        """Nothing is about to happen in the backend any more."""
        backend.observe()

    def test_an_attempt_runs_and_ends(self, site: Site) -> None:
        """An attempt runs its command once, and its end is seen with the identity it was launched with."""
        backend, order = site.open(), site.order('echo done >> "$CVSWEEP_OUT/../log"; exit 3')
        uid = self.start(backend, order)
        sighting = finish(backend, order.attempt)
        record = attempts.read_exit(order.out)
        assert record is not None
        assert (sighting.attempt, sighting.uid, record.uid, owner(order)) == (order.attempt, uid, uid, uid)
        assert (record.code, record.terminated, sighting.cause) == (3, False, self.failure)
        assert Path(order.out, "../log").read_text() == "done\n"

    def test_a_running_attempt_is_shown(self, site: Site) -> None:
        """From the launch on the attempt is shown as live, since a time that does not move."""
        backend, order = site.open(), site.order(WAIT)
        backend.observe()
        before = time.monotonic()
        result = backend.launch(order)
        assert see(backend, order.attempt).phase in (Phase.PENDING, Phase.RUNNING)
        wait_for(backend, lambda: is_ready(order))
        wait_for(backend, lambda: see(backend, order.attempt).phase is Phase.RUNNING)
        first, second = see(backend, order.attempt), see(backend, order.attempt)
        assert first == second
        assert first.uid == owner(order)
        assert result in (Started(first.uid), Requested())
        assert first.node
        assert before <= first.since <= time.monotonic()
        let_go(order)
        finish(backend, order.attempt)

    def test_capacity_is_taken_and_given_back(self, site: Site) -> None:
        """A launch takes one place, an end gives it back, even before the attempt is forgotten."""
        backend = site.open()
        view = backend.observe()
        assert (view.capacity, view.slots, dict(view.sightings)) == (2, 2, {})
        first, second = site.order(WAIT, trial=0), site.order(WAIT, trial=1)
        for order, left in ((first, 1), (second, 0)):
            assert backend.launch(order) != NoCapacity()
            assert backend.observe().capacity == left
        let_go(first)
        finish(backend, first.attempt)
        self._has_capacity(backend, 1)
        let_go(second)
        finish(backend, second.attempt)
        self._has_capacity(backend, 2)
        assert backend.observe().slots == 2

    def _has_capacity(self, backend: Backend, capacity: int) -> None:
        """At once, or as soon as a quota shows it: a quota controller that has much to do may be late."""
        if not self.at_once:
            wait_for(backend, lambda: backend.observe().capacity == capacity)
        assert backend.observe().capacity == capacity

    def test_more_than_there_is_capacity_for_is_put_off(self, site: Site) -> None:
        """A launch without capacity starts nothing, and takes none of the capacity; later it works."""
        backend = site.open()
        orders = [site.order(WAIT, trial=trial) for trial in range(3)]
        self.start_all(backend, *orders[:2])
        third = backend.launch(orders[2])
        view = backend.observe()
        assert (view.capacity, view.slots) == (0, 2)
        waiting = view.sightings.get(orders[2].attempt)
        if self.at_once:
            assert (third, waiting) == (NoCapacity(), None)
        else:
            assert third == Requested()
            assert waiting is not None
            assert (waiting.phase, waiting.uid) == (Phase.PENDING, "")
        self.settle(backend)
        assert owner(orders[2]) == ""
        let_go(orders[0])
        finish(backend, orders[0].attempt)
        if self.at_once:
            assert isinstance(backend.launch(orders[2]), Started)
        wait_for(backend, lambda: is_ready(orders[2]))
        for order in orders[1:]:
            let_go(order)
            finish(backend, order.attempt)

    def test_a_limit_that_changes_holds_from_the_next_look_on(self, site: Site) -> None:
        """What runs goes on, and nothing begins until there is capacity again. Or no limit ever changes."""
        backend, limit = site.open(), site.with_one_at_a_time()
        assert isinstance(backend, Adjustable) == (limit is not None)
        if limit is None or not isinstance(backend, Adjustable):
            return
        first, second = site.order(WAIT, trial=0), site.order(WAIT, trial=1)
        self.start_all(backend, first, second)
        backend.adjust(limit)
        assert backend.observe().capacity == 0
        let_go(first)
        finish(backend, first.attempt)
        assert (backend.observe().capacity, backend.observe().slots) == (0, 1)
        assert see(backend, second.attempt).phase is Phase.RUNNING
        let_go(second)
        finish(backend, second.attempt)
        assert backend.observe().capacity == 1

    def test_an_end_stays_until_it_is_forgotten(self, site: Site) -> None:
        """An end is shown the same in every view, until it is removed; then it is shown no more."""
        backend, order = site.open(), site.order("exit 0")
        self.start(backend, order)
        ended = finish(backend, order.attempt)
        backend.wait(0.0)
        assert see(backend, order.attempt) == ended
        backend.remove(order.attempt)
        assert order.attempt not in backend.observe().sightings

    def test_attempts_are_distinguished(self, site: Site) -> None:
        """Two at once, of one trial or of two, have identities of their own and end by themselves."""
        backend = site.open()
        one, other = site.order(WAIT, trial=4, number=1), site.order(WAIT, trial=4, number=2)
        first, second = self.start_all(backend, one, other)
        assert first != second
        let_go(other)
        finish(backend, other.attempt)
        assert see(backend, one.attempt).phase is Phase.RUNNING
        let_go(one)
        finish(backend, one.attempt)

    def test_a_stopped_attempt_ends(self, site: Site) -> None:
        """A stop is a TERM first: the program may save its work, and its record says so."""
        backend, order = site.open(), site.order(f"trap 'exit 7' TERM; {WAIT}")
        self.start_all(backend, order)
        backend.stop(order.attempt)
        backend.stop(order.attempt)
        finish(backend, order.attempt)
        record = attempts.read_exit(order.out)
        assert record is not None
        assert (record.code, record.terminated) == (7, True)

    def test_a_stop_at_once_ends_it_too(self, site: Site) -> None:
        """An attempt that is stopped as soon as it is launched ends, whether its program began or not."""
        backend, order = site.open(), site.order("exec sleep 100")
        backend.launch(order)
        backend.stop(order.attempt)
        over = {Phase.ENDED} if self.at_once else {Phase.ENDED, Phase.REFUSED}
        wait_for(backend, lambda: see(backend, order.attempt).phase in over)
        self.settle(backend)
        assert see(backend, order.attempt).phase in over
        record = attempts.read_exit(order.out)
        assert record is None or record.terminated

    def test_wait_keeps_to_its_time(self, site: Site) -> None:
        """With nothing happening a wait ends when its time is over, and not before."""
        backend, order = site.open(), site.order(WAIT)
        self.start_all(backend, order)
        self.settle(backend)
        began = time.monotonic()
        backend.wait(0.2)
        assert time.monotonic() - began >= 0.19
        backend.wait(0.0)
        let_go(order)
        finish(backend, order.attempt)

    def test_wait_returns_at_an_end(self, site: Site) -> None:
        """A wait ends when an attempt ends, long before its time is over."""
        backend, order = site.open(), site.order(WAIT)
        self.start_all(backend, order)
        let_go(order)
        began = time.monotonic()
        while see(backend, order.attempt).phase is not Phase.ENDED:
            backend.wait(2 * self.soon)
        assert time.monotonic() - began < self.soon

    def test_closing_ends_nothing(self, site: Site) -> None:
        """A controller that goes leaves its attempts running; the next one takes them over."""
        backend, order = site.open(), site.order(WAIT)
        (uid,) = self.start_all(backend, order)
        backend.close()
        second = site.open()
        second.adopt(order, owner(order))
        sighting = see(second, order.attempt)
        assert (sighting.phase, sighting.uid) == (Phase.RUNNING, uid)
        assert second.observe().capacity == 1
        let_go(order)
        assert finish(second, order.attempt).uid == uid
        assert second.observe().capacity == 2
        record = attempts.read_exit(order.out)
        assert record is not None
        assert (record.code, record.uid) == (0, uid)

    def test_what_was_never_launched_is_not_found(self, site: Site) -> None:
        """What no controller has asked for is known to no backend."""
        assert site.open().find(site.order("exit 0")) is None

    def test_what_was_asked_for_is_found(self, site: Site) -> None:
        """The next controller learns from the backend who runs an attempt."""
        backend, order = site.open(), site.order(WAIT)
        (uid,) = self.start_all(backend, order)
        backend.close()
        second = site.open()
        found = second.find(order)
        assert found == uid
        assert owner(order) == uid
        second.adopt(order, found)
        let_go(order)
        assert finish(second, order.attempt).uid == uid

    def test_an_adopted_attempt_can_be_stopped(self, site: Site) -> None:
        """What another controller started is ended like one's own."""
        backend, order = site.open(), site.order(f"trap 'exit 7' TERM; {WAIT}")
        self.start_all(backend, order)
        backend.close()
        second = site.open()
        second.adopt(order, owner(order))
        second.stop(order.attempt)
        finish(second, order.attempt)
        record = attempts.read_exit(order.out)
        assert record is not None
        assert (record.code, record.terminated) == (7, True)

    def test_what_ended_without_a_controller_is_seen(self, site: Site) -> None:
        """An attempt that ended while nobody looked is shown as ended by the next controller."""
        backend, order = site.open(), site.order("exit 0")
        uid = self.start(backend, order)
        wait_for(backend, lambda: attempts.read_exit(order.out))
        backend.close()
        second = site.open()
        second.adopt(order, owner(order))
        sighting = finish(second, order.attempt)
        assert (sighting.uid, sighting.cause) == (uid, None)


class ClusterContract:
    """Every test takes the fixtures `cluster`, whose settings work, and `sweep`, whose folder is there."""

    def test_it_is_found_by_its_name(self, cluster: Cluster[Any]) -> None:
        """The name is also what its settings say."""
        assert registry.find(cluster.name) is type(cluster)
        assert cluster.name in registry.names()
        assert cluster.plain().backend == cluster.settings.backend == cluster.name

    def test_its_settings_survive_sweep_json(self, cluster: Cluster[Any]) -> None:
        """But for what is so on this machine alone. What a later version has written beside is left out."""
        plain = cluster.plain()
        assert registry.of(plain).settings == cluster.settings
        written = json.loads(json.dumps(plain.to_json() | {"of_a_later_version": 1}))
        assert registry.of(ClusterSettings.from_json(written)).plain() == replace(plain, machine={})

    def test_hydra_knows_every_setting(self, cluster: Cluster[Any]) -> None:
        """What a file in configs/cluster starts from has the keys and the defaults of the class."""
        schema = OmegaConf.to_container(cluster_schema(cluster.settings_class))
        assert schema == asdict(cluster.settings_class())
        assert list(schema) == cluster.keys()

    def test_a_key_that_is_no_setting_is_refused(self, cluster: Cluster[Any]) -> None:
        with pytest.raises(UsageError, match=r"cluster\.no_such_key: there is no such setting"):
            registry.read({"backend": cluster.name, "no_such_key": 1}, Path())

    def test_resolving_twice_changes_nothing_more(self, cluster: Cluster[Any]) -> None:
        """Who takes the sweep up again resolves what the first run has stored."""
        full = cluster.resolve()
        assert full.resolve().settings == full.settings
        assert type(full) is type(cluster)
        assert full.is_elsewhere(cluster) == ""

    def test_paths_keep_their_shape_inside(self, cluster: Cluster[Any], sweep: SweepContext) -> None:
        """What lies below a folder here lies below it as attempts see it."""
        folder = cluster.path_inside(sweep.folder)
        assert os.path.isabs(folder)
        assert cluster.path_inside(f"{sweep.folder}/trials/x") == f"{folder}/trials/x"

    def test_people_are_told_where_trials_run(self, cluster: Cluster[Any], sweep: SweepContext) -> None:
        """Looking at it before a run says at least one thing, each with a name."""
        assert cluster.describe()
        assert all(check.name and check.message for check in cluster.resolve().checks(sweep))

    def test_its_clock_only_runs_forward(self, cluster: Cluster[Any]) -> None:
        clock = cluster.clock()
        assert clock.monotonic() <= clock.monotonic()
        assert abs(clock.wall() - time.time()) < 10

    def test_a_sweep_is_claimed_and_let_go(self, cluster: Cluster[Any], sweep: SweepContext) -> None:
        """Claiming twice is harmless; before and afterwards the cluster names nobody."""
        full = cluster.resolve()
        assert full.holder(sweep) == NOBODY
        backend = full.open(sweep)
        backend.claim()
        backend.claim()
        backend.open()
        assert dict(backend.observe().sightings) == {}
        backend.close()
        assert full.holder(sweep) == NOBODY

    def test_another_members_sweep_is_read_with_the_same_kind(self, cluster: Cluster[Any]) -> None:
        assert type(cluster.for_reader()) is type(cluster)
