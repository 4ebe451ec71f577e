"""Compose points of the example project, and print the CPU seconds that it took beyond importing.

python -m tests.bench.programs.compose_points {cvsweep,hydra} POINTS [KIND]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import hydra
from omegaconf import OmegaConf

from sweeper.compose import compose
from sweeper.compose.schemas import register
from tests.bench.base import REPOSITORY

_SEEDS = 100

Values = Callable[[int], str]
"""An override's value, by the row of a grid of rows and seeds."""


def _rate(row: int) -> str:
    return str(round(1e-3 * (1 + row), 3))


# For each kind of grid the key whose values are the rows, these, and overrides that do not vary.
KINDS: dict[str, tuple[str, Values, tuple[str, ...]]] = {
    "values": ("lr", _rate, ()),
    "one axis": ("lr", _rate, ()),
    "live": ("lr", _rate, ("+tag='run-${seed}-${lr}'",)),
    "new keys": ("+new", str, ()),
    "dicts": ("+opt", lambda row: f"{{a:{row},b:[{row}]}}", ()),
    "dicts and their keys": ("+opt", lambda row: f"{{a:{row}}}", ("+opt.b=1", "+opt.c=2")),
    "references": ("+tag", lambda row: f"'run{row}-${{seed}}'", ()),
    "dropped keys": ("lr", _rate, ("~momentum",)),
}


def ours(number: int, kind: str) -> None:
    """The grid as one call."""
    key, value, fixed = KINDS[kind]
    seeds = 1 if kind == "one axis" else _SEEDS
    rows = ",".join(value(row) for row in range(number // seeds))
    grid = [f"{key}={rows}", *([f"seed=range({seeds})"] if seeds > 1 else []), *fixed]
    composed = compose(grid, config_dir=None, config_name=None, multirun=True, project=REPOSITORY)
    assert len(composed.trials) == number


def hydras(number: int, kind: str) -> None:
    """Point by point, as Hydra's sweeper does."""
    key, value, fixed = KINDS[kind]
    register()  # the example's configuration starts from our types
    with hydra.initialize_config_dir(str(REPOSITORY / "configs"), version_base=None):
        for index in range(number):
            point = [f"{key}={value(index // _SEEDS)}", f"seed={index % _SEEDS}", *fixed]
            OmegaConf.to_container(hydra.compose("config", point), resolve=True)


if __name__ == "__main__":
    do = {"cvsweep": ours, "hydra": hydras}[sys.argv[1]]
    start = time.process_time()
    do(int(sys.argv[2]), *(sys.argv[3:] or ["values"]))
    print(time.process_time() - start)
