"""Projects in the layouts that people use, installed by real build tools, each in an environment of its own.

They run only with `-m layouts` (`make layouts`): every one installs packages. tests/snapshot/test_imports.py
has the same cases with the files that these tools leave, written by hand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import wait_until

CONFIG = """\
defaults: [{cluster: local}, {retry: default}, _self_]
task: {command: [%s]}
cluster: {max_parallel: 1}
code: {mode: snapshot}
retry: {budgets: {error: 0}}
x: 0
"""
GATE = """\
import os, time
open(os.environ["GATE"] + "/started", "a").close()
while not os.path.exists(os.environ["GATE"] + "/go"):
    time.sleep(0.01)
"""
"""What a program begins with: it waits until the source has been edited."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.layouts)


@dataclass(frozen=True)
class Layout:
    """A project with an environment of its own."""

    folder: Path
    environment: Path

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    def put(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def pip(self, *words: str) -> None:
        self.do([str(self.python), "-m", "pip", "install", "-q", *words])

    def commit(self) -> None:
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@y"]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v1.2.3"]):
            self.do([*git, *words])

    def sweep(self, edit, command: Sequence[str]) -> tuple[list[str], str]:
        """What three trials print, the first of which runs while `edit` is made; and what cvsweep said."""
        self.put("configs/config.yaml", CONFIG % ", ".join(f'"{word}"' for word in command))
        gate = self.folder.parent / "gate"
        gate.mkdir()
        shown = self.folder.parent / "said"
        with open(shown, "wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "sweeper.cli.main", "-m", "x=1,2,3", "sweep.name=x"],
                cwd=self.folder,
                env=self._variables() | {"GATE": str(gate)},
                stdout=file,
                stderr=file,
            )
            try:
                wait_until(lambda: (gate / "started").exists() or process.poll() is not None, 60)
                edit()
                (gate / "go").touch()
                assert process.wait(60) == 0, shown.read_text()
            finally:
                process.kill()
                process.wait()
        logs = sorted((self.folder / "sweeps" / "x" / "trials").glob("*/attempts/1/log.txt"))
        return [log.read_text().strip() for log in logs], shown.read_text()

    def by_hand(self) -> str:
        """What the last trial prints when its command.sh is run by hand."""
        script = sorted((self.folder / "sweeps" / "x" / "trials").glob("*/command.sh"))[-1]
        done = self.do(["sh", str(script)], GATE=str(self.folder.parent / "gate"))
        return done.strip()

    def _variables(self) -> dict[str, str]:
        path = f"{self.environment}/bin{os.pathsep}{os.environ['PATH']}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return clean | {"VIRTUAL_ENV": str(self.environment), "PATH": path}

    def do(self, words: Sequence[str], **variables: str) -> str:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self._variables() | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty project, and a virtual environment outside of it."""
    venv.create(tmp_path / "venv", with_pip=True)
    (tmp_path / "project").mkdir()
    return Layout(tmp_path / "project", tmp_path / "venv")
