"""Projects on disk for the compose tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from sweeper.compose import Composed, compose

MakeProject = Callable[..., Path]
ComposeHere = Callable[..., Composed]


def write_project(root: Path, **files: str) -> Path:
    """A project whose configs are `name="yaml text"`; `__` in a name is a folder."""
    for name, text in files.items():
        path = root / "configs" / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return root


@pytest.fixture
def project(tmp_path: Path) -> MakeProject:
    """Write a project's configs and return its folder."""
    return lambda **files: write_project(tmp_path, **files)


SIMPLE = """
    task:
      command: [python, train.py, "{args}"]
    lr: 0.1
    seed: 0
    name: base
    opt: {momentum: 0.9, betas: [0.9, 0.99]}
"""


@pytest.fixture
def simple(project: MakeProject) -> Path:
    """An unmodified Hydra project: one file that knows nothing of our groups."""
    return project(config=SIMPLE)


@pytest.fixture
def grid(simple: Path) -> ComposeHere:
    """Compose overrides with -m in the simple project."""
    return lambda *overrides, multirun=True, root=simple, config_dir=None, config_name=None: compose(
        overrides, config_dir=config_dir, config_name=config_name, multirun=multirun, project=root
    )
