"""How many creates may be under way, and the rest after a refusal."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from sweeper.clusters.kubernetes.create import Created, Full, Refused, Result
from sweeper.clusters.kubernetes.lane import (
    ALONE,
    FORGIVEN,
    GIVEN_BACK,
    REST,
    Lane,
)
from sweeper.core.model import Attempt

ONE, TWO = Attempt(0, 1), Attempt(1, 1)


class Making:
    """A creation that waits until it is let go, or the test is over."""

    made: ClassVar[list[Making]] = []

    def __init__(self, result: Result | BaseException) -> None:
        self.give_up, self.leave, self.go = threading.Event(), threading.Event(), threading.Event()
        self.result, self.has_trouble = result, False
        self.made.append(self)

    def run(self) -> Result:
        self.go.wait()
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


class Answers(queue.Queue[tuple[Attempt, Result]]):
    def __call__(self, attempt: Attempt, result: Result) -> None:
        self.put((attempt, result))


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def lane(answers: Answers) -> Iterator[Lane]:
    lane = Lane(answers)
    yield lane
    lane.close()
    while Making.made:
        Making.made.pop().go.set()


def test_one_request_at_a_time_in_company(lane):
    """Until an answer has been taken in, the next request is not ready to go."""
    assert lane.is_ready(0.0, alone=False)
    lane.send(ONE, Making(Created({})))
    assert not lane.is_ready(0.0, alone=False)
    lane.granted(ONE)
    assert lane.is_ready(0.0, alone=False)


def test_several_requests_alone(lane):
    """Where nobody else could be faster, several may be under way, up to a bound."""
    for trial in range(ALONE):
        assert lane.is_ready(0.0, alone=True)
        lane.send(Attempt(trial, 1), Making(Created({})))
    assert not lane.is_ready(0.0, alone=True)
    lane.refused(Attempt(3, 1))
    assert lane.is_ready(0.0, alone=True)
    assert Attempt(3, 1) not in lane.asking


def test_one_request_at_a_time_in_trouble(lane):
    """A server that cannot do what it was asked for is asked for nothing more until it can."""
    making = Making(Created({}))
    lane.send(ONE, making)
    making.has_trouble = True
    assert not lane.is_ready(0.0, alone=True)
    lane.granted(ONE)
    assert lane.is_ready(0.0, alone=True)


def test_after_a_refusal_one_request_probes(lane):
    """Until a pod has been created, each rest is followed by a single request, though we seem to be alone."""
    for _ in range(3):
        full(lane, 0.0)
        lane.send(ONE, Making(Full("no")))
        assert not lane.is_ready(1e9, alone=True)
        lane.full(ONE, 0.0)
    lane.send(ONE, Making(Created({})))
    lane.granted(ONE)
    lane.send(ONE, Making(Created({})))
    assert lane.is_ready(1e9, alone=True)


def test_every_answer_is_heard(lane, answers):
    """In the order in which they come."""
    first, second = Making(Created({})), Making(Full("no"))
    lane.send(ONE, first)
    lane.send(TWO, second)
    second.go.set()
    assert answers.get(timeout=20) == (TWO, Full("no"))
    first.go.set()
    assert answers.get(timeout=20) == (ONE, Created({}))


def full(lane: Lane, now: float) -> float:
    """One more request that is refused for want of room."""
    lane.send(ONE, Making(Full("no")))
    return lane.full(ONE, now)


def test_rests_grow_and_end_with_a_success(lane):
    """Every refusal in a row doubles the rest, up to a bound; one success begins anew."""
    assert [full(lane, 0.0) for _ in range(3)] == [REST.first, 2 * REST.first, 4 * REST.first]
    assert not lane.is_ready(4 * REST.first - 0.01, alone=True)
    assert lane.is_ready(4 * REST.first, alone=False)
    assert [full(lane, 0.0) for _ in range(2000)][-1] == REST.most
    lane.send(ONE, Making(Created({})))
    lane.granted(ONE)
    assert full(lane, 0.0) == REST.first


def test_requests_that_were_under_way_together_are_refused_once(lane):
    """What was sent before the first refusal was heard of makes the rest no longer."""
    for trial in range(3):
        lane.send(Attempt(trial, 1), Making(Full("no")))
    assert lane.full(Attempt(0, 1), 0.0) == REST.first
    assert lane.full(Attempt(1, 1), REST.first / 2) == REST.first / 2
    assert lane.full(Attempt(2, 1), 20.0) == 0.0
    assert full(lane, 20.0) == pytest.approx(2 * REST.first)


def test_what_waits_is_dropped_at_once(lane):
    """An attempt for which nothing was sent yet is simply gone."""
    lane.waiting.extend([ONE, TWO])
    assert lane.give_up(ONE)
    assert list(lane.waiting) == [TWO]


def test_what_is_under_way_is_told_to_give_up(lane, answers):
    """An attempt that is being asked for learns that it is not wanted, and its answer still comes."""
    making = Making(Refused("not needed"))
    lane.send(ONE, making)
    assert not lane.give_up(ONE)
    assert making.give_up.is_set()
    making.go.set()
    assert answers.get(timeout=20) == (ONE, Refused("not needed"))


def test_another_attempt_is_left_alone(lane, answers):
    """Giving up one attempt does nothing to the one that is being asked for."""
    making = Making(Created({}))
    lane.send(ONE, making)
    assert not lane.give_up(TWO)
    assert not making.give_up.is_set()
    making.go.set()
    answers.get(timeout=20)


def test_an_error_of_ours_is_heard(lane, answers):
    """Whatever goes wrong in the thread comes back as an answer, never as silence."""
    making = Making(ValueError("a mistake"))
    lane.send(ONE, making)
    making.go.set()
    attempt, result = answers.get(timeout=20)
    assert attempt == ONE
    assert result == Refused("creating a pod failed: ValueError: a mistake", for_good=True)


def test_closing_waits_for_nothing(lane, answers):
    """A controller that leaves tells the request under way, and does not wait for it."""
    making = Making(Refused("left"))
    lane.send(ONE, making)
    lane.close()
    assert making.leave.is_set()
    assert making.give_up.is_set()
    making.go.set()
    assert answers.get(timeout=20)[0] == ONE


def test_after_giving_back_others_go_first_for_a_while(lane):
    """Longer each time, but only if it happens again soon."""
    rests = []
    for at in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0):
        lane.gave_back(at)
        rests.append(lane.ready_at - at)
    assert rests == [GIVEN_BACK.first * 2.0**n for n in range(5)] + [GIVEN_BACK.most]
    assert not lane.is_ready(5.0, alone=True)
    lane.gave_back(5.0 + FORGIVEN)
    assert lane.ready_at == 5.0 + FORGIVEN + GIVEN_BACK.first


def test_giving_back_never_shortens_another_rest(lane):
    """A refusal's rest stays."""
    for at in range(12):
        lane.send(ONE, Making(Full("no")))
        rest = lane.full(ONE, float(at))
    lane.gave_back(11.0)
    assert lane.ready_at == 11.0 + rest
