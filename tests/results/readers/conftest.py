"""Folders of attempts, as programs leave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve, read_metrics

Leave = Callable[..., tuple[dict[str, Any], str]]
LOOKING = ResultsSettings()
Trace = Callable[..., tuple[Curve, str]]


def put(folder: Path, files: dict[str, bytes | str]) -> None:
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def final(folder: str, settings: ResultsSettings = LOOKING) -> tuple[dict[str, Any], str]:
    """The metrics in a folder, and the problem with them."""
    read = read_metrics(folder, settings)
    return dict(read.metrics), read.problem


def leave_and_read(files: dict[str, bytes | str], **settings: Any) -> tuple[dict[str, Any], str]:
    """What is read from a folder that holds these files and nothing else."""
    with TemporaryDirectory() as folder:
        put(Path(folder), files)
        return final(folder, ResultsSettings(**settings))


def leave_and_warn(files: dict[str, bytes | str], **settings: Any) -> tuple[dict[str, Any], str]:
    """The metrics of a folder that holds these files, and the warning about them; there is no problem."""
    with TemporaryDirectory() as folder:
        put(Path(folder), files)
        read = read_metrics(folder, ResultsSettings(**settings))
    assert read.problem == ""
    return dict(read.metrics), read.warning


def leave_and_trace(files: dict[str, bytes | str], **settings: Any) -> tuple[Curve, str]:
    """The curve of a folder that holds these files and nothing else."""
    with TemporaryDirectory() as folder:
        put(Path(folder), files)
        return read_curve(folder, ResultsSettings(**settings))


@pytest.fixture(scope="session")
def leave() -> Leave:
    """Leave files in a fresh folder, and read its metrics."""
    return leave_and_read


@pytest.fixture(scope="session")
def remarks() -> Leave:
    """Leave files in a fresh folder, and read its metrics and the warning about them."""
    return leave_and_warn


@pytest.fixture(scope="session")
def trace() -> Trace:
    """Leave files in a fresh folder, and read its curve."""
    return leave_and_trace


@pytest.fixture(scope="session")
def data() -> Path:
    """What real frameworks left: one folder an attempt, made by tests/frameworks/programs."""
    return Path(__file__).parent / "data"
