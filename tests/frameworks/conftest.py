"""Real training frameworks, whose scripts know nothing of cvsweep.

They run where the frameworks are installed (pip install 'cvsweep[frameworks]'), some seconds each;
CVSWEEP_FRAMEWORKS=required makes one that is missing a failure instead of a skip. The recorded folders
of tests/results/readers/data were left by the same programs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve
from sweeper.store.folder import SweepFolder
from tests.required import refuse_skip

WANTED = os.environ.get("CVSWEEP_FRAMEWORKS", "")
PROGRAMS = Path(__file__).parent / "programs"
CONFIG = """\
defaults: [{cluster: local}, {retry: default}, _self_]
task: {command: %s, cwd: out}
retry: {budgets: {error: 0}}
results: {metric: %s, mode: min}
lr: 0.1
seed: 0
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.frameworks)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the frameworks are required, a test that was skipped has failed."""
    report = yield
    return refuse_skip(report) if WANTED == "required" else report


@dataclass(frozen=True)
class Swept:
    """A sweep that has ended."""

    folder: Path

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The table, best first."""
        rows = json.loads(_cvsweep(self.folder.parent.parent, "results", "x", "-o", "json").stdout)
        assert isinstance(rows, list)
        return rows

    @property
    def curves(self) -> list[Curve]:
        """The curves of the trials, in their order."""
        settings = SweepFolder(self.folder).settings.results
        found = [read_curve(str(out), settings) for out in sorted(self.folder.glob("trials/*/attempts/1"))]
        assert [problem for _, problem in found if problem] == []
        return [curve for curve, _ in found]


Sweep = Callable[..., Swept]


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    """Sweep over two learning rates of a program that is named; `needs` says of which packages."""

    def run(
        program: str, *overrides: str, metric: str, needs: tuple[str, ...] = (), options: str = ""
    ) -> Swept:
        missing = [name for name in needs if find_spec(name) is None]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}: pip install 'cvsweep[frameworks]'")
        command = json.dumps(["python", str(PROGRAMS / program), "{args}", *options.split()])
        (tmp_path / "configs").mkdir()
        (tmp_path / "configs" / "config.yaml").write_text(CONFIG % (command, metric))
        words = ["-m", "sweep.name=x", "cluster.max_parallel=2", *overrides]
        ended = _cvsweep(tmp_path, *words)
        assert ended.returncode == 0, ended.stderr
        return Swept(tmp_path / "sweeps" / "x")

    return run


def _cvsweep(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sweeper.cli.main", *words]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=300)
