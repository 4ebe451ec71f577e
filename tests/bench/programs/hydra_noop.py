"""The trial that does nothing, as a Hydra application: what noop.py does, for Hydra's own launchers."""

import json
import os

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig


@hydra.main(version_base=None, config_path="hydra_noop", config_name="config")
def main(cfg: DictConfig) -> None:
    folder = HydraConfig.get().runtime.output_dir
    with open(os.path.join(folder, "metrics.json"), "w") as file:
        json.dump({"value": cfg.x * cfg.y}, file)


if __name__ == "__main__":
    main()
