"""LIST, then watch, for ever: what is told to whoever folds it."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator

import pytest

from sweeper.clusters.kubernetes.events import ItemChanged, Listed, Silent
from sweeper.clusters.kubernetes.server.api import ApiError
from sweeper.clusters.kubernetes.server.watch import Watch
from tests.clusters.kubernetes.scripted import Answer, Server, status

PODS = "/api/v1/namespaces/lab/pods"
SECONDS = 20.0


def item(name: str, version: str = "1"):
    return {"metadata": {"name": name, "uid": name, "resourceVersion": version}}


def listed(*names: str, version: str = "10"):
    return {"metadata": {"resourceVersion": version}, "items": [item(name) for name in names]}


def events(*message: tuple[str, str]) -> Answer:
    lines = [
        json.dumps({"type": kind, "object": item(name, str(20 + n))})
        for n, (kind, name) in enumerate(message)
    ]
    return Answer(body="".join(f"{line}\n" for line in lines))


class Heard:
    """What a watch told, in order."""

    def __init__(self, server: Server, tmp_path) -> None:
        self.queue: queue.Queue = queue.Queue()
        self.watch = Watch(server.api(tmp_path), "pods", self.queue.put, "a=b")

    def next(self):
        return self.queue.get(timeout=SECONDS)

    def until(self, wanted):
        while (found := self.next()) != wanted:
            continue
        return found


@pytest.fixture
def heard(server, tmp_path) -> Iterator[Heard]:
    heard = Heard(server, tmp_path)
    yield heard
    heard.watch.close()


def test_one_list_then_a_watch_from_its_version(server, heard):
    """Everything is told once as a list, and then every change as it comes."""
    server.script("GET", PODS, listed("x"), events(("MODIFIED", "x"), ("DELETED", "x")), events())
    heard.watch.start()
    first = heard.next()
    assert isinstance(first, Listed)
    assert [one["metadata"]["name"] for one in first.items] == ["x"]
    assert heard.next() == ItemChanged("pods", "MODIFIED", item("x", "20"))
    assert heard.next() == ItemChanged("pods", "DELETED", item("x", "21"))
    assert "resourceVersion=10" in server.asked[1].query
    assert "labelSelector=a%3Db" in server.asked[1].query


def test_a_watch_goes_on_where_it_ended(server, heard):
    """A watch that ends by itself goes on from the last version, without another list."""
    server.script("GET", PODS, listed(), events(("ADDED", "x")), events(("ADDED", "y")), events())
    heard.watch.start()
    heard.until(ItemChanged("pods", "ADDED", item("y", "20")))
    assert "resourceVersion=20" in server.asked[2].query


def test_bookmarks_only_carry_the_version(server, heard):
    """A bookmark is no change, but the next watch starts from it."""
    server.script("GET", PODS, listed(), events(("BOOKMARK", "")), events(("ADDED", "x")), events())
    heard.watch.start()
    heard.next()
    assert heard.next() == ItemChanged("pods", "ADDED", item("x", "20"))
    assert "resourceVersion=20" in server.asked[2].query


@pytest.mark.parametrize("trouble", [
    Answer(body='{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"too old"}}\n'),
    status(410, "Gone", "too old"),
])  # fmt: skip
def test_a_version_that_is_too_old_means_a_new_list(server, heard, trouble):
    """After a 410 everything is listed again."""
    server.script("GET", PODS, listed("x"), trouble, listed("y", version="30"), events())
    heard.watch.start()
    assert isinstance(heard.next(), Listed)
    second = heard.next()
    assert isinstance(second, Listed)
    assert [one["metadata"]["name"] for one in second.items] == ["y"]


def test_a_cut_line_is_taken_up_again(server, heard):
    """A watch that breaks off once goes on from the last whole event."""
    server.script(
        "GET",
        PODS,
        listed(),
        Answer(body=events(("ADDED", "x")).body, cut=True),
        events(("ADDED", "y")),
        events(),
    )
    heard.watch.start()
    heard.until(ItemChanged("pods", "ADDED", item("y", "20")))
    assert "resourceVersion=20" in server.asked[2].query


def test_an_outage_is_reported_and_so_is_its_end(server, heard):
    """While the server does not answer that is said, once, and taken back after the next list."""
    busy = status(503, "", "busy")
    server.script("GET", PODS, listed(), busy, busy, busy, busy, listed("x"), events())
    heard.watch.start()
    heard.next()
    silent = heard.next()
    assert isinstance(silent, Silent)
    assert "busy" in silent.message
    assert isinstance(heard.next(), Listed)
    assert heard.next() == Silent("pods", "")


def test_a_refused_list_is_the_callers_to_judge(server, heard):
    """Whoever lists by hand gets the server's answer itself."""
    server.script("GET", PODS, status(403, "Forbidden", "no right"))
    with pytest.raises(ApiError, match="no right"):
        heard.watch.list()


def test_a_successor_lists_at_once_and_says_that_the_server_answers_again(server, heard):
    """Where a former watch said otherwise: that one says nothing more, whatever its connection brings."""
    refused = status(500, "", "it does not work")
    server.script("GET", PODS, refused, refused, listed("x"), events())
    for _ in range(2):
        with pytest.raises(ApiError) as error:
            heard.watch.list()
        heard.watch._rest(error.value)
    assert heard.next() == Silent("pods", "it does not work (500)")
    successor = heard.watch.successor()
    heard.watch._report_silence("too late")
    successor.start()
    assert isinstance(heard.next(), Listed)
    assert heard.next() == Silent("pods", "")
    assert "labelSelector=a%3Db" in server.asked[-1].query
    successor.close()
