"""Compose points of the example project, and print the CPU seconds that it took beyond importing.

python -m tests.bench.programs.compose_points {cvsweep,hydra} POINTS [OVERRIDE...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import hydra
from omegaconf import OmegaConf

from sweeper.compose import compose
from sweeper.compose.schemas import register
from tests.bench.base import REPOSITORY

_SEEDS = 100


def _rate(index: int) -> float:
    return round(1e-3 * (1 + index // _SEEDS), 3)


def ours(number: int, overrides: Sequence[str]) -> None:
    """The grid as one call."""
    rates = ",".join(f"{_rate(index)}" for index in range(0, number, _SEEDS))
    axes = [f"lr={rates}", f"seed=range({_SEEDS})"]
    composed = compose(
        [*overrides, *axes], config_dir=None, config_name=None, multirun=True, project=REPOSITORY
    )
    assert len(composed.trials) == number


def hydras(number: int, overrides: Sequence[str]) -> None:
    """Point by point, as Hydra's sweeper does."""
    register()  # the example's configuration starts from our types
    with hydra.initialize_config_dir(str(REPOSITORY / "configs"), version_base=None):
        for index in range(number):
            point = [*overrides, f"lr={_rate(index)}", f"seed={index % _SEEDS}"]
            OmegaConf.to_container(hydra.compose("config", point), resolve=True)


if __name__ == "__main__":
    do = {"cvsweep": ours, "hydra": hydras}[sys.argv[1]]
    start = time.process_time()
    do(int(sys.argv[2]), sys.argv[3:])
    print(time.process_time() - start)
