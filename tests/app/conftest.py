"""The sweeps and the tiny project that the command's tests use."""

from __future__ import annotations

from tests.cli.conftest import held, project, shown, sweep, tiny

__all__ = ["held", "project", "shown", "sweep", "tiny"]
