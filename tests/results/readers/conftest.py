"""Folders of ended attempts, as programs leave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from sweeper.results.readers import read_metrics

Leave = Callable[..., tuple[dict[str, Any], str]]


def leave_and_read(files: dict[str, bytes | str]) -> tuple[dict[str, Any], str]:
    """What is read from a folder that holds these files and nothing else."""
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (Path(folder) / name).write_bytes(data)
        return read_metrics(folder)


@pytest.fixture(scope="session")
def leave() -> Leave:
    """Leave files in a fresh folder, and read its metrics."""
    return leave_and_read
