"""The look at the shared path through a small pod, against a played server and clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sweeper.clusters.check import Check, Level
from sweeper.clusters.kubernetes.checks import probe
from sweeper.clusters.kubernetes.pods.elsewhere import avoided_by
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.server.api import ApiError
from sweeper.clusters.kubernetes.settings import VolumeSettings
from tests.builders import make_pods
from tests.clusters.kubernetes.builders import Json, condition, ended, running, waits

NOWHERE = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity."
STUCK = waits("CreateContainerError", "no disk", name="trial")


class PlayedApi:
    """Its pods go to node a, or to `second` if they avoid that; `well` writes what the probe expects."""

    def __init__(self, root: Path, second: str) -> None:
        self.root, self.second = root, second
        self.posted: list[Json] = []
        self.deleted: list[str] = []

    def pods(self, name: str = "") -> str:
        return name

    def path(self, *_: str) -> str:
        return "events"

    def post(self, _: str, pod: Json) -> Json:
        self.posted.append(pod)
        return self._shown(pod | {"metadata": pod["metadata"] | {"uid": f"u{len(self.posted)}"}})

    def get(self, path: str, **_: str) -> Json:
        return {"items": []} if path == "events" else self._shown(self.posted[-1])

    def delete(self, name: str, uid: str) -> None:
        self.deleted.append(name)

    def _shown(self, pod: Json) -> Json:
        pod["metadata"].setdefault("uid", "u")
        if "a" not in avoided_by(pod):
            return self._on(pod, "a", "Pending", STUCK)
        if self.second in ("Pending", "Running"):
            return self._on(pod, "c", self.second, *([running("trial")] if self.second == "Running" else []))
        if not self.second:
            lacks = condition("PodScheduled", "False", "Unschedulable", NOWHERE)
            return pod | {"status": {"phase": "Pending", "conditions": [lacks]}}
        if self.second != "well":
            return self._on(pod, self.second, "Pending", STUCK)
        (folder,) = self.root.glob(".probe-*")
        (folder / "made").mkdir(exist_ok=True)
        (folder / "made" / "answer").write_text(f"{(folder / 'asked').read_text().strip()} 7\n")
        return self._on(pod, "c", "Running", running("proxy"), ended(0, "Completed", name="trial"))

    def _on(self, pod: Json, node: str, phase: str, *statuses: Json) -> Json:
        status = {"phase": phase, "containerStatuses": list(statuses)}
        return pod | {"spec": pod["spec"] | {"nodeName": node}, "status": status}


def look(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    second: str,
    sign: Callable[[str], object] = lambda folder: None,
) -> tuple[Check, PlayedApi]:
    now = [0.0]
    clock = SimpleNamespace(
        monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    monkeypatch.setattr(probe, "time", clock)
    api: Any = PlayedApi(root, second)
    settings = make_pods(uid=7, gid=7, volumes={"data": VolumeSettings("d", str(root))})
    return probe.probe(api, settings, SweepLabel("abcd", "s"), str(root), lambda _: None, sign), api


def test_a_node_that_cannot_start_the_probe_is_not_the_last_word(tmp_path, monkeypatch):
    """Another one is tried. And a container that runs on beside it does not keep it."""
    check, api = look(tmp_path, monkeypatch, "well")
    assert (check.level, len(api.posted), len(api.deleted)) == (Level.OK, 2, 2)


@pytest.mark.parametrize(("second", "says"), [("b", "the same on a"), ("", "no other node than a")])
def test_what_no_node_can_start_is_a_failure(tmp_path, monkeypatch, second, says):
    """A second node fails in the same way, or there is none."""
    check, api = look(tmp_path, monkeypatch, second)
    assert check.level is Level.FAILURE
    assert "no disk" in check.message
    assert says in check.message
    assert len(api.deleted) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("second", "says"),
    [("Running", "still runs on c after 180 s"), ("Pending", "node c does not start it")],
)
def test_what_becomes_of_a_probe_that_does_not_end_is_told_as_it_is(tmp_path, monkeypatch, second, says):
    """It has a node, whatever it waits for there."""
    check, _ = look(tmp_path, monkeypatch, second)
    assert says in check.message


class Left:
    """A server with pods of probes, some of which were killed."""

    def __init__(self, pods: list[Json]) -> None:
        self.items = pods
        self.asked: list[str] = []
        self.deleted: list[tuple[str, str]] = []
        self.answers: list[Exception] = []

    def pods(self, name: str = "") -> str:
        return name

    def get(self, _: str, labelSelector: str) -> Json:
        self.asked.append(labelSelector)
        return {"items": self.items}

    def delete(self, name: str, uid: str) -> None:
        self.deleted.append((name, uid))
        if self.answers:
            raise self.answers.pop()


def test_the_pods_of_a_killed_probe_are_found_by_its_folder(tmp_path, monkeypatch):
    """Those alone, by their UID: what another run looks at stays, and so does a copy under another name."""
    signed: list[str] = []
    _, played = look(tmp_path, monkeypatch, "b", signed.append)
    (folder,) = set(signed)
    pods = [pod | {"metadata": pod["metadata"] | {"uid": f"u{at}"}} for at, pod in enumerate(played.posted)]
    copy = pods[0] | {"metadata": pods[0]["metadata"] | {"name": "debug", "uid": "copy"}}
    _, others = look(tmp_path, monkeypatch, "b")
    api: Any = Left([*pods, copy, *others.posted])
    api.answers = [ApiError(404, "NotFound", "gone by now", {}, None)]
    probe.delete_left(api, [folder])
    assert api.deleted == [(pod["metadata"]["name"], pod["metadata"]["uid"]) for pod in pods]
    assert api.asked == ["app.kubernetes.io/managed-by=cvsweep,cvsweep/probe"]
    api.answers = [ApiError(403, "Forbidden", "you may not", {}, None)]
    with pytest.raises(ApiError):
        probe.delete_left(api, [folder])
