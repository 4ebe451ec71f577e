"""A Hydra program that has its own configuration and its own group."""

import json
from dataclasses import dataclass, field
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf


@dataclass
class Config:
    defaults: list[Any] = field(default_factory=lambda: ["_self_", {"opt": "sgd"}])
    amp: bool = False
    ema: bool = True
    epochs: int = 1
    lr: float = 1.0
    batch_size: int = 1
    name: str = "default"
    note: str | None = "default"
    dims: list[int] = field(default_factory=lambda: [1])
    tags: list[str] = field(default_factory=lambda: ["default"])
    opt: Any = None


store = ConfigStore.instance()
store.store(name="config", node=Config)
store.store(group="opt", name="sgd", node={"kind": "sgd", "momentum": 0.5, "nesterov": True})
store.store(group="opt", name="adam", node={"kind": "adam", "betas": [0.9, 0.99]})


@hydra.main(version_base=None, config_name="config")
def main(cfg):
    print(json.dumps(OmegaConf.to_container(cfg, resolve=True)))


main()
