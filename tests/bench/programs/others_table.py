"""Make a store of another tool with as many rows, once, and print the CPU seconds of reading its table.

python -m tests.bench.programs.others_table optuna|mlflow FOLDER TRIALS

Both lie in SQLite, which is the fastest that both of them have on disk. What is not installed prints null.
"""

from __future__ import annotations

import json
import random
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas  # noqa: F401  # what we measure begins behind this

_METRICS = tuple(f"m{number}" for number in range(10))


def optuna(folder: Path, trials: int) -> float:
    import optuna as tool

    tool.logging.set_verbosity(tool.logging.ERROR)
    place, fresh = f"sqlite:///{folder}/optuna.db", not (folder / "optuna.db").exists()
    study = tool.create_study(storage=place, study_name="x", load_if_exists=True)
    if fresh:
        study.add_trials([_optuna_trial(tool, index) for index in range(trials)])
    study = tool.load_study(storage=place, study_name="x")
    start = time.process_time()
    assert len(study.trials_dataframe()) == trials
    return time.process_time() - start


def _optuna_trial(tool: Any, index: int) -> Any:
    return tool.trial.create_trial(
        params={"lr": 1e-3 * (1 + index // 10), "seed": index % 10},
        distributions={
            "lr": tool.distributions.FloatDistribution(0, 1e3),
            "seed": tool.distributions.IntDistribution(0, 9),
        },
        user_attrs={name: random.random() for name in _METRICS},
        value=random.random(),
    )


def mlflow(folder: Path, trials: int) -> float:
    import mlflow as tool
    from mlflow.entities import Metric, Param

    fresh = not (folder / "mlflow.db").exists()
    tool.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    client = tool.MlflowClient()
    if fresh:
        experiment = client.create_experiment("x")
        for index in range(trials):
            run = client.create_run(experiment).info.run_id
            metrics = [Metric(name, random.random(), 0, 0) for name in _METRICS]
            params = [Param("lr", str(1e-3 * (1 + index // 10))), Param("seed", str(index % 10))]
            client.log_batch(run, metrics=metrics, params=params)
            client.set_terminated(run)
    start = time.process_time()
    frame = tool.search_runs(experiment_names=["x"], max_results=50_000)
    assert len(frame) == trials
    return time.process_time() - start


def main(tool: str, folder: Path, trials: int) -> None:
    if find_spec(tool) is None or find_spec("sqlalchemy") is None:
        print(json.dumps(None))
        return
    warnings.simplefilter("ignore")
    print(json.dumps({"optuna": optuna, "mlflow": mlflow}[tool](folder, trials)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
