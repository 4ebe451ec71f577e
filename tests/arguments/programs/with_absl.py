"""absl-py: flags that are defined by their kind."""

import json

from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_bool("amp", False, "")
flags.DEFINE_bool("ema", True, "")
flags.DEFINE_integer("epochs", 1, "")
flags.DEFINE_float("lr", 1.0, "")
flags.DEFINE_integer("batch_size", 1, "")
flags.DEFINE_string("name", "default", "")
flags.DEFINE_string("note", None, "")
flags.DEFINE_list("tags", ["default"], "")
flags.DEFINE_multi_integer("folds", [1], "")
NAMES = ["amp", "ema", "epochs", "lr", "batch_size", "name", "note", "tags", "folds"]


def main(argv):
    print(json.dumps({name: FLAGS[name].value for name in NAMES}))


app.run(main)
