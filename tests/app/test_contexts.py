"""The log of what was asked of a cluster is for people: the sweep does not depend on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sweeper.app import contexts
from sweeper.cli.printing import printing


def test_a_log_that_cannot_be_written_is_reported_once_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder in its place, a full disk, a volume in trouble: the pods are what matters."""
    path = tmp_path / "cluster.log"
    path.mkdir()
    log = contexts.writer(str(path), printing())
    log({"did": "create"})
    log({"did": "created"})
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"warning: writing {path}: Is a directory; the sweep goes on without this log"]
    path.rmdir()
    log({"did": "deleted"})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"did": "deleted"}]
