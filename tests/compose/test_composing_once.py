"""What tests/composing_once.py saves makes no difference to what is composed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from omegaconf import OmegaConf

from sweeper.compose.project import find_project
from sweeper.compose.session import open_session
from tests.compose.conftest import MakeProject

ROOT = Path(__file__).parents[2]
CASES = [
    [],
    ["lr=3"],
    ["model=large"],
    ["hydra/job_logging=none"],
    ["hydra/job_logging=own", "hydra.run.dir=x"],
    ["experiment=quiet"],
    ["experiment=quiet", "hydra/job_logging=own"],
    [],
]


def composed(project: Path) -> list[str]:
    """Each case, the user's part and Hydra's own."""
    texts = []
    with open_session(find_project(project, None, None)) as session:
        for words in CASES:
            loaded = session.load(words)
            texts += map(OmegaConf.to_yaml, (loaded.cfg, loaded.hydra))
    return texts


def test_it_is_what_hydra_makes_of_it_without(project: MakeProject, monkeypatch) -> None:
    """In a process of its own, which knows nothing of these tests, each case comes to the same."""
    root = project(
        config="defaults: [{model: small}, {size: '${model}'}, {experiment: loud}, _self_]\nlr: 0.1\n",
        model__small="depth: 1\n",
        model__large="depth: 9\n",
        size__small="width: 8\n",
        size__large="width: 99\n",
        experiment__loud="# @package _global_\nseed: 0\n",
        experiment__quiet="# @package _global_\ndefaults: [{override /hydra/hydra_logging: none}]\nseed: 1\n",
        hydra__job_logging__own="version: 1\n",
    )
    monkeypatch.chdir(ROOT)
    ask = f"from {__name__} import *; print(json.dumps(composed(Path(sys.argv[1]))))"
    done = subprocess.run([sys.executable, "-c", ask, root], capture_output=True, text=True, check=True)
    assert composed(root) == json.loads(done.stdout)
