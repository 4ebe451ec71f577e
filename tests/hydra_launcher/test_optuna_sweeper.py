"""A sweeper that chooses points by what it is told: hydra-optuna-sweeper, with our launcher and Hydra's own.

It wants an Optuna of its own age, so it runs in an environment of its own: CVSWEEP_OPTUNA_SWEEPER=required.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from sweeper.core.model import Status
from tests.hydra_launcher.conftest import App

REQUIRED = os.environ.get("CVSWEEP_OPTUNA_SWEEPER") == "required"
pytestmark = pytest.mark.skipif(
    not (REQUIRED or find_spec("hydra_plugins.hydra_optuna_sweeper")),
    reason="hydra-optuna-sweeper is not here",
)

TOY = """
import hydra

@hydra.main(version_base="1.3", config_path=None)
def main(cfg):
    return (cfg.x - 2) ** 2 + (cfg.y + 1) ** 2

if __name__ == "__main__":
    main()
"""
STUDY = (
    "hydra/sweeper=optuna",
    "hydra.sweeper.n_trials=20",
    "hydra.sweeper.n_jobs=2",
    "hydra/sweeper/sampler=tpe",
    "hydra.sweeper.sampler.seed=7",
    "+x=interval(-5,5)",
    "+y=interval(-5,5)",
)


def _study(app: App, launcher: str, *words: str) -> Any:
    folder = app.folder / f"multirun-{launcher}"
    app.run(*STUDY, f"hydra.sweep.dir={folder}", *words, launcher=launcher, PYTHONWARNINGS="ignore")
    return yaml.safe_load(Path(folder, "optimization_results.yaml").read_text())


def test_it_finds_with_our_launcher_what_it_finds_with_hydras_own(app: App) -> None:
    """The same sampler with the same seed is told the same values, so it makes the same suggestions."""
    (app.folder / "train.py").write_text(TOY)
    assert _study(app, "cvsweep", "hydra.launcher.name=a") == _study(app, "basic")
    state = app.sweep().state()
    assert state.counts[Status.COMPLETED] == len(state.trials) == 20
