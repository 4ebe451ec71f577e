"""Requests from one host to the controller on another: heard at its next look, and seen to be granted."""

from __future__ import annotations

import os

import pytest

from sweeper.core.model import Attempt, Status
from sweeper.store.folder import SweepWriter
from sweeper.store.requests import Request, new_request
from tests.sim.processes import Run
from tests.volume.conftest import Hosts, Shared
from tests.volume.pods import Pods, control


def test_a_request_is_seen_at_the_next_look(shared: Shared) -> None:
    """Each one, though the controller has looked before and found none; and only once it is whole."""
    with_looks = SweepWriter.take(shared.a)
    for number in range(5):
        assert len(with_looks.requests()) == number
        request = new_request("cancel", (number,))
        assert not os.path.exists(f"{shared.a.paths.requests}/{request.id}.json")
        shared.b.post(request)
        assert with_looks.requests()[number:] == [request]
    with_looks.release()


def test_a_granted_request_is_seen_to_be_granted(shared: Shared) -> None:
    """Whoever posted it and keeps looking for it sees it go."""
    writer = SweepWriter.take(shared.a)
    request = new_request("retry")
    shared.b.post(request)
    assert shared.b.is_pending(request)
    writer.remove_request(request.id)
    assert not shared.b.is_pending(request)
    writer.release()


@pytest.mark.parametrize("chosen", [(0, 3), None])
def test_a_cancel_from_another_host_cancels(hosts: Hosts, chosen: tuple[int, ...] | None) -> None:
    """The controller on a ends what runs and drops what waits, and b sees that its request was heard."""
    pods = Pods(hosts, lambda attempt: Run(seconds=50.0))
    posted: list[Request] = []

    def request(*_: object) -> None:
        if pods.launched and not posted:
            posted.append(new_request("cancel", chosen))
            pods.b.post(posted[0])
            assert pods.b.is_pending(posted[0])

    state = control(pods, pods.a, request)
    assert not pods.b.is_pending(posted[0])
    cancelled = [one.trial.index for one in state.trials if one.status is Status.CANCELLED]
    assert cancelled == list(chosen or range(4))
    assert pods.launched == [
        Attempt(index, 1) for index in range(4) if index in (0, 1) or index not in cancelled
    ]
