"""Requests of other commands."""

from __future__ import annotations

import errno
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.checksum import with_checksum
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.paths import SweepPaths
from sweeper.store import requests
from sweeper.store.requests import new_request, points
from tests.builders import make_trial
from tests.disks import Fail
from tests.others import as_root


def test_what_is_posted_is_pending_until_it_is_removed(paths: SweepPaths) -> None:
    """A request comes back as it was posted, and is pending until the controller removes it."""
    posted = [
        new_request("cancel"),
        new_request("retry", (0, 3)),
        new_request("retry", ()),
        new_request("retry", (1,), completed=True),
        new_request("collect", None, results={"reader": "log", "mode": None, "required": True}),
        new_request("add", points=points([make_trial(7), make_trial(8, time_limit=2.5)])),
        new_request("stop"),
        new_request("stop", now=True, term=3),
        new_request("set", settings={"retry.wait_max": 60, "results.metric": None}),
        new_request("note", (2,), note="odd\n\x1b[31m"),
        new_request("tag", None, tags=("best",), untags=("old",)),
    ]
    for request in posted:
        requests.post(paths, request)
    assert requests.pending(paths) == [replace(request, points=tuple(request.points)) for request in posted]
    assert all(requests.is_pending(paths, request) for request in posted)
    for request in posted:
        requests.remove(paths, request.id)
        requests.remove(paths, request.id)
        assert not requests.is_pending(paths, request)
    assert os.listdir(paths.requests) == []


def test_requests_come_in_the_order_in_which_they_were_made(paths: SweepPaths) -> None:
    """The oldest is granted first, whichever was posted first."""
    posted = [new_request("cancel", (number,)) for number in range(20)]
    assert len({request.id for request in posted}) == 20
    for request in reversed(posted):
        requests.post(paths, request)
    assert requests.pending(paths) == posted


def test_a_request_is_seen_whole_or_not_at_all(paths: SweepPaths) -> None:
    """A controller that looks all the time never finds half of one."""
    request = new_request("add", points=points(make_trial(number) for number in range(200)))
    request = replace(request, points=tuple(request.points))
    done = threading.Event()

    def look() -> bool:
        good = True
        while not done.is_set():
            good = good and requests.pending(paths) in ([], [request])
        return good

    with ThreadPoolExecutor() as pool:
        looking = pool.submit(look)
        for _ in range(50):
            requests.post(paths, request)
            requests.remove(paths, request.id)
        done.set()
        assert looking.result()


POINT = points([make_trial(1)])[0]
REQUEST: dict[str, Any] = {"kind": "cancel", "trials": None, "points": []}
GARBAGE = {
    "nothing": "",
    "half": json.dumps(REQUEST)[:-1],
    "no object": "[1]",
    "no kind": json.dumps({"trials": None}),
    "unknown kind": json.dumps(REQUEST | {"kind": "explode"}),
    "kind of another type": json.dumps(REQUEST | {"kind": ["cancel"]}),
    "trials in words": json.dumps(REQUEST | {"trials": "12"}),
    "trials by name": json.dumps(REQUEST | {"trials": ["a"]}),
    "no list of points": json.dumps(REQUEST | {"points": "ab"}),
    "points that are none": json.dumps(REQUEST | {"kind": "add", "points": [POINT, "a"]}),
    "a point without a command": json.dumps(REQUEST | {"points": [{"key": "k"}]}),
    "a point with an odd key": json.dumps(REQUEST | {"points": [POINT | {"key": ["k"]}]}),
    "a point with an odd limit": json.dumps(REQUEST | {"points": [POINT | {"time_limit": "soon"}]}),
    "a point with half a character": json.dumps(REQUEST | {"points": [POINT | {"command": "exec \ud800"}]}),
    "a point with a NUL": json.dumps(REQUEST | {"points": [POINT | {"command": "exec a\0b"}]}),
    "a point whose key is a path": json.dumps(REQUEST | {"points": [POINT | {"key": "../../x"}]}),
    "a point that starts elsewhere": json.dumps(REQUEST | {"points": [POINT | {"cwd": "/"}]}),
    "a point with an index that is true": json.dumps(REQUEST | {"points": [POINT | {"index": True}]}),
    "a trial before the first": json.dumps(REQUEST | {"trials": [-1]}),
    "a trial that no sweep has": json.dumps(REQUEST | {"trials": [10**40]}),
    "a trial that is true": json.dumps(REQUEST | {"trials": [True]}),
    "a flipped bit": json.dumps(with_checksum(REQUEST | {"trials": [3]})).replace("3]", "2]"),
    "settings that are no mapping": json.dumps(REQUEST | {"kind": "collect", "results": ["reader"]}),
    "a setting of another section": json.dumps(REQUEST | {"kind": "collect", "results": {"grace": 1}}),
    "a setting of another kind": json.dumps(REQUEST | {"kind": "collect", "results": {"reader": 1}}),
    "a reader that there is not": json.dumps(REQUEST | {"kind": "collect", "results": {"reader": "magic"}}),
    "a pattern that is none": json.dumps(REQUEST | {"kind": "collect", "results": {"pattern": "("}}),
    "a switch in words": json.dumps(REQUEST | {"kind": "collect", "results": {"required": "yes"}}),
    "settings by number": json.dumps(REQUEST | {"kind": "set", "settings": [1]}),
    "a note that is no text": json.dumps(REQUEST | {"kind": "note", "note": ["a"]}),
    "a note that is too long": json.dumps(REQUEST | {"kind": "note", "note": "x" * 10_000}),
    "a tag that is none": json.dumps(REQUEST | {"kind": "tag", "tags": ["a b"]}),
    "tags that are no list": json.dumps(REQUEST | {"kind": "tag", "untags": "best"}),
    "too deep": "[" * 100_000,
    "no text": "\xff\xfe",
}


@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_request_is_set_aside(paths: SweepPaths, text: str) -> None:
    """A file that is not a request does not stop the controller, and is kept; requests beside it count."""
    garbage = Path(paths.requests, "0.json")
    garbage.write_text(text, "latin-1")
    request = new_request("cancel")
    requests.post(paths, request)
    messages: list[str] = []
    assert requests.pending(paths, messages.append) == [request]
    assert requests.pending(paths, messages.append) == [request]
    assert Path(f"{garbage}.refused").read_text("latin-1") == text
    assert len(messages) == 1
    assert str(garbage) in messages[0]


def test_what_is_no_file_is_set_aside(paths: SweepPaths) -> None:
    """Folders, links and pipes among the requests do not block; temporary files are left alone."""
    place = Path(paths.requests)
    (place / "0.json").mkdir()
    os.mkfifo(place / "1.json")
    (place / "real").write_text(json.dumps(REQUEST))
    (place / "2.json").symlink_to("real")
    (place / "3.json").symlink_to("nowhere")
    (place / "4.json.0a1b2c3d.tmp").write_text(json.dumps(REQUEST))
    assert requests.pending(paths) == []
    aside = [f"{number}.json.refused" for number in range(4)]
    assert sorted(os.listdir(place)) == [*aside, "4.json.0a1b2c3d.tmp", "real"]


@as_root
@pytest.mark.parametrize(("uid", "counts"), [(0, True), (1234, True), (4321, False)])
def test_a_request_of_another_user_is_set_aside(paths: SweepPaths, uid: int, counts: bool) -> None:
    """Only the sweep's owner, whom sweep.json belongs to, and root may ask for something."""
    os.chown(paths.manifest, 1234, 1234)
    request = new_request("cancel")
    requests.post(paths, request)
    os.chown(f"{paths.requests}/{request.id}.json", uid, uid)
    messages: list[str] = []
    assert requests.pending(paths, messages.append) == ([request] if counts else [])
    assert requests.is_refused(paths, request) is not counts
    assert ["uid 4321" in line and "uid 1234" in line for line in messages] == ([] if counts else [True])


def test_what_cannot_be_renamed_is_passed_over(paths: SweepPaths, fail: Fail) -> None:
    """It is not granted, and the requests beside it are."""
    Path(paths.requests, "0.json").write_text("{}")
    request = new_request("cancel")
    requests.post(paths, request)
    fail("rename", errno.EACCES)
    assert requests.pending(paths) == requests.pending(paths) == [request]


def test_a_request_has_a_size_limit(paths: SweepPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not posted if it is larger, and a larger one that lies there is not read."""
    request = new_request("add", points=points([make_trial(1)]))
    requests.post(paths, request)
    monkeypatch.setattr(requests, "MOST", 10)
    with pytest.raises(UsageError, match="1 trials are too much for one request"):
        requests.post(paths, new_request("add", points=points([make_trial(1)])))
    messages: list[str] = []
    assert requests.pending(paths, messages.append) == []
    assert "bytes, more than 10" in messages[0]


def test_a_request_that_is_removed_meanwhile_is_none(
    paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever posted it may take it back between two looks."""
    monkeypatch.setattr(os, "listdir", lambda path: ["1.json"])
    assert requests.pending(paths, pytest.fail) == []


def test_a_request_without_points_is_from_an_older_version(paths: SweepPaths) -> None:
    """The points may be missing."""
    Path(paths.requests, "0.json").write_text(json.dumps({"kind": "retry", "trials": [2]}))
    assert requests.pending(paths) == [requests.Request("0", "retry", (2,), ())]


def test_a_request_that_cannot_be_looked_for_has_not_been_granted(paths: SweepPaths, fail: Fail) -> None:
    """Nobody can tell while the volume is in trouble, and a request that lies there is not set aside."""
    request = new_request("cancel")
    requests.post(paths, request)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests, "open_regular", lambda path: None)
        patch.setattr(os, "lstat", _in_trouble)
        patch.setattr(requests.owner, "owner_of", lambda paths: 0)
        with pytest.raises(StorageError, match="Stale file handle"):
            requests.pending(paths)
        for look in (requests.is_pending, requests.is_refused):
            with pytest.raises(StorageError, match="Stale file handle"):
                look(paths, request)
    assert requests.pending(paths) == [request]


def _in_trouble(path: str) -> None:
    raise OSError(errno.ESTALE, "Stale file handle", path)


def test_a_folder_that_was_removed_is_made_again(paths: SweepPaths) -> None:
    """A sweep that was copied without its empty folders can be resumed, and takes requests."""
    os.rmdir(paths.requests)
    assert requests.pending(paths) == []
    os.rmdir(paths.requests)
    request = new_request("cancel")
    requests.post(paths, request)
    assert requests.pending(paths) == [request]


def test_what_cannot_be_done_is_one_clear_line(paths: SweepPaths, fail: Fail) -> None:
    """A full disk, a missing folder and a request that cannot be removed each say so."""
    with pytest.MonkeyPatch.context() as patch:

        def full(*_: Any) -> None:
            raise OSError(28, "full")

        patch.setattr(os, "replace", full)
        with pytest.raises(StorageError, match=r"writing into .*/requests: the disk or its quota is full"):
            requests.post(paths, new_request("cancel"))
    assert os.listdir(paths.requests) == []
    with pytest.raises(StorageError, match=r"reading .*: No such file"):
        requests.pending(SweepPaths("/gone"))
    fail("unlink", 13)
    with pytest.raises(StorageError, match=r"removing from .*: Permission denied"):
        requests.remove(paths, "0")
