"""A Hydra app as people have them, and its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sweeper.store.folder import SweepFolder

PROGRAM = (sys.executable, "train.py")

SCRIPT = """
import json, os
import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

OmegaConf.register_new_resolver("double", lambda x: 2 * x)


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(cfg):
    node = HydraConfig.get()
    seen = {
        "cfg": OmegaConf.to_container(cfg, resolve=True),
        "job": {
            "name": node.job.name,
            "num": node.job.num,
            "id": node.job.id,
            "override_dirname": node.job.override_dirname,
            "config_name": node.job.config_name,
        },
        "task": list(node.overrides.task),
        "choices": {key: one for key, one in node.runtime.choices.items() if not key.startswith("hydra/")},
        "cwd": os.getcwd(),
        "output_dir": node.runtime.output_dir,
    }
    with open(os.environ["SEEN"], "a") as file:
        file.write(json.dumps(seen) + "\\n")
    if cfg.get("fail"):
        raise ValueError("as it was told to")
    return cfg.lr * cfg.model.width


if __name__ == "__main__":
    main()
"""

CONFIG = """
defaults:
  - model: cnn
  - data@train_data: small
  - override hydra/job_logging: default
  - _self_
lr: 0.1
seed: 0
twice: ${double:${seed}}
fail: false
task: {name: mine, kind: "${model.name}"}
cluster: blobs
out: ${hydra:runtime.output_dir}/ckpt
day: ${now:%Y}
"""


@dataclass
class App:
    """An app in a folder of its own; `run` types a command line in it."""

    folder: Path

    def run(
        self, *words: str, launcher: str = "cvsweep", code: int | None = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """`python train.py -m hydra/launcher=cvsweep WORD...`; fails if it ends with another exit code."""
        return self.start([*PROGRAM, "-m", f"hydra/launcher={launcher}", *words], code=code, **variables)

    def start(
        self, command: list[str], *, code: int | None = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "SEEN": str(self.folder / "seen.jsonl")}
        environment.pop("PYTHONPATH", None)
        environment |= variables
        found = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert code is None or found.returncode == code, found.stdout + found.stderr
        return found

    def edit(self, old: str, new: str) -> None:
        """Change the script."""
        script = self.folder / "train.py"
        text = script.read_text()
        assert old in text
        script.write_text(text.replace(old, new, 1))

    def seen(self) -> list[dict[str, Any]]:
        """What the jobs have seen, in the order of their numbers."""
        path = self.folder / "seen.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        path.unlink()
        return sorted(rows, key=lambda row: int(row["job"]["num"]))

    def sweep(self, name: str = "a") -> SweepFolder:
        return SweepFolder(self.folder / "sweeps" / name)

    def metrics(self, name: str = "a") -> list[dict[str, Any]]:
        """The metrics of all trials of a sweep."""
        ended = (one.outcome for one in self.sweep(name).state().trials)
        return [dict(outcome.metrics) if outcome else {} for outcome in ended]


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The app: three models, packages, interpolations, and keys that cvsweep has as well."""
    folder = tmp_path / "app"
    (folder / "conf/model").mkdir(parents=True)
    (folder / "conf/data").mkdir()
    (folder / "train.py").write_text(SCRIPT)
    (folder / "conf/config.yaml").write_text(CONFIG)
    for name, width in {"cnn": 8, "mlp": 16, "vit": 32}.items():
        (folder / f"conf/model/{name}.yaml").write_text(f"name: {name}\nwidth: {width}\n")
    for name in ("small", "large"):
        (folder / f"conf/data/{name}.yaml").write_text(f"rows: {len(name)}\n")
    return App(folder)
