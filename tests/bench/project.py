"""A project of the smallest kind, with one program and its parameters, to run sweeps in."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.base import CVSWEEP, PROGRAMS, Bench, Usage

SLOTS = 2


def make_project(bench: Bench, program: str, words: Sequence[str], params: Mapping[str, Any]) -> Path:
    """A folder with a configuration that runs a program of ours; JSON is YAML, too."""
    project = bench.new_folder()
    config = {
        "task": {"command": [sys.executable, str(PROGRAMS / program), *words]},
        "sweep": {"pause_after": 0},
        **params,
    }
    (project / "configs").mkdir()
    (project / "configs" / "config.yaml").write_text(json.dumps(config))
    return project


def sweep(bench: Bench, project: Path, name: str, *overrides: str) -> Usage:
    """Run a sweep there, two trials at a time."""
    settings = (f"cluster.max_parallel={SLOTS}", f"sweep.name={name}")
    return bench.run([CVSWEEP, "-m", *settings, *overrides], cwd=project)
