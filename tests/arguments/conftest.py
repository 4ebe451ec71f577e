"""Real programs that read their options with a well-known library, and know nothing of cvsweep.

argparse and Hydra are always there; the others come with pip install 'cvsweep[arguments]'.
CVSWEEP_ARGUMENTS=required makes a missing one a failure instead of a skip.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.command import render_command
from sweeper.core.model import Attempt, Trial
from sweeper.core.paths import SweepPaths
from sweeper.core.settings import ArgsSettings, TaskSettings
from sweeper.store.preparing import prepare
from tests.required import refuse_skip

WANTED = os.environ.get("CVSWEEP_ARGUMENTS", "")
PROGRAMS = Path(__file__).parent / "programs"

Receive = Callable[..., dict[str, Any]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.arguments)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """If the libraries are required, a skipped test has failed."""
    report = yield
    return refuse_skip(report) if WANTED == "required" else report


@pytest.fixture
def receive(tmp_path: Path) -> Receive:
    """What the program `with_<library>.py` receives from a trial: it prints that as JSON."""

    def run(
        library: str,
        params: Mapping[str, Any],
        *words: str,
        style: str = "argparse",
        overrides: Sequence[str] = (),
        **args: str,
    ) -> dict[str, Any]:
        if find_spec(library) is None:
            pytest.skip(f"needs {library}: pip install 'cvsweep[arguments]'")
        command = [sys.executable, str(PROGRAMS / f"with_{library}.py"), *(words or ["{args}"])]
        task = TaskSettings(command=command, args_style=style, args=ArgsSettings(**args))
        trial = Trial(0, "key", dict(params), render_command(task, params, overrides))
        paths = SweepPaths(str(tmp_path))
        os.makedirs(paths.trials)
        prepare(paths, trial, Attempt(0, 1), str(tmp_path))
        done = subprocess.run(
            ["sh", paths.trial(trial).command], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    return run
