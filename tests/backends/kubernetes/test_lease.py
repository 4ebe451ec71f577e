"""The lease that says on the cluster who controls a sweep."""

from __future__ import annotations

import datetime

import pytest

from sweeper.backends.kubernetes import lease as leases
from sweeper.backends.kubernetes.lease import Lease
from sweeper.backends.kubernetes.server.api import ApiError
from sweeper.core.errors import SweepHeldError
from tests.backends.kubernetes.scripted import status

LEASES = "/apis/coordination.k8s.io/v1/namespaces/lab/leases"
MINE = f"{LEASES}/cvsweep-abcd"


def held(by: str, ago: float = 1.0, version: str = "7"):
    stamp = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago)
    renewed = stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "metadata": {"name": "cvsweep-abcd", "uid": "u", "resourceVersion": version},
        "spec": {"holderIdentity": by, "leaseDurationSeconds": 60, "renewTime": renewed},
    }


def lease(server, tmp_path, holder: str = "ada@here:1") -> Lease:
    return Lease(server.api(tmp_path), "abcd", holder, {"cvsweep/sweep": "abcd"})


def test_a_free_sweep_is_taken(server, tmp_path):
    """Where there is no lease one is made, with our name and labels, and given back in the end."""
    server.script("POST", LEASES, held("ada@here:1"))
    server.script("DELETE", MINE, {})
    mine = lease(server, tmp_path)
    assert mine.take() == ""
    body = server.asked[1].body
    assert body["spec"]["holderIdentity"] == "ada@here:1"
    assert body["metadata"]["labels"] == {"cvsweep/sweep": "abcd"}
    mine.release()
    assert server.asked[-1].body["preconditions"] == {"uid": "u"}


def test_a_held_sweep_is_left_alone(server, tmp_path):
    """While another machine renews it, the lease says who holds the sweep."""
    server.script("GET", MINE, held("bob@there:9"))
    with pytest.raises(SweepHeldError, match="bob@there:9"):
        lease(server, tmp_path).take()
    assert server.count("PUT") == 0


@pytest.mark.parametrize(("holder", "ago"), [("bob@there:9", 61.0), ("ada@here:44", 1.0), ("", 1.0)])
def test_what_nobody_holds_is_taken_with_its_version(server, tmp_path, holder, ago):
    """An expired lease, one of a dead controller on this very machine and a free one are taken over."""
    server.script("GET", MINE, held(holder, ago))
    server.script("PUT", MINE, held("ada@here:1"))
    mine = lease(server, tmp_path)
    assert mine.take() == ""
    put = next(one for one in server.asked if one.method == "PUT")
    assert put.body["metadata"]["resourceVersion"] == "7"
    mine.release()


def test_somebody_was_faster(server, tmp_path):
    """Two take an expired lease: the server's version check lets one of them through."""
    server.script("GET", MINE, held("bob@there:9", 99.0))
    server.script("PUT", MINE, status(409, "Conflict", "the object has been modified"))
    with pytest.raises(ApiError, match="modified"):
        lease(server, tmp_path).take()


@pytest.mark.parametrize("code", [403, 404])
def test_without_the_right_the_sweep_goes_on(server, tmp_path, code):
    """A member who may not use leases is told what that costs."""
    server.script(
        "GET", MINE, status(code, "", "leases are forbidden") if code == 403 else status(404, "", "")
    )
    server.script("POST", LEASES, status(code, "", "leases are forbidden"))
    assert "no second controller" in lease(server, tmp_path).take()


def test_a_lost_lease_is_noticed(server, tmp_path, monkeypatch):
    """Whoever slept past its lease finds another's name in it."""
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.02)
    server.script("POST", LEASES, held("ada@here:1"))
    mine = lease(server, tmp_path)
    server.script("GET", MINE, status(404, "NotFound", "none"), held("ada@here:1"), held("bob@there:9"))
    server.script("PUT", MINE, held("ada@here:1"))
    mine.take()
    mine._thread.join(20)
    assert "bob@there:9" in mine.lost
    mine.release()
    assert server.count("DELETE") == 0


def test_looking_takes_nothing(server, tmp_path):
    """Before anything is fenced the lease is only looked at; what cannot be read stops nobody."""
    mine = lease(server, tmp_path)
    mine.check()
    server.script("GET", MINE, held("bob@there:9"))
    with pytest.raises(SweepHeldError, match="bob@there:9"):
        mine.check()
    assert (server.count("PUT"), server.count("POST")) == (0, 0)


def test_force_takes_what_another_holds(server, tmp_path):
    """A person who says that the other controller hangs gets the lease."""
    server.script("GET", MINE, held("bob@there:9"))
    server.script("PUT", MINE, held("ada@here:1"))
    mine = lease(server, tmp_path)
    assert mine.take(by_force=True) == ""
    mine.release()


def test_a_controller_that_hangs_loses_its_lease(server, tmp_path, monkeypatch):
    """Only an engine that turns is worth a renewal."""
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.02)
    monkeypatch.setattr(leases, "LASTS", -1)
    server.script("POST", LEASES, held("ada@here:1"))
    mine = lease(server, tmp_path)
    mine.take()
    server.script("GET", MINE, held("ada@here:1"))
    mine._closing.wait(0.2)
    assert server.count("PUT") == 0
    monkeypatch.setattr(leases, "LASTS", 60)
    mine.release()
