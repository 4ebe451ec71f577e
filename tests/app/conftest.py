"""The sweeps and the tiny project that the command's tests use."""

from __future__ import annotations

from tests.cli.conftest import asked_once, held, project, shown, sweep, tiny

__all__ = ["asked_once", "held", "project", "shown", "sweep", "tiny"]
