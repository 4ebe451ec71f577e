"""tyro: nested dataclasses."""

import json
from dataclasses import asdict, dataclass, field

import tyro


@dataclass
class Opt:
    momentum: float = 0.5
    kind: str = "default"
    nesterov: bool = True


@dataclass
class Training:
    amp: bool = False
    ema: bool = True
    epochs: int = 1
    lr: float = 1.0
    batch_size: int = 1
    name: str = "default"
    note: str | None = "default"
    dims: list[int] = field(default_factory=lambda: [1])
    tags: list[str] = field(default_factory=lambda: ["default"])
    opt: Opt = field(default_factory=Opt)


print(json.dumps(asdict(tyro.cli(Training))))
