"""A trial that does nothing: read the arguments, write a metric."""

import argparse
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("--x", type=int)
parser.add_argument("--y", type=float)
args = parser.parse_args()
with open(os.path.join(os.environ["CVSWEEP_OUT"], "metrics.json"), "w") as file:
    json.dump({"value": args.x * args.y}, file)
