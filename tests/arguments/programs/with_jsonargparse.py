"""jsonargparse, the parser of LightningCLI: options that are YAML, or a file."""

import json
from dataclasses import asdict, dataclass

import jsonargparse


@dataclass
class Opt:
    momentum: float = 0.5
    kind: str = "default"


def main(
    amp: bool = False,
    ema: bool = True,
    epochs: int = 1,
    lr: float = 1.0,
    batch_size: int = 1,
    name: str = "default",
    note: str | None = "default",
    dims: list[int] = [1],  # noqa: B006
    tags: list[str] = ["default"],  # noqa: B006
    opt: Opt = Opt(),  # noqa: B008
):
    given = dict(locals())
    print(json.dumps(given | {"opt": asdict(opt)}))


jsonargparse.CLI(main)
