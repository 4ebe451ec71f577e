"""Make the folder of a finished sweep whose trials have left curves, as metrics.jsonl.

python -m tests.bench.programs.curved_sweep ROOT NAME TRIALS STEPS
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from sweeper.core.model import Attempt
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from tests.bench.programs.finished_sweep import main as finished_sweep

_NAMES = ("train_loss", "val_loss", "val_acc")


def main(root: Path, name: str, trials: int, steps: int) -> None:
    finished_sweep(root, name, trials, more=7)
    folder = SweepFolder(root / name)
    for one in State().apply_all(folder.read().records).trials:
        out = Path(folder.paths.trial(one.trial).attempt(Attempt(one.trial.index, 1)))
        out.mkdir(parents=True)
        rows = ({"epoch": step, **{name: random.random() for name in _NAMES}} for step in range(steps))
        (out / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        for other in ("owner", "log.txt", "exit.json"):  # what lies there as well
            (out / other).write_text("{}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
