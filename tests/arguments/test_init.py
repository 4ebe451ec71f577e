"""`cvsweep init` for a script of each library: a grid runs at once, and each trial has its own values."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

CLICK_GROUP = """
import click
@click.group()
def cli(): ...
@cli.command()
@click.option("--lr", default=0.5)
@click.option("--batch-size", default=4)
@click.option("--ema/--no-ema", default=True)
@click.option("--tag", multiple=True, default=["a", "b"])
def train(lr, batch_size, ema, tag):
    print(f"score={lr * batch_size + 100 * ema + len(tag)}")
@cli.command()
def test(): ...
cli()
"""
TYPER = """
import typer
from typing import Annotated, Optional
def main(
    lr: float = 0.5,
    batch_size: Annotated[int, typer.Option("--batch")] = 4,
    ema: bool = True,
    fast: bool = False,
    note: Optional[str] = None,
    dims: list[int] = [1, 1],
):
    print(f"score={lr * batch_size + 100 * ema + sum(dims) + 1000 * fast + 1000 * (note is not None)}")
typer.run(main)
"""
FIRE = """
import fire
def train(lr=0.5, batch_size=4, ema=True, name="8", dims=(1, 1), note=None):
    assert name == "8" and note is None
    print(f"score={lr * batch_size + 100 * ema + sum(dims)}")
fire.Fire(train)
"""
FIRE_CLASS = """
import fire
class Trainer:
    def __init__(self, batch_size=4):
        self.batch_size = batch_size
    def train(self, lr=0.5, ema=True):
        print(f"score={lr * self.batch_size + 100 * ema + 2}")
fire.Fire(Trainer)
"""
JSONARGPARSE = """
from dataclasses import dataclass
from jsonargparse import CLI
@dataclass
class Opt:
    momentum: float = 100.0
    dims: list[int] | None = None
def main(lr: float = 0.5, batch_size: int = 4, fast: bool = False, opt: Opt = Opt()):
    assert opt.dims is None
    print(f"score={lr * batch_size + opt.momentum + 1000 * fast + 2}")
CLI(main)
"""
JSON_PARSER = """
from jsonargparse import ArgumentParser
p = ArgumentParser()
p.add_argument("--lr", type=float, default=0.5)
p.add_argument("--batch_size", type=int, default=4)
p.add_argument("--ema", type=bool, default=True)
p.add_argument("--wd", type=float)
a = p.parse_args()
assert a.wd is None
print(f"score={a.lr * a.batch_size + 100 * a.ema + 2}")
"""
ABSL = """
from absl import app, flags
flags.DEFINE_float("lr", 0.5, "")
flags.DEFINE_integer("batch_size", 4, "")
flags.DEFINE_bool("ema", True, "")
flags.DEFINE_list("tags", "a,b", "")
def main(argv):
    f = flags.FLAGS
    print(f"score={f.lr * f.batch_size + 100 * f.ema + len(f.tags)}")
app.run(main)
"""
DATACLASSES = """
from dataclasses import dataclass, field
@dataclass
class Opt:
    lr: float = 0.5
    ema: bool = True
@dataclass
class Training:
    opt: Opt = field(default_factory=Opt)
    batch_size: int = 4
    dims: list[int] = field(default_factory=lambda: [1, 1])
    note: str | None = None
"""
TYRO = f"""{DATACLASSES}
import tyro
t = tyro.cli(Training)
assert t.note is None
print(f"score={{t.opt.lr * t.batch_size + 100 * t.opt.ema + sum(t.dims)}}")
"""
SIMPLE_PARSING = f"""{DATACLASSES}
from simple_parsing import ArgumentParser
p = ArgumentParser()
p.add_argument("--extra", type=float, default=100)
p.add_arguments(Opt, dest="opt")
p.add_argument("--batch_size", type=int, default=4)
a = p.parse_args()
assert a.opt.ema is True
print(f"score={{a.opt.lr * a.batch_size + a.extra + 2}}")
"""
HYDRA = """
import hydra
from dataclasses import dataclass, field
from hydra.core.config_store import ConfigStore
@dataclass
class Opt:
    lr: float = 0.5
@dataclass
class Config:
    opt: Opt = field(default_factory=Opt)
    batch_size: int = 4
ConfigStore.instance().store(name="config", node=Config)
@hydra.main(version_base=None, config_name="config")
def main(cfg):
    print(f"score={cfg.opt.lr * cfg.batch_size + 102}")
main()
"""


@pytest.mark.parametrize(
    ("library", "script", "key"),
    [
        ("click", CLICK_GROUP, "lr"),
        ("typer", TYPER, "lr"),
        ("fire", FIRE, "lr"),
        ("fire", FIRE_CLASS, "lr"),
        ("jsonargparse", JSONARGPARSE, "lr"),
        ("jsonargparse", JSON_PARSER, "lr"),
        ("absl", ABSL, "lr"),
        ("tyro", TYRO, "opt.lr"),
        ("simple_parsing", SIMPLE_PARSING, "lr"),
        ("hydra", HYDRA, "opt.lr"),
    ],
)
def test_a_grid_runs_after_init_and_its_table_is_right(
    tmp_path: Path, library: str, script: str, key: str
) -> None:
    """Every value that was written is what the program would have without it."""
    if find_spec(library) is None:
        pytest.skip(f"needs {library}: pip install 'cvsweep[arguments]'")
    (tmp_path / "train.py").write_text(script)
    cvsweep = [sys.executable, "-m", "sweeper.cli.main"]
    subcommand = ["train"] if "train(self" in script or "cli.command" in script else []
    alone = subprocess.run(  # with the program's own defaults
        [sys.executable, "train.py", *subcommand],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert alone.stdout.splitlines()[-1] == "score=104.0"
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    for words in (["init"], ["-m", f"{key}=0.5,0.25,2", "sweep.name=s"], ["results", "s", "-o", "json"]):
        done = subprocess.run(
            [*cvsweep, *words], cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=300
        )
        assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row[key]: row["score"] for row in rows} == {0.5: 104.0, 0.25: 103.0, 2: 110.0}
