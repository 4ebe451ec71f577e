"""A run that was killed while it probed the cluster: the next one removes its pod, then its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sweeper.app import cluster
from sweeper.cli.printing import printing
from sweeper.clusters.kubernetes.server.api import Unreachable
from sweeper.core.paths import SweepPaths
from sweeper.store import heartbeat, machine


def test_a_folder_stays_until_its_pod_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is what leads to the pod. Without one, nothing is asked of the server."""
    asked: list[list[str]] = []

    def away(api: object, folders: list[str]) -> None:
        asked.append(folders)
        raise Unreachable("no answer")

    api: Any = None
    monkeypatch.setattr(cluster, "delete_left", away)
    cluster._tidy(api, str(tmp_path), printing())
    assert asked == []
    left = tmp_path / ".probe-0123abcd"
    left.mkdir()
    heartbeat.replace(SweepPaths(str(left)), machine.me()._replace(start=1))
    cluster._tidy(api, str(tmp_path), printing())
    assert left.exists()
    assert "the pod of a run that was killed is not deleted yet: no answer" in capsys.readouterr().err
    monkeypatch.setattr(cluster, "delete_left", lambda api, folders: asked.append(folders))
    cluster._tidy(api, str(tmp_path), printing())
    assert not left.exists()
    assert asked == [[str(left)], [str(left)]]
