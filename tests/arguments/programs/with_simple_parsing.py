"""simple-parsing: nested dataclasses, by options or by a file."""

import json
from dataclasses import asdict, dataclass, field

import simple_parsing


@dataclass
class Opt:
    momentum: float = 0.5
    kind: str = "default"


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


training = simple_parsing.parse(
    Training,
    add_config_path_arg=True,
    argument_generation_mode=simple_parsing.ArgumentGenerationMode.NESTED,
    nested_mode=simple_parsing.NestedMode.WITHOUT_ROOT,
)
print(json.dumps(asdict(training)))
