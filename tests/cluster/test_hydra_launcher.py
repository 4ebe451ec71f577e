"""A Hydra app of the member's own, launched as pods of the lab's image."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.cluster.lab import UID, Lab, until

APP = """
import os, time
import hydra

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    with open(cfg.started, "a") as file:
        file.write(f"{cfg.lr} {cfg.model.name}\\n")
    while not os.path.exists(cfg.gate):
        time.sleep(0.1)
    return cfg.lr * cfg.model.width

if __name__ == "__main__":
    main()
"""
NEEDED = ("hydra", "omegaconf", "antlr4", "yaml", "packaging")


def _app(lab: Lab) -> Path:
    """The app, and what it imports, on the volume: the image has no Hydra."""
    lab.write("train.py", APP)
    lab.write(
        "conf/config.yaml",
        f"defaults: [{{model: cnn}}, _self_]\nlr: 1\ngate: {lab.home}/go\nstarted: {lab.home}/started\n",
    )
    lab.write("conf/model/cnn.yaml", "name: cnn\nwidth: 8\n")
    lab.write("conf/model/mlp.yaml", "name: mlp\nwidth: 16\n")
    site = lab.home / "site"
    site.mkdir()
    for name in NEEDED:
        found = find_spec(name)
        assert found
        assert found.origin
        shutil.copytree(Path(found.origin).parent, site / name, ignore=shutil.ignore_patterns("*.so"))
    return site


@contextmanager
def _launched(lab: Lab, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [
        sys.executable,
        "train.py",
        "-m",
        "hydra/launcher=cvsweep",
        "hydra/launcher/cluster=cvlab",
        *words,
    ]
    process = subprocess.Popen(
        lab.as_member(*command), cwd=lab.project, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_six_jobs_run_once_each_though_their_launcher_was_killed(lab: Lab) -> None:
    """The same command goes on where the killed one stood: nothing runs twice, and every result is there."""
    site = _app(lab)
    os.chown(lab.home, UID, -1)
    words = (
        "lr=1,2,3",
        "model=cnn,mlp",
        "hydra.launcher.name=night",
        "hydra.launcher.cluster.namespace=null",
        f"+hydra.launcher.cluster.env.PYTHONPATH={site}",
    )
    started = lab.home / "started"
    with _launched(lab, *words) as first:
        until(
            lambda: (
                first.poll() is not None or (started.exists() and len(started.read_text().splitlines()) == 3)
            )
        )
        assert first.poll() is None, "".join(first.communicate())
    lab.open_gate()
    with _launched(lab, *words) as second:
        _, err = second.communicate(timeout=300)
        assert second.returncode == 0, err
    assert sorted(started.read_text().splitlines()) == sorted(
        f"{lr} {model}" for lr in (1, 2, 3) for model in ("cnn", "mlp")
    )
    rows = lab.table()
    assert {(row["lr"], row["model"]): row["returned"] for row in rows} == {
        (lr, model): lr * width for lr in (1, 2, 3) for model, width in (("cnn", 8), ("mlp", 16))
    }
    assert "6 trials: 6 completed" in err
