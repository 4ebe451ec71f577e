import json
import os

import hydra


@hydra.main(config_path="conf", config_name="config", version_base="1.3")
def main(cfg):
    with open(os.environ["CVSWEEP_OUT"] + "/metrics.json", "w") as file:
        json.dump({"acc": cfg.lr}, file)


main()
