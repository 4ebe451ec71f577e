"""A real Hydra app under cvsweep: it makes the configuration that a person would have typed."""

from __future__ import annotations

from pathlib import Path

import pytest

import sweeper
from sweeper.cli.main import main

APP = """\
import json, os
import hydra
from hydra.core.hydra_config import HydraConfig


@hydra.main(config_path="conf", config_name="config", version_base="1.3")
def train(cfg):
    found = {"layers": cfg.model.get("layers", 0), "width": cfg.model.width}
    found |= {"ckpt": cfg.ckpt, "text": cfg.text}
    with open(os.environ["CVSWEEP_OUT"] + "/metrics.json", "w") as file:
        json.dump(found | {"own": HydraConfig.get().runtime.output_dir}, file)


train()
"""
FILES = {
    "train.py": APP,
    "conf/config.yaml": "defaults: [{model: cnn}, _self_]\nckpt: ${hydra:runtime.output_dir}/ckpt\ntext: x\n",
    "conf/model/cnn.yaml": "width: 1\nlayers: 3\n",
    "conf/model/mlp.yaml": "width: 2\n",
    "conf/sweep.yaml": "defaults: [config, _self_]\n"
    'task: {command: [python, train.py, "{overrides}"]}\nsweep: {name: s}\n',
}


def test_choices_and_folders_of_a_hydra_app_are_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`model=mlp` is a choice, not values; folders are apart, and what only a run knows is right."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert main(["-cd", "conf", "-cn", "sweep", "-m", "model=cnn,mlp", "text='a, b'"]) == 0
    frame = sweeper.load_results("sweeps/s")
    assert frame["model"].tolist() == ["cnn", "mlp"]
    assert frame["layers"].tolist() == [3, 0]
    assert frame["width"].tolist() == [1, 2]
    assert frame["metric.text"].tolist() == ["a, b", "a, b"]
    attempts = [
        str(path.parent) for path in sorted(tmp_path.glob("sweeps/s/trials/*/attempts/1/metrics.json"))
    ]
    assert frame["own"].tolist() == attempts
    assert frame["metric.ckpt"].tolist() == [f"{place}/ckpt" for place in attempts]
    assert not (tmp_path / "outputs").exists()
