"""argparse: a flag, a flag with its opposite, a list behind one option, an option that is repeated."""

import argparse
import json

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--amp", action="store_true")
parser.add_argument("--ema", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--lr", type=float, default=1.0)
parser.add_argument("--batch_size", type=int, default=1)
parser.add_argument("--name", default="default")
parser.add_argument("--note", default="default")
parser.add_argument("--dims", type=int, nargs="*", default=[1])
parser.add_argument("--tags", nargs="*", default=["default"])
parser.add_argument("--folds", type=int, action="append")
parser.add_argument("--labels", action="append")
parser.add_argument("--opt.momentum", type=float, default=0.5)
parser.add_argument("--opt.kind", default="default")
print(json.dumps(vars(parser.parse_args())))
