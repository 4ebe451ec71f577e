"""The lease that says on the cluster who controls a sweep."""

from __future__ import annotations

import datetime
import math

import pytest

from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes import lease as leases
from sweeper.clusters.kubernetes.holder import LeaseHolder
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.server.api import ApiError
from sweeper.core.errors import CopiedSweepError, SweepHeldError
from sweeper.core.presence import NOBODY
from tests.clusters.kubernetes.scripted import status

LEASES = "/apis/coordination.k8s.io/v1/namespaces/lab/leases"
MINE = f"{LEASES}/cvsweep-abcd"


def held(by: str, ago: float = 1.0, version: str = "7", process: str = "", folder: str = "", inode: str = ""):
    stamp = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago)
    renewed = stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "metadata": {
            "name": "cvsweep-abcd",
            "uid": "u",
            "resourceVersion": version,
            "annotations": {
                "cvsweep/process": process,
                "cvsweep/folder": folder,
                "cvsweep/folder-inode": inode,
            },
        },
        "spec": {"holderIdentity": by, "leaseDurationSeconds": 60, "renewTime": renewed},
    }


def lease(server, tmp_path) -> Lease:
    mine = LeaseHolder("ada@here:1", "boot ns 1 10", "/data/sweeps/x", "5")
    return Lease(server.api(tmp_path), "abcd", mine, {"cvsweep/sweep": "abcd"}, lambda name: name == "dead")


def test_a_free_sweep_is_taken(server, tmp_path):
    """Where there is no lease one is made, with our name and labels, and given back in the end."""
    server.script("POST", LEASES, held("ada@here:1"))
    server.script("DELETE", MINE, {})
    mine = lease(server, tmp_path)
    mine.take()
    assert mine.remark == ""
    body = server.asked[1].body
    assert body["spec"]["holderIdentity"] == "ada@here:1"
    assert body["metadata"]["labels"] == {"cvsweep/sweep": "abcd"}
    assert set(body["metadata"]["annotations"].values()) == {"boot ns 1 10", "/data/sweeps/x", "5"}
    server.script("GET", MINE, held("ada@here:1", version="9"))
    mine.release()
    assert server.asked[-1].body["preconditions"] == {"uid": "u", "resourceVersion": "9"}


@pytest.mark.parametrize("process", ["", "boot ns 2 20"])
def test_who_leaves_does_not_take_the_lease_from_whoever_took_it_over(server, tmp_path, process):
    """Even from one of the same name, as two containers may have it: the lease is not deleted."""
    server.script("POST", LEASES, held("ada@here:1"))
    mine = lease(server, tmp_path)
    mine.take()
    server.script("GET", MINE, held("ada@here:1" if process else "bob@there:9", process=process))
    mine.release()
    assert server.count("DELETE") == 0


def test_a_lease_that_was_deleted_by_hand_is_made_again(server, tmp_path, monkeypatch, until):
    """Else the next controller would not see that one lives."""
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.02)
    server.script("POST", LEASES, held("ada@here:1"))
    mine = lease(server, tmp_path)
    mine.take()
    until(lambda: server.count("POST") > 1, 10)
    assert (mine.lost, server.count("PUT")) == ("", 0)
    mine.release()


def test_a_held_sweep_is_left_alone(server, tmp_path):
    """While another machine renews it, the lease says who holds the sweep."""
    server.script("GET", MINE, held("bob@there:9"))
    with pytest.raises(SweepHeldError, match="bob@there:9"):
        lease(server, tmp_path).take()
    assert server.count("PUT") == 0


@pytest.mark.parametrize(
    ("holder", "ago", "process"),
    [("bob@there:9", 61.0, "x"), ("ada@here:44", 1.0, "dead"), ("ada@here:1", 1.0, ""), ("", 1.0, "")],
)
def test_what_nobody_holds_is_taken_with_its_version(server, tmp_path, holder, ago, process):
    """An expired lease, one of a dead controller on this very machine, our own and a free one are taken."""
    server.script("GET", MINE, held(holder, ago, process=process))
    server.script("PUT", MINE, held("ada@here:1"))
    mine = lease(server, tmp_path)
    mine.take()
    assert mine.remark == ""
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
    mine = lease(server, tmp_path)
    mine.take()
    assert mine.remark.startswith("start no second controller for this sweep: no lease guards it")
    mine.release()
    assert server.count("DELETE") == 0


@pytest.mark.parametrize("there", [None, held("bob@there:9", 99.0)])
def test_a_denial_at_the_opening_is_not_the_last_word(server, tmp_path, monkeypatch, until, there):
    """A server that has just started denies everything. The lease is taken as soon as it may be."""
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.02)
    denied = status(403, "Forbidden", "leases are forbidden")
    server.script("GET", MINE, denied, denied, there or status(404, "NotFound", "none"), held("ada@here:1"))
    for method, path in (("POST", LEASES), ("PUT", MINE)):
        server.script(method, path, held("ada@here:1"))
    server.script("DELETE", MINE, {})
    mine = lease(server, tmp_path)
    mine.take()
    assert "no lease guards" in mine.remark
    until(lambda: not mine.remark and server.count("PUT") > 1, 10)
    assert (mine.lost, server.count("POST")) == ("", 0 if there else 1)
    mine.release()
    assert server.count("DELETE") == 1


def test_what_another_has_meanwhile_is_not_taken_late(server, tmp_path, monkeypatch, until):
    """Whose the sweep is, the terms decide: nobody stops for the lease's sake."""
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.02)
    server.script("GET", MINE, status(403, "Forbidden", "leases are forbidden"), held("bob@there:9"))
    mine = lease(server, tmp_path)
    mine.take()
    until(lambda: server.count("GET") > 3, 10)
    mine.release()
    assert (mine.lost, server.count("PUT"), server.count("DELETE")) == ("", 0, 0)


def test_an_error_that_nobody_foresaw_does_not_end_the_renewals(server, tmp_path, monkeypatch, until):
    """Else the lease would end within a minute, beside a controller that lives."""
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.02)
    server.script("POST", LEASES, held("ada@here:1"))
    mine = lease(server, tmp_path)
    mine.take()
    whole, faults = mine._api.get, [KeyError("metadata")]

    def falter(path):
        if faults:
            raise faults.pop()
        return whole(path)

    monkeypatch.setattr(mine._api, "get", falter)
    server.script("GET", MINE, held("ada@here:1"))
    server.script("PUT", MINE, held("ada@here:1"))
    until(lambda: server.count("PUT") > 0, 10)
    assert not faults
    mine.release()


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


def test_after_a_sleep_it_is_asked_for_at_once(server, tmp_path, until):
    """Long before the next renewal; and it is not known to be ours before it was written again."""
    server.script("GET", MINE, status(404, "NotFound", "none"), held("ada@here:1"))
    server.script("POST", LEASES, held("ada@here:1"))
    server.script("PUT", MINE, held("ada@here:1"))
    mine = lease(server, tmp_path)
    assert mine.renewed_at == math.inf
    mine.take()
    woke = boottime()
    assert mine.renewed_at < woke
    mine.confirm(woke)
    until(lambda: mine.renewed_at >= woke, 10)
    assert server.count("PUT") == 1
    mine.release()


def test_after_a_sleep_it_is_asked_for_again_until_there_is_an_answer(server, tmp_path, monkeypatch):
    """Its network comes back later than the machine. What another has taken meanwhile is lost."""
    monkeypatch.setattr(leases, "_RETRY_EVERY", 0.02)
    conflict = status(409, "Conflict", "the object has been modified")
    away, theirs = status(503, "ServiceUnavailable", "not now"), held("bob@there:9", version="8")
    server.script("GET", MINE, status(404, "NotFound", "none"), away, held("ada@here:1"), theirs)
    server.script("POST", LEASES, held("ada@here:1"))
    server.script("PUT", MINE, conflict)
    mine = lease(server, tmp_path)
    mine.take()
    woke = boottime()
    mine.confirm(woke)
    mine._thread.join(10)
    assert "bob@there:9" in mine.lost
    assert mine.renewed_at < woke
    mine.release()


def test_looking_takes_nothing(server, tmp_path):
    """Before anything is fenced the lease is only looked at; what cannot be read stops nobody."""
    mine = lease(server, tmp_path)
    assert mine.look() == NOBODY
    server.script("GET", MINE, held("bob@there:9", version="8"))
    found = mine.look()
    assert (found.who, found.version, found.folder) == ("bob@there:9", "8", "")
    assert 50 < found.seconds < 60
    assert (server.count("PUT"), server.count("POST")) == (0, 0)


@pytest.mark.parametrize("by_force", [False, True])
def test_a_copy_of_the_folder_never_takes_the_lease_of_the_original(server, tmp_path, by_force):
    """Not even by force: the sweep would have two folders."""
    server.script("GET", MINE, held("ada@here:7", process="boot ns 7 7", folder="/data/a", inode="4"))
    mine = lease(server, tmp_path)
    with pytest.raises(CopiedSweepError, match="in /data/a, of which this folder is a copy"):
        mine.take(by_force=by_force)
    assert server.count("PUT") == 0


def test_a_renewal_that_comes_in_between_does_not_keep_the_lease_from_who_takes_it_by_force(server, tmp_path):
    """The version has changed since it was looked at: it is looked at again."""
    server.script("GET", MINE, held("bob@there:9"), held("bob@there:9", version="8"))
    conflict = status(409, "Conflict", "the object has been modified")
    server.script("PUT", MINE, conflict, held("ada@here:1"))
    mine = lease(server, tmp_path)
    mine.take(by_force=True)
    puts = [one.body["metadata"]["resourceVersion"] for one in server.asked if one.method == "PUT"]
    assert puts == ["7", "8"]
    mine.release()


def test_force_takes_what_another_holds(server, tmp_path):
    """A person who says that the other controller hangs gets the lease."""
    server.script("GET", MINE, held("bob@there:9"))
    server.script("PUT", MINE, held("ada@here:1"))
    mine = lease(server, tmp_path)
    mine.take(by_force=True)
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
