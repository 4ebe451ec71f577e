"""A run that was killed while it probed the cluster: the next one removes its pod, then its folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sweeper.clusters.base import SweepContext
from sweeper.clusters.kubernetes.checks import before
from sweeper.clusters.kubernetes.server.api import Unreachable
from sweeper.core.paths import SweepPaths
from sweeper.store import heartbeat, leftovers, machine


def test_a_folder_stays_until_its_pod_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what leads to the pod. Without one, nothing is asked of the server."""
    asked: list[list[str]] = []

    def away(api: object, folders: list[str]) -> None:
        asked.append(folders)
        raise Unreachable("no answer")

    api: Any = None
    messages: list[str] = []
    left_there = partial(leftovers.find, str(tmp_path))
    sweep = SweepContext("0a1b2c3d", "x", str(tmp_path / "x"), warn=messages.append, left=left_there)
    monkeypatch.setattr(before, "delete_left", away)
    before.tidy(sweep, api)
    assert asked == []
    left = tmp_path / ".probe-0123abcd"
    left.mkdir()
    heartbeat.replace(SweepPaths(str(left)), machine.me()._replace(start=1))
    before.tidy(sweep, api)
    assert left.exists()
    assert "the pod of a run that was killed is not deleted yet: no answer" in messages[-1]
    monkeypatch.setattr(before, "delete_left", lambda api, folders: asked.append(folders))
    before.tidy(sweep, api)
    assert not left.exists()
    assert asked == [[str(left)], [str(left)]]
