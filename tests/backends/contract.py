"""What every backend must do, whatever it runs attempts on: subclass it and give it a `site`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from sweeper.backends.base import Backend, Order
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt, Phase, Sighting
from sweeper.store import attempts

Until = Callable[..., object]


class Site(Protocol):
    """A place with room for exactly two attempts at a time, and what a test needs to use it."""

    def open(self) -> Backend:
        """A new controller's backend on this site."""

    def order(self, program: str, trial: int = 0, number: int = 1) -> Order:
        """A prepared attempt whose command.sh is the shell text `program`."""


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


def finish(backend: Backend, attempt: Attempt, seconds: float = 20.0) -> Sighting:
    """What the backend shows once the attempt has ended; it is waited for as the engine does."""
    deadline = time.monotonic() + seconds
    while (sighting := see(backend, attempt)).phase is not Phase.ENDED:
        assert time.monotonic() < deadline, f"still {sighting.phase} after {seconds} s"
        backend.wait(0.5)
    return sighting


class BackendContract:
    """Every test takes the fixture `site`, which the subclass gives."""

    def test_an_attempt_runs_and_ends(self, site: Site) -> None:
        """An attempt runs its command once, and its end is seen with the identity it was launched with."""
        backend, order = site.open(), site.order('echo done >> "$CVSWEEP_OUT/../log"; exit 3')
        uid = backend.launch(order)
        sighting = finish(backend, order.attempt)
        record = attempts.read_exit(order.out)
        assert record is not None
        assert (sighting.attempt, sighting.uid, record.uid, owner(order)) == (order.attempt, uid, uid, uid)
        assert (record.code, record.terminated, sighting.cause) == (3, False, None)
        assert Path(order.out, "../log").read_text() == "done\n"

    def test_a_running_attempt_is_shown(self, site: Site, until: Until) -> None:
        """From the launch on the attempt is shown as live, since a time that does not move."""
        backend, order = site.open(), site.order(WAIT)
        before = time.monotonic()
        uid = backend.launch(order)
        assert see(backend, order.attempt).phase in (Phase.PENDING, Phase.RUNNING)
        until(lambda: is_ready(order))
        until(lambda: see(backend, order.attempt).phase is Phase.RUNNING)
        first, second = see(backend, order.attempt), see(backend, order.attempt)
        assert first == second
        assert first.uid == uid
        assert first.node
        assert before <= first.since <= time.monotonic()
        let_go(order)
        finish(backend, order.attempt)

    def test_room_is_taken_and_given_back(self, site: Site) -> None:
        """A launch takes one place, an end gives it back at once, even before the attempt is forgotten."""
        backend = site.open()
        view = backend.observe()
        assert (view.room, view.slots, dict(view.sightings)) == (2, 2, {})
        first, second = site.order(WAIT, trial=0), site.order(WAIT, trial=1)
        for order, left in ((first, 1), (second, 0)):
            assert backend.launch(order)
            assert backend.observe().room == left
        let_go(first)
        finish(backend, first.attempt)
        assert backend.observe().room == 1
        let_go(second)
        finish(backend, second.attempt)
        assert (backend.observe().room, backend.observe().slots) == (2, 2)

    def test_more_than_there_is_room_for_is_put_off(self, site: Site) -> None:
        """A launch without room says "not now" and leaves nothing behind; later it works."""
        backend = site.open()
        orders = [site.order(WAIT, trial=trial) for trial in range(3)]
        assert [backend.launch(order) is None for order in orders] == [False, False, True]
        assert set(backend.observe().sightings) == {orders[0].attempt, orders[1].attempt}
        assert owner(orders[2]) == ""
        let_go(orders[0])
        finish(backend, orders[0].attempt)
        assert backend.launch(orders[2]) is not None
        for order in orders[1:]:
            let_go(order)
            finish(backend, order.attempt)

    def test_an_end_stays_until_it_is_forgotten(self, site: Site) -> None:
        """An end is shown the same in every view, until it is removed; then it is shown no more."""
        backend, order = site.open(), site.order("exit 0")
        backend.launch(order)
        ended = finish(backend, order.attempt)
        backend.wait(0.0)
        assert see(backend, order.attempt) == ended
        backend.remove(order.attempt)
        assert order.attempt not in backend.observe().sightings

    def test_attempts_are_told_apart(self, site: Site, until: Until) -> None:
        """Two at once, of one trial or of two, have identities of their own and end by themselves."""
        backend = site.open()
        one, other = site.order(WAIT, trial=4, number=1), site.order(WAIT, trial=4, number=2)
        assert backend.launch(one) != backend.launch(other)
        until(lambda: is_ready(one) and is_ready(other))
        let_go(other)
        finish(backend, other.attempt)
        assert see(backend, one.attempt).phase is Phase.RUNNING
        let_go(one)
        finish(backend, one.attempt)

    def test_a_stopped_attempt_ends(self, site: Site, until: Until) -> None:
        """A stop is a TERM first: the program may save its work, and its record says so."""
        backend, order = site.open(), site.order(f"trap 'exit 7' TERM; {WAIT}")
        backend.launch(order)
        until(lambda: is_ready(order))
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
        finish(backend, order.attempt)
        record = attempts.read_exit(order.out)
        assert record is None or record.terminated

    def test_wait_keeps_to_its_time(self, site: Site, until: Until) -> None:
        """With nothing happening a wait ends when its time is over, and neither long before nor after."""
        backend, order = site.open(), site.order(WAIT)
        backend.launch(order)
        until(lambda: see(backend, order.attempt).phase is Phase.RUNNING)
        began = time.monotonic()
        backend.wait(0.2)
        assert 0.19 <= time.monotonic() - began < 2
        began = time.monotonic()
        backend.wait(0.0)
        assert time.monotonic() - began < 0.1
        let_go(order)
        finish(backend, order.attempt)

    def test_wait_returns_at_an_end(self, site: Site, until: Until) -> None:
        """A wait ends when an attempt ends, long before its time is over."""
        backend, order = site.open(), site.order(WAIT)
        backend.launch(order)
        until(lambda: is_ready(order) and see(backend, order.attempt).phase is Phase.RUNNING)
        let_go(order)
        began = time.monotonic()
        finish_within = 20.0
        while see(backend, order.attempt).phase is not Phase.ENDED:
            backend.wait(finish_within)
        assert time.monotonic() - began < finish_within / 2

    def test_closing_ends_nothing(self, site: Site, until: Until) -> None:
        """A controller that goes leaves its attempts running; the next one takes them over."""
        backend, order = site.open(), site.order(WAIT)
        uid = backend.launch(order)
        until(lambda: is_ready(order))
        backend.close()
        second = site.open()
        second.adopt(order, owner(order))
        sighting = see(second, order.attempt)
        assert (sighting.phase, sighting.uid) == (Phase.RUNNING, uid)
        assert second.observe().room == 1
        let_go(order)
        assert finish(second, order.attempt).uid == uid
        assert second.observe().room == 2
        record = attempts.read_exit(order.out)
        assert record is not None
        assert (record.code, record.uid) == (0, uid)

    def test_an_adopted_attempt_can_be_stopped(self, site: Site, until: Until) -> None:
        """What another controller started is ended like one's own."""
        backend, order = site.open(), site.order(f"trap 'exit 7' TERM; {WAIT}")
        backend.launch(order)
        until(lambda: is_ready(order))
        backend.close()
        second = site.open()
        second.adopt(order, owner(order))
        second.stop(order.attempt)
        finish(second, order.attempt)
        record = attempts.read_exit(order.out)
        assert record is not None
        assert (record.code, record.terminated) == (7, True)

    def test_what_ended_without_a_controller_is_seen(self, site: Site, until: Until) -> None:
        """An attempt that ended while nobody looked is shown as ended by the next controller."""
        backend, order = site.open(), site.order("exit 0")
        uid = backend.launch(order)
        until(lambda: attempts.read_exit(order.out))
        backend.close()
        second = site.open()
        second.adopt(order, owner(order))
        sighting = finish(second, order.attempt)
        assert (sighting.uid, sighting.cause) == (uid, None)

    def test_what_can_never_run_is_refused(self, site: Site, tmp_path: Path) -> None:
        """A program that is not there is a mistake in the configuration, found before anything starts."""
        backend = site.open()
        backend.check("sh", str(tmp_path))
        with pytest.raises(UsageError, match="no-such-program"):
            backend.check("no-such-program", str(tmp_path))
