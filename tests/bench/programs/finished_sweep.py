"""Make the folder of a finished sweep, by the store's own pen: on a dozen hosts, and with some failures.

python -m tests.bench.programs.finished_sweep ROOT NAME TRIALS
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import replace
from pathlib import Path

from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import Ended, Launched, Launching
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.store.folder import SweepWriter
from tests.builders import make_sweep, make_trial

_HOSTS, _FAILS_EVERY = 12, 20


def main(root: Path, name: str, number: int, more: int = 0) -> None:
    """With `more` metrics beside the four of the digits."""
    settings = Settings(results=ResultsSettings(metric="val_acc", mode="max"))
    trials = [_trial(index) for index in range(number)]
    facts = {"created_at": time.time(), "code": str(root), "experiment": "digits", "swept": ("lr", "seed")}
    folder = make_sweep(root, trials, settings=settings, name=name, **facts)
    writer = SweepWriter.take(folder)
    for trial in trials:
        _record(writer, trial, more)
    writer.flush()
    writer.release()


def _trial(index: int) -> Trial:
    lr, seed = 1e-3 * (1 + index // 10), index % 10
    params = {"lr": lr, "hidden": 256, "epochs": 40, "batch_size": 32, "momentum": 0.9, "seed": seed}
    command = "exec python experiments/digits.py " + " ".join(f"--{k}={v}" for k, v in params.items())
    return make_trial(index, params, command)


def _record(writer: SweepWriter, trial: Trial, more: int) -> None:
    attempt, at = Attempt(trial.index, 1), 1.7e9 + trial.index
    uid = f"host:0f0f0f0f-1234-5678-9abc-def012345678:{trial.index}:{trial.index * 100}"
    others = (f"metric_{place}" for place in range(more))
    metrics = {name: random.random() for name in ("train_loss", "val_loss", "val_acc", *others)}
    host = f"node-{trial.index % _HOSTS:02d}"
    outcome = Outcome(Cause.COMPLETED, 2.0, at + 2.0, 0, host, {"epoch": 40, **metrics})
    if trial.index % _FAILS_EVERY == 0:
        error = f"RuntimeError: loss is {random.random()} in epoch 3"
        outcome = replace(outcome, cause=Cause.ERROR, code=1, metrics={}, error=error)
    for record in (Launching(attempt, at), Launched(attempt, uid, host), Ended(attempt, uid, outcome)):
        writer.append(record)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
